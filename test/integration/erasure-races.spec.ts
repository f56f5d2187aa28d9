import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { MessageChangeStore } from '../../src/chat/messages/message-change.store.js';
import { MessageWriter } from '../../src/chat/messages/message-writer.js';
import { Retention } from '../../src/chat/retention/retention.js';
import { type Answer, Api, type MessageBody, type WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };
const ADA = 'ada@example.org';

/** Messages that were masked before an erasure, and reach the table after it. */
describe('a value that is used again while it is erased', () => {
  let service: TestApp;
  let other: TestApp;
  let direct: Client;
  let owner: { id: string; api: Api };
  let workspace: WorkspaceBody;

  beforeAll(async () => {
    service = await startTestApp();
    other = await startTestApp({}, service);
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
    owner = await service.admin.user('Owner', ['pii:rehydrate']);
  });
  afterAll(async () => {
    await direct.end();
    await other.close();
    await service.close();
  });
  beforeEach(async () => {
    workspace = await owner.api.workspace({ piiPolicy: { retentionDays: 30 } });
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${owner.id}`, { role: 'owner', piiAccess: true });
  });

  const path = () => `/v1/chat/${workspace.defaultChatId}/messages`;
  const send = async (message: string) => (await owner.api.post<MessageBody>(path(), { message })).body;
  const remove = (id: string) => owner.api.delete(`${path()}/${id}`);
  const shown = async () =>
    (await owner.api.get<{ items: MessageBody[] }>(`${path()}?limit=200`, VAULT)).body.items
      .filter(({ text }) => text !== '')
      .map(({ text, message }) => [text, message]);

  /** Sends a message, does something once it is masked and stands in line, and lets it go on into the table. */
  async function sentAround(message: string, meanwhile: () => Promise<unknown>): Promise<Answer<MessageBody>> {
    const writer = service.app.get(MessageWriter, { strict: false });
    const write = writer.write.bind(writer);
    writer.write = async (queued) => {
      Reflect.deleteProperty(writer, 'write');
      await meanwhile();
      return write(queued);
    };
    try {
      return await owner.api.post<MessageBody>(path(), { message });
    } finally {
      Reflect.deleteProperty(writer, 'write');
    }
  }

  it('is readable, under another placeholder, when the last message with it was deleted meanwhile', async () => {
    const { id } = await send(`to ${ADA}`);
    const { status, body } = await sentAround(`again ${ADA}`, () => remove(id));
    expect([status, body.text, body.piiMapping]).toEqual([
      201,
      'again <EMAIL_ADDRESS_2>',
      { '<EMAIL_ADDRESS_2>': ADA },
    ]);
    expect(await shown()).toEqual([['again <EMAIL_ADDRESS_2>', `again ${ADA}`]]);
  });

  it('is so too when another node erased it', async () => {
    await send(`to ${ADA}`);
    const elsewhere = new Api(other.url, owner.api.key);
    const what = { type: 'EMAIL_ADDRESS', value: ADA };
    await sentAround(`again ${ADA}`, () => elsewhere.post(`/v1/workspaces/${workspace.id}/erasures`, what));
    expect(await shown()).toEqual([
      ['to <EMAIL_ADDRESS_1>', 'to <EMAIL_ADDRESS_1>'],
      ['again <EMAIL_ADDRESS_2>', `again ${ADA}`],
    ]);
  });

  it('is so too when it is a name that only the chat remembers', async () => {
    await send('Dear Ada Lovelace, welcome.');
    await send('Thanks to Ada for all of it.');
    const what = { type: 'PERSON', value: 'Ada Lovelace' };
    const { body } = await sentAround('Ada said so.', () =>
      owner.api.post(`/v1/workspaces/${workspace.id}/erasures`, what),
    );
    expect(Object.values(body.piiMapping ?? {})).not.toContain('Ada Lovelace');
    const texts = await shown();
    expect(texts.slice(0, 2).map(([, message]) => message)).toEqual([texts[0]?.[0], texts[1]?.[0]]);
    // Nothing in the message stands for what was erased: where something was masked, it is readable.
    expect(texts[2]?.[1]).toBe('Ada said so.');
  });

  it('is so too in an edit', async () => {
    const { id } = await send(`to ${ADA}`);
    const { id: edited } = await send('later');
    const changes = service.app.get(MessageChangeStore, { strict: false });
    const edit = changes.edit.bind(changes);
    changes.edit = async (...call) => {
      Reflect.deleteProperty(changes, 'edit');
      await remove(id);
      return edit(...call);
    };
    const { status } = await owner.api.patch(`${path()}/${edited}`, { message: `now to ${ADA}` });
    expect(status).toBe(200);
    expect(await shown()).toEqual([['now to <EMAIL_ADDRESS_2>', `now to ${ADA}`]]);
  });

  it('is so too when it expired meanwhile, since nothing showed it', async () => {
    const { id } = await send(`to ${ADA}`);
    await direct.query(`UPDATE pii_entries SET created_at = now() - interval '2 hours' WHERE workspace_id = $1`, [
      workspace.id,
    ]);
    await direct.query(`DELETE FROM messages WHERE id = $1`, [id]);
    await sentAround(`again ${ADA}`, async () => {
      expect(await service.app.get(Retention, { strict: false }).run()).toEqual({ messages: 0, values: 1 });
    });
    expect(await shown()).toEqual([['again <EMAIL_ADDRESS_2>', `again ${ADA}`]]);
  });

  it('is spared when the message comes while the deletion of the last one waits', async () => {
    const { id } = await send(`to ${ADA}`);
    await send('bob@example.org');
    // By then it has been looked whether another message shows the value.
    await direct.query('BEGIN');
    await direct.query('SELECT FROM chat_keys WHERE chat_id = $1 FOR UPDATE', [workspace.defaultChatId]);
    const removed = remove(id);
    await waiting('%chat_key%FOR UPDATE%');
    await send(`again ${ADA}`);
    const { id: edited } = await send('later');
    await owner.api.patch(`${path()}/${edited}`, { message: `and then ${ADA}` });
    await direct.query('COMMIT');
    expect((await removed).status).toBe(204);
    expect(await shown()).toEqual([
      ['<EMAIL_ADDRESS_2>', 'bob@example.org'],
      ['again <EMAIL_ADDRESS_1>', `again ${ADA}`],
      ['and then <EMAIL_ADDRESS_1>', `and then ${ADA}`],
    ]);
  });

  it('is never lost under many deletions and messages at once, on two nodes', async () => {
    const elsewhere = new Api(other.url, owner.api.key);
    const work = Array.from({ length: 60 }, async (_, n) => {
      const api = n % 2 ? owner.api : elsewhere;
      const { body, status } = await api.post<MessageBody>(path(), { message: `${n} for ${ADA}` });
      expect(status).toBe(201);
      if (n % 3) expect((await api.delete(`${path()}/${body.id}`)).status).toBe(204);
    });
    await Promise.all(work);
    const messages = (await shown()).map(([, message = '']) => message).toSorted();
    const left = Array.from({ length: 20 }, (_, n) => `${3 * n} for ${ADA}`).toSorted();
    expect(messages).toEqual(left);
  });

  /** Resolves when a statement waits for a lock. */
  async function waiting(statement: string): Promise<void> {
    for (;;) {
      // Within a transaction the view is read once, and kept.
      await direct.query('SELECT pg_stat_clear_snapshot()');
      const { rowCount } = await direct.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
        [statement],
      );
      if (rowCount) return;
    }
  }
});
