import { setImmediate as turnOfEventLoop } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Namespace } from 'socket.io';
import { v7 as uuidv7 } from 'uuid';
import { Broadcaster } from '../../src/chat/socket/broadcaster.js';
import { MessageWriter } from '../../src/chat/messages/message-writer.js';
import type { WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

// Thousands of calls in one test: on a busy machine they take their time.
jest.setTimeout(60_000);

interface CreatedPacket {
  readonly data?: string;
  readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] };
}

/*
 * Holds what a message and a session cost where that can be counted: statements, packets, listeners, memory. Times are for
 * `npm run bench`, since they say nothing on a busy machine.
 */
/** What is known of an API key is asked again every two seconds, whatever is done meanwhile. */
const asksForWork = (name: string): boolean => name !== 'api_key_find_live';

const [ROUNDS, SENDS] = [9, 50];
/** For one message alone in its commit; 100,000 when this was written. */
const MOST_BYTES = 140_000;
const [HELD_ROUNDS, SESSIONS] = [7, 100];
/** Of heap, for a session that does nothing and its client; 15,000 when this was written. */
const MOST_HELD_BYTES = 16_500;
/** One user opens all sessions. */
const LIMITS = [
  'RATE_LIMIT_USER_PER_MINUTE',
  'RATE_LIMIT_USER_CONNECTS_PER_MINUTE',
  'RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE',
  'MAX_SOCKETS_PER_USER',
];
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is let go of by sockets takes a turn of the event loop before it can be collected. */
async function settled(): Promise<void> {
  await turnOfEventLoop();
  collectGarbage();
  await turnOfEventLoop();
  collectGarbage();
}

