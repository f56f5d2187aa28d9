import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { type Principal } from '../../src/auth/principal.js';
import { ChatAccesses } from '../../src/chat/chat-access.js';
import { type Appended, MessageStore, type NewMessage } from '../../src/chat/messages/message.store.js';
import { MessageWriter } from '../../src/chat/messages/message-writer.js';
import { MessagesService } from '../../src/chat/messages/messages.service.js';
import { analyze } from '../../src/pii/analyzer.js';
import { draftMessage } from '../../src/pii/draft-message.js';
import type { WorkspaceBody } from '../support/api.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const storeOf = (service: TestApp): MessageStore => service.app.get(MessageStore, { strict: false });
const writerOf = (service: TestApp): MessageWriter => service.app.get(MessageWriter, { strict: false });
const outcomes = (appended: readonly Appended[]): string[] => appended.map(({ outcome }) => outcome);
const seqs = (appended: readonly Appended[]): number[] =>
  appended.flatMap((result) => ('view' in result ? [result.view.seq] : []));

describe('the store of messages', () => {
  let one: TestApp;
  let two: TestApp;
  let sql: Client;
  let workspace: WorkspaceBody;
  let senderId: string;
  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({}, one);
    sql = new Client({ connectionString: one.database.url });
    await sql.connect();
    senderId = (await one.admin.get<{ id: string }>('/v1/users/me')).body.id;
  });
  afterAll(async () => {
    await sql.end();
    await two.close();
    await one.close();
  });
  beforeEach(async () => {
    workspace = await one.admin.workspace();
  });

  const message = (change: Partial<NewMessage> = {}): NewMessage => ({
    workspaceId: workspace.id,
    chatId: workspace.defaultChatId,
    id: uuidv7(),
    senderId,
    clientMessageId: null,
    replyTo: null,
    mentions: null,
    text: 'text',
    positions: [],
    keyVersion: null,
    ...change,
  });
  const chats = async (count: number): Promise<string[]> =>
    Promise.all(
      Array.from(
        { length: count },
        async () => (await one.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id,
      ),
    );
  const sequence = async (chatId: string): Promise<{ seqs: number[]; last: number }> => {
    const { rows } = await sql.query<{ seq: number }>(
      'SELECT seq::int AS seq FROM messages WHERE workspace_id = $1 AND chat_id = $2 ORDER BY seq',
      [workspace.id, chatId],
    );
    const chat = await sql.query<{ last: number }>('SELECT last_seq::int AS last FROM chats WHERE id = $1', [chatId]);
    return { seqs: rows.map(({ seq }) => seq), last: chat.rows[0]?.last ?? -1 };
  };

  it('numbers a batch in its order, each chat on its own', async () => {
    const [other = ''] = await chats(1);
    const batch = [message(), message({ chatId: other }), message(), message({ chatId: other }), message()];
    const appended = await storeOf(one).append(batch);
    expect(outcomes(appended)).toEqual(Array.from({ length: 5 }, () => 'written'));
    expect(seqs(appended)).toEqual([1, 1, 2, 2, 3]);
    expect(seqs(await storeOf(two).append([message(), message({ chatId: other })]))).toEqual([4, 3]);
  });

  it('stays gapless when two nodes write two thousand messages to the same chats in any order', async () => {
    const ids = await chats(6);
    const failures: unknown[] = [];
    const write = async (service: TestApp): Promise<void> => {
      for (let batch = 0; batch < 10; batch += 1) {
        const messages = Array.from({ length: 25 }, (_, index) =>
          message({ chatId: ids[(index * 7 + Math.floor(Math.random() * ids.length)) % ids.length] ?? '' }),
        );
        const appended = await storeOf(service)
          .append(messages)
          .catch((error: unknown) => void failures.push(error));
        expect(appended && outcomes(appended).every((outcome) => outcome === 'written')).toBe(true);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, lane) => write(lane % 2 ? one : two)));
    expect(failures).toEqual([]);
    let total = 0;
    for (const id of ids) {
      const { seqs: found, last } = await sequence(id);
      expect(found).toEqual(Array.from({ length: found.length }, (_, index) => index + 1));
      expect(last).toBe(found.length);
      total += found.length;
    }
    expect(total).toBe(2_000);
  }, 60_000);

  it('answers a known client id with the first message, and gives it no number', async () => {
    const first = message({ clientMessageId: 'c-1', text: 'first' });
    await storeOf(one).append([message(), first]);
    const repeated = message({ clientMessageId: 'c-1', text: 'second' });
    const appended = await storeOf(two).append([message(), repeated, message()]);
    expect(outcomes(appended)).toEqual(['written', 'known', 'written']);
    expect(seqs(appended)).toEqual([3, 2, 4]);
    expect(appended[1]).toMatchObject({ view: { id: first.id, text: 'first', seq: 2 } });
  });

  it('keeps client ids of other senders and chats apart', async () => {
    const { id: guestId } = await one.admin.user('Bo');
    await one.admin.put(`/v1/workspaces/${workspace.id}/members/${guestId}`, { role: 'member' });
    const [other = ''] = await chats(1);
    const appended = await storeOf(one).append([
      message({ clientMessageId: 'c-1' }),
      message({ clientMessageId: 'c-1', senderId: guestId }),
      message({ clientMessageId: 'c-1', chatId: other }),
    ]);
    expect(outcomes(appended)).toEqual(['written', 'written', 'written']);
  });

  it('writes a client id once, however many nodes bring it at the same instant', async () => {
    for (let round = 0; round < 25; round += 1) {
      const clientMessageId = `round-${round}`;
      const views = await Promise.all(
        [one, two, one, two].map((service) => writerOf(service).write(message({ clientMessageId }))),
      );
      expect(new Set(views.map(({ id }) => id)).size).toBe(1);
      expect(new Set(views.map(({ seq }) => seq))).toEqual(new Set([round + 1]));
    }
    expect((await sequence(workspace.defaultChatId)).last).toBe(25);
  });

  it('loses nothing of the others when a batch meets a client id of another node', async () => {
    const ids = await chats(3);
    const write = (service: TestApp, name: string): Promise<unknown>[] =>
      Array.from({ length: 60 }, (_, index) =>
        writerOf(service).write(
          message({
            chatId: ids[index % 3] ?? '',
            clientMessageId: index % 5 === 0 ? `shared-${index}` : `${name}-${index}`,
          }),
        ),
      );
    await Promise.all([...write(one, 'one'), ...write(two, 'two')]);
    for (const id of ids) {
      const { seqs: found, last } = await sequence(id);
      expect(found).toEqual(Array.from({ length: 36 }, (_, index) => index + 1));
      expect(last).toBe(36);
    }
  });

  it('refuses inside the statement whose right has ended, and nobody else', async () => {
    const { id: userId } = await one.admin.user('Bo');
    const member = `/v1/workspaces/${workspace.id}/members/${userId}`;
    const attempt = async (): Promise<string[]> =>
      outcomes(await storeOf(one).append([message(), message({ senderId: userId }), message()]));
    expect(await attempt()).toEqual(['written', 'refused', 'written']);
    await one.admin.put(member, { role: 'member' });
    expect(await attempt()).toEqual(['written', 'written', 'written']);
    await one.admin.put(member, { role: 'reader' });
    expect(await attempt()).toEqual(['written', 'refused', 'written']);
    await one.admin.put(member, { role: 'admin' });
    await one.admin.delete(member);
    expect(await attempt()).toEqual(['written', 'refused', 'written']);
    expect(await sequence(workspace.defaultChatId)).toEqual({ seqs: [1, 2, 3, 4, 5, 6, 7, 8, 9], last: 9 });
    await expect(writerOf(one).write(message({ senderId: userId }))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('lets strangers write to a public workspace, but no reader', async () => {
    const stranger = randomUUID();
    const { id: readerId } = await one.admin.user('Reader');
    await one.admin.put(`/v1/workspaces/${workspace.id}/members/${readerId}`, { role: 'reader' });
    const attempt = async (): Promise<string[]> =>
      outcomes(await storeOf(one).append([message({ senderId: stranger }), message({ senderId: readerId })]));
    expect(await attempt()).toEqual(['refused', 'refused']);
    await one.admin.patch(`/v1/workspaces/${workspace.id}`, { visibility: 'public' });
    expect(await attempt()).toEqual(['written', 'refused']);
  });

  it('refuses a deleted chat, one of another workspace, and one that never was', async () => {
    const [deleted = '', kept = ''] = await chats(2);
    await one.admin.delete(`/v1/chat/${deleted}`);
    const elsewhere = await one.admin.workspace();
    const appended = await storeOf(one).append([
      message({ chatId: deleted }),
      message({ chatId: kept }),
      message({ chatId: elsewhere.defaultChatId }),
      message({ chatId: randomUUID() }),
      message({ workspaceId: elsewhere.id, chatId: kept }),
    ]);
    expect(outcomes(appended)).toEqual(['refused', 'written', 'refused', 'refused', 'refused']);
    expect(await sequence(elsewhere.defaultChatId)).toEqual({ seqs: [], last: 0 });
  });

  it('refuses everything of a workspace that was deleted', async () => {
    await one.admin.patch(`/v1/workspaces/${workspace.id}`, { visibility: 'public' });
    await one.admin.delete(`/v1/workspaces/${workspace.id}`);
    expect(outcomes(await storeOf(one).append([message(), message({ senderId: randomUUID() })]))).toEqual([
      'refused',
      'refused',
    ]);
  });

  it('asks the database once for a whole batch, of however many chats, where no value is new', async () => {
    const principal: Principal = { userId: senderId, credentialId: randomUUID(), scopes: new Set() };
    const messages = one.app.get(MessagesService, { strict: false });
    const accesses = one.app.get(ChatAccesses, { strict: false });
    const targets = await Promise.all(
      [workspace.defaultChatId, ...(await chats(3))].map((id) => accesses.ofChat(principal, id)),
    );
    const send = (count: number, text: string) =>
      Promise.all(
        Array.from({ length: count }, (_, index) => {
          const target = targets[index % targets.length];
          if (!target) throw new Error('no chat');
          const draft = draftMessage(text, {}, analyze(text));
          return messages.send(principal, target, { draft, clientMessageId: randomUUID() });
        }),
      );
    await send(targets.length, 'mail ada@example.org or bo@example.org');

    const log = listenToStatements(one.app);
    const sent = await send(200, 'mail ada@example.org, BO@example.org or nobody');
    log.stop();
    expect(new Set(sent.map(({ view }) => view.text))).toEqual(
      new Set(['mail <EMAIL_ADDRESS_1>, <EMAIL_ADDRESS_2> or nobody']),
    );
    // What came in one turn of the event loop shares a commit; what missed it shares the next ones.
    const appends = log.names.filter((name) => name === 'message_append');
    expect(appends.length).toBeLessThanOrEqual(4);
    expect(log.names.filter((name) => name !== 'message_append')).toEqual([]);
  });
});
