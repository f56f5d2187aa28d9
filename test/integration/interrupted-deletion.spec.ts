import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { PlaceholderUseStore } from '../../src/chat/messages/placeholder-use.store.js';
import { Api, type MessageBody, type WorkspaceBody } from '../support/api.js';
import { startServiceProcess } from '../support/service-process.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };
const ADA = 'ada@example.org';

/** A message and the originals that only it shows go together, or not at all. */
describe('the deletion of a message', () => {
  let service: TestApp;
  let direct: Client;
  let owner: { id: string; api: Api };
  let workspace: WorkspaceBody;

  beforeAll(async () => {
    service = await startTestApp();
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
    owner = await service.admin.user('Owner', ['pii:rehydrate']);
  });
  afterAll(async () => {
    await direct.end();
    await service.close();
  });
  beforeEach(async () => {
    workspace = await owner.api.workspace();
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${owner.id}`, { role: 'owner', piiAccess: true });
  });

  afterEach(async () => {
    await direct.query('DROP FUNCTION IF EXISTS hang_up CASCADE');
  });

  const path = () => `/v1/chat/${workspace.defaultChatId}/messages`;
  const send = async (message: string) => (await owner.api.post<MessageBody>(path(), { message })).body;
  const remove = (id: string, api = owner.api) => api.delete(`${path()}/${id}`);
  const shown = async () =>
    (await owner.api.get<{ items: MessageBody[] }>(path(), VAULT)).body.items.map(({ message }) => message);
  const originals = async () =>
    (await direct.query('SELECT FROM pii_entries WHERE workspace_id = $1 AND sealed_value IS NOT NULL', [workspace.id]))
      .rowCount;

  it('changes nothing when its connection breaks while it erases', async () => {
    const { id } = await send(`to ${ADA}`);
    await direct.query(`CREATE FUNCTION hang_up() RETURNS trigger LANGUAGE plpgsql AS
                        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN new; END'`);
    await direct.query(`CREATE TRIGGER hang_up BEFORE UPDATE ON pii_entries
                        FOR EACH ROW WHEN (new.erased_at IS NOT NULL) EXECUTE FUNCTION hang_up()`);
    expect((await remove(id)).status).toBe(503);
    expect(await shown()).toEqual([`to ${ADA}`]);

    await direct.query('DROP FUNCTION hang_up CASCADE');
    expect((await remove(id)).status).toBe(204);
    expect([await shown(), await originals()]).toEqual([[''], 0]);
  });

  it('changes nothing when its process is killed while it erases, and is done by another', async () => {
    const { id } = await send(`to ${ADA}`);
    const doomed = await startServiceProcess({ ...TEST_SECRETS, NODE_ENV: 'test', DATABASE_URL: service.database.url });
    await direct.query('BEGIN');
    await direct.query('SELECT FROM pii_entries WHERE workspace_id = $1 FOR UPDATE', [workspace.id]);
    const cutOff = remove(id, new Api(doomed.url, owner.api.key)).catch(() => 'cut off');
    const backend = await waiting('UPDATE pii_entries%erased_at%');
    await doomed.kill();
    expect(await cutOff).toBe('cut off');
    await direct.query('COMMIT');
    await gone(backend);
    expect(await shown()).toEqual([`to ${ADA}`]);

    expect((await remove(id)).status).toBe(204);
    expect([await shown(), await originals()]).toEqual([[''], 0]);
  });

  it('takes along what the last messages show that are deleted at the same instant, on two nodes', async () => {
    const other = await startTestApp({}, service);
    const elsewhere = new Api(other.url, owner.api.key);
    const values = Array.from({ length: 20 }, (_, n) => `p${n}@example.org`);
    const messages = await Promise.all([...values, ...values].map(send));
    expect(await originals()).toBe(values.length);
    const removed = await Promise.all(messages.map(({ id }, n) => remove(id, n < 20 ? owner.api : elsewhere)));
    expect(removed.map(({ status }) => status)).toEqual(messages.map(() => 204));
    expect(await originals()).toBe(0);
    await other.close();
  });

  it('takes along what an edit adds meanwhile', async () => {
    const { id } = await send(`to ${ADA}`);
    const uses = service.app.get(PlaceholderUseStore, { strict: false });
    const look = uses.shownByNoneBut.bind(uses);
    uses.shownByNoneBut = async (...call) => {
      const found = await look(...call);
      // At first nothing is known of what the message shows.
      if (found.placeholders.length === 0) return found;
      Reflect.deleteProperty(uses, 'shownByNoneBut');
      expect((await owner.api.patch(`${path()}/${id}`, { message: 'to bob@example.org' })).status).toBe(200);
      return found;
    };
    expect((await remove(id)).status).toBe(204);
    expect([await shown(), await originals()]).toEqual([[''], 0]);
  });

  it('leaves connections to others while many wait for their turn', async () => {
    const messages = await Promise.all(Array.from({ length: 40 }, (_, n) => send(`to p${n}@example.org`)));
    const turn = `hashtextextended('cloakroom/deletions/' || $1, 0)`;
    await direct.query(`SELECT pg_advisory_lock(${turn})`, [workspace.defaultChatId]);
    const removing = messages.map(({ id }) => remove(id));
    await waiting('%pg_advisory_xact_lock%cloakroom/deletions%');
    expect((await owner.api.get(path())).status).toBe(200);
    expect((await send('and others write')).text).toBe('and others write');
    await direct.query(`SELECT pg_advisory_unlock(${turn})`, [workspace.defaultChatId]);
    expect((await Promise.all(removing)).map(({ status }) => status)).toEqual(messages.map(() => 204));
    expect(await originals()).toBe(0);
  });

  /** Resolves with the process id of the backend once a statement waits for a lock. */
  async function waiting(statement: string): Promise<number> {
    for (;;) {
      // Within a transaction the view is read once, and kept.
      await direct.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await direct.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
        [statement],
      );
      if (rows[0]) return rows[0].pid;
    }
  }

  /** Resolves when a backend has ended, and its transaction with it. */
  async function gone(pid: number): Promise<void> {
    while ((await direct.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount);
  }
});