describe('the work for a message', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  beforeAll(async () => {
    service = await startTestApp(Object.fromEntries(LIMITS.map((name) => [name, '10000'])));
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    workspace = await service.admin.workspace();
  });

  const chatPath = (): string => `/v1/chat/${workspace.defaultChatId}/messages`;
  const namespace = (): Namespace =>
    Reflect.get(service.app.get(Broadcaster, { strict: false }), 'namespace') as Namespace;

  it('is one packet to each reader for all messages of a commit', async () => {
    const READERS = 5;
    const MESSAGES = 40;
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => ChatClient.open(service.admin, workspace.defaultChatId)),
    );
    // A packet of many events has one piece of frames in place of data; presence may be told meanwhile, in either way.
    let together = 0;
    let single = 0;
    for (const socket of namespace().sockets.values()) {
      socket.conn.on('packetCreate', ({ data, options }: CreatedPacket) => {
        const [piece, ...others] = options?.wsPreEncodedFrame ?? [];
        if (piece?.includes('message:created') && others.length === 0) together += 1;
        else if (data?.includes('message:created')) single += 1;
      });
    }
    const log = listenToStatements(service.app);
    const senderId = (await service.admin.get<{ id: string }>('/v1/users/me')).body.id;
    const writer = service.app.get(MessageWriter, { strict: false });
    await Promise.all(
      Array.from({ length: MESSAGES }, (_, n) =>
        writer.write({
          workspaceId: workspace.id,
          chatId: workspace.defaultChatId,
          id: uuidv7(),
          senderId,
          clientMessageId: null,
          replyTo: null,
          mentions: null,
          text: `m${n}`,
          positions: [],
          keyVersion: null,
        }),
      ),
    );
    log.stop();
    await Promise.all(readers.map((reader) => reader.until('message:created', MESSAGES)));
    // Of what comes at once one half is written while the other is taken up.
    const commits = log.names.filter((name) => name === 'message_append').length;
    expect(commits).toBeLessThanOrEqual(2);
    expect({ together, single }).toEqual({ together: READERS * commits, single: 0 });
    for (const reader of readers) {
      const texts = reader.of<{ text: string }>('message:created').map(({ text }) => text);
      expect(texts).toEqual(Array.from({ length: MESSAGES }, (_, n) => `m${n}`));
      reader.socket.close();
    }
  });

  it('is one statement for a message on the socket, and two over REST', async () => {
    const client = await ChatClient.open(service.admin, workspace.defaultChatId);
    // The first message of a chat also looks up the names that the chat knows.
    await client.send('first');
    const log = listenToStatements(service.app);
    await client.send('hello');
    const onSocket = log.names.filter(asksForWork);
    log.names.length = 0;
    await service.admin.post(chatPath(), { message: 'hello' });
    log.stop();
    expect(onSocket).toEqual(['message_append']);
    expect(log.names.filter(asksForWork)).toEqual(['chat_access_of_chat', 'message_append']);
    client.socket.close();
  });

  it('allocates little, the client of this process included', async () => {
    const client = await ChatClient.open(service.admin, workspace.defaultChatId);
    const sendMany = async (): Promise<void> => {
      for (let n = 0; n < SENDS; n += 1) await client.send('can you have a look at the second page?');
    };
    for (let n = 0; n < 5; n += 1) await sendMany();
    const allocated: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      await sendMany();
      allocated.push((process.memoryUsage().heapUsed - before) / SENDS);
    }
    // Where a collection comes in between, less is seen than was allocated: what most rounds saw counts.
    const [median = 0] = allocated.sort((a, b) => a - b).slice(ROUNDS / 2);
    expect(median).toBeGreaterThan(0);
    expect(median).toBeLessThan(MOST_BYTES);
    client.socket.close();
  });

  it('is one statement for a session from its beginning to its end, and one more for one with originals', async () => {
    const { id, api } = await service.admin.user('Reader', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${id}`, { role: 'member', piiAccess: true });
    for (const [auth, expected] of [
      [{}, ['chat_enter']],
      [{ rehydrate: true }, ['chat_enter', 'chat_enter']],
    ] as const) {
      const ticket = await ticketFor(api, workspace.defaultChatId);
      const log = listenToStatements(service.app);
      const client = await ChatClient.open(api, workspace.defaultChatId, auth, ticket);
      const { sessionId } = client.session ?? {};
      const socket = [...namespace().sockets.values()].find(({ data }) => data.sessionId === sessionId);
      const left = new Promise((resolve) => socket?.once('disconnect', resolve));
      client.close();
      await left;
      log.stop();
      expect(log.names.filter(asksForWork)).toEqual(expected);
    }
  });

  it('is two statements for a page of history, whatever its length', async () => {
    for (const message of ['one', 'two', 'three']) await service.admin.post(chatPath(), { message });
    const log = listenToStatements(service.app);
    await service.admin.get(chatPath());
    log.stop();
    expect(log.names.filter(asksForWork)).toEqual(['chat_access_of_chat', 'message_before']);
  });

  it('is two statements for a page with its originals as well, the audit among them', async () => {
    const { id, api } = await service.admin.user('Reader', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${id}`, { role: 'member', piiAccess: true });
    await api.post(chatPath(), { message: 'to ada@example.org' });
    const log = listenToStatements(service.app);
    const page = await api.get<{ items: { message: string }[] }>(chatPath(), { 'X-Chat-History-Pii-Mapping': 'vault' });
    log.stop();
    expect(page.body.items.at(-1)?.message).toBe('to ada@example.org');
    expect(log.names.filter(asksForWork)).toEqual(['chat_access_of_chat', 'message_before_revealed']);
  });

  it('holds little heap for a session that does nothing, the client of this process included', async () => {
    const held: number[] = [];
    const sockets: RawSocket[] = [];
    for (let round = 0; round < HELD_ROUNDS; round += 1) {
      const tickets = await Promise.all(
        Array.from({ length: SESSIONS }, () => ticketFor(service.admin, workspace.defaultChatId)),
      );
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (const { connectionString } of tickets) {
        const raw = await RawSocket.open(service.url);
        raw.knock({ chatId: workspace.defaultChatId, connectionString });
        await raw.until((packet) => packet.includes('"session"'));
        sockets.push(raw);
      }
      collectGarbage();
      held.push((process.memoryUsage().heapUsed - before) / SESSIONS);
    }
    for (const raw of sockets) raw.close();
    // What the engine compiles meanwhile is counted as well, in the first round above all.
    const [median = 0] = held.sort((a, b) => a - b).slice(HELD_ROUNDS / 2);
    expect(median).toBeGreaterThan(0);
    expect(median).toBeLessThan(MOST_HELD_BYTES);
  });

  /** Bytes outside of the heap that stay after each call, while others take of Node's common pieces of memory. */
  async function staysOfEach(calls: readonly (() => Promise<unknown>)[]): Promise<number> {
    await settled();
    const before = process.memoryUsage().arrayBuffers;
    for (const call of calls) {
      await call();
      for (let n = 0; n < 8; n += 1) Buffer.allocUnsafe(2_000);
    }
    await settled();
    return (process.memoryUsage().arrayBuffers - before) / calls.length;
  }

  it('holds no more of an API key that came than its own few bytes', async () => {
    const calls: (() => Promise<unknown>)[] = [];
    for (let n = 0; n < 150; n += 1) {
      const { api } = await service.admin.user(`User ${n}`);
      calls.push(() => api.get('/v1/users/me'));
    }
    expect(await staysOfEach(calls)).toBeLessThan(500);
  });

  it('holds no more of a value that was shown than its own few bytes', async () => {
    const { id, api } = await service.admin.user('Reader', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${id}`, { role: 'member', piiAccess: true });
    for (let n = 0; n < 150; n += 1) await api.post(chatPath(), { message: `mail somebody${n}@example.org` });
    const reveal = (n: number) => async () => {
      const placeholders = [`<EMAIL_ADDRESS_${n + 1}>`];
      const { status } = await api.post(`/v1/chat/${workspace.defaultChatId}/pii/reveal`, { placeholders });
      expect(status).toBe(200);
    };
    expect(await staysOfEach(Array.from({ length: 150 }, (_, n) => reveal(n)))).toBeLessThan(500);
  });

  it('leaves hardly a listener on a socket, and none for single events', async () => {
    const client = await ChatClient.open(service.admin, workspace.defaultChatId);
    for (const socket of namespace().sockets.values()) {
      expect(socket.eventNames().filter((name) => String(name).includes(':'))).toEqual([]);
      expect(socket.listenerCount('disconnect')).toBe(1);
      // One of these and two are Socket.IO's own. A third for data would make its list grow from two places to nineteen.
      expect(socket.conn.listenerCount('data')).toBe(2);
      expect(socket.conn.listenerCount('close')).toBe(4);
    }
    client.socket.close();
  });
});
