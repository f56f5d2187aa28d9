import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { ChatFeed } from '../../src/chat/feed/chat-feed.js';
import { Sessions } from '../../src/chat/socket/sessions.js';
import { Api, type MessageBody, type WorkspaceBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const seqs = (messages: readonly MessageBody[]): number[] => messages.map(({ seq }) => seq);
const range = (from: number, to: number): number[] => oneTo(to).slice(from);
/** Somebody with a key. */
interface Member {
  readonly id: string;
  readonly keyId: string;
}
const codeOf = (ack: AckBody): string | undefined => ack.error?.code;

describe('sessions on the socket', () => {
  let service: TestApp;
  let admin: Api;
  let workspace: WorkspaceBody;
  let chatId: string;
  let clients: ChatClient[] = [];

  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
  });
  afterAll(() => service.close());
  beforeEach(async () => {
    for (const client of clients) client.close();
    clients = [];
    workspace = await admin.workspace();
    chatId = workspace.defaultChatId;
  });

  const open = async (
    auth: Readonly<Record<string, unknown>> = {},
    api = admin,
    chat = chatId,
  ): Promise<ChatClient> => {
    const client = await ChatClient.open(api, chat, auth);
    clients.push(client);
    return client;
  };
  const newChat = async (): Promise<string> =>
    (await admin.post<{ id: string }>('/chat', { workspaceId: workspace.id, title: 'Other' })).body.id;
  const fill = async (count: number, chat = chatId): Promise<void> => {
    const client = await open({}, admin, chat);
    for (let done = 0; done < count; done += 100) {
      const acks = await Promise.all(oneTo(Math.min(100, count - done)).map((n) => client.send(`m${done + n}`)));
      expect(acks.filter(({ ok }) => !ok)).toEqual([]);
    }
    client.close();
  };

  describe('chat:connect', () => {
    it('leaves the present chat, joins the other, and starts a new session with a new key and counter', async () => {
      const other = await newChat();
      const [client, here, there] = [await open(), await open(), await open({}, admin, other)];
      const before = client.session;
      await client.send('in the first chat');
      const ticket = await ticketFor(admin, other);
      const ack = await client.switchTo(other, ticket);
      expect(ack).toEqual({ ok: true, data: client.session });
      expect(client.session).toMatchObject({ chat: { id: other, title: 'Other' }, recovered: false, seq: 0 });
      expect(client.session?.sessionId).not.toBe(before?.sessionId);

      expect(client.counter).toBe(0);
      expect(await client.send('in the second')).toMatchObject({ ok: true, data: { chatId: other, seq: 1 } });
      await here.send('not for those who left');
      await there.send('for everybody there');
      await client.until('message:created', 3);
      expect(client.of<MessageBody>('message:created').map(({ text }) => text)).toEqual([
        'in the first chat',
        'in the second',
        'for everybody there',
      ]);
      expect(here.of<MessageBody>('message:created').map(({ chatId: chat }) => chat)).toEqual([chatId, chatId]);
    });

    it('with an old key is worth nothing, and with a bad string changes nothing', async () => {
      const other = await newChat();
      const client = await open();
      const used = await ticketFor(admin, other);
      (await open({}, admin, other)).close();
      await ChatClient.open(admin, other, {}, used).then((another) => another.close());
      expect(codeOf(await client.switchTo(other, used))).toBe('connection_string_used');
      expect(codeOf(await client.switchTo(chatId, await ticketFor(admin, other)))).toBe('connection_string_invalid');
      expect(codeOf(await client.emit('chat:connect', { chatId: other }))).toBe('connection_string_missing');
      expect((await client.send('still here')).ok).toBe(true);

      const stale = client.signed('signed for the first chat');
      await client.switchTo(other, await ticketFor(admin, other));
      expect(codeOf(await client.emit('message:send', stale))).toBe('message_string_invalid');
    });

    it('delivers what was missed in the other chat first', async () => {
      const other = await newChat();
      await fill(30, other);
      const client = await open();
      const ack = await client.switchTo(other, await ticketFor(admin, other), { lastSeq: 10 });
      expect(ack).toMatchObject({ ok: true, data: { recovered: true, seq: 30 } });
      expect(client.names()).toEqual(['session', ...oneTo(20).map(() => 'message:created'), 'session']);
      expect(seqs(client.of<MessageBody>('message:created'))).toEqual(range(10, 30));
    });

    it('ends in one chat when several come at once', async () => {
      const chats = await Promise.all(oneTo(4).map(newChat));
      await Promise.all(chats.map((chat) => fill(20, chat)));
      const client = await open();
      const tickets = await Promise.all(chats.map((chat) => ticketFor(admin, chat)));
      const acks = await Promise.all(
        chats.map((chat, n) =>
          client.emit('chat:connect', { chatId: chat, connectionString: tickets[n]?.connectionString, lastSeq: 0 }),
        ),
      );
      for (const ack of acks) expect(ack.ok || codeOf(ack) === 'session_required').toBe(true);
      const mine = client.session?.chat.id;
      const before = client.received.length;
      const writers = await Promise.all([chatId, ...chats].map((chat) => open({}, admin, chat)));
      await Promise.all(writers.map((writer) => writer.send('who hears this?')));
      // Who is in a room is told in one go: what the writers have heard was sent to everybody, before the next answer.
      await Promise.all(writers.map((writer) => writer.until('message:created', 1)));
      await client.emit('history:get', {});
      const heard = client.received.slice(before).filter(({ event }) => event === 'message:created');
      expect(heard.map(({ payload }) => (payload as MessageBody).chatId)).toEqual([mine]);
    });
  });

  it('chat:disconnect ends what one hears, and chat:connect begins it again', async () => {
    const [client, other] = [await open(), await open()];
    expect(await client.emit('chat:disconnect', {})).toEqual({ ok: true, data: {} });
    await other.send('unheard');
    expect(codeOf(await client.send('unsaid'))).toBe('session_required');
    expect((await client.switchTo(chatId, await ticketFor(admin, chatId), { lastSeq: 0 })).ok).toBe(true);
    expect(client.of<MessageBody>('message:created').map(({ text }) => text)).toEqual(['unheard']);
  });

  describe('lastSeq', () => {
    it('brings everything missed, in order, before session; then what is new', async () => {
      await fill(450);
      const client = await open({ lastSeq: 123 });
      expect(client.session).toMatchObject({ recovered: true, seq: 450 });
      expect(client.received.at(-1)?.event).toBe('session');
      expect(seqs(client.of<MessageBody>('message:created'))).toEqual(range(123, 450));
      await client.send('new');
      expect(seqs(await client.until<MessageBody>('message:created', 328))).toEqual(range(123, 451));
    });

    it('at the end brings nothing and is recovered; beyond the end it is not', async () => {
      await fill(3);
      expect((await open({ lastSeq: 3 })).session).toMatchObject({ recovered: true, seq: 3 });
      expect((await open({ lastSeq: 4 })).session).toMatchObject({ recovered: false, seq: 3 });
      const without = await open();
      expect(without.session).toMatchObject({ recovered: false, seq: 3 });
      expect(without.of('message:created')).toEqual([]);
    });

    it('of over 1,000 missed brings none of them', async () => {
      await fill(1_001);
      const behind = await open({ lastSeq: 0 });
      expect(behind.session).toMatchObject({ recovered: false, seq: 1_001 });
      expect(behind.of('message:created')).toEqual([]);
      expect(seqs((await open({ lastSeq: 1 })).of<MessageBody>('message:created'))).toEqual(range(1, 1_001));
    });

    it('leaves no gap over a hundred drops while others write', async () => {
      const writers = await Promise.all(oneTo(4).map(() => open()));
      const stop = new AbortController();
      let written = 0;
      const writing = Promise.all(
        writers.map(async (writer, n) => {
          while (!stop.signal.aborted) {
            const ack = await writer.send(written % 7 ? `w${n}` : `w${n} ${randomUUID().slice(0, 8)}@example.org`);
            if (ack.ok) written += 1;
          }
        }),
      );
      const seen: number[] = [];
      const modes: ((client: ChatClient) => void)[] = [
        (client) => client.close(),
        (client) => client.socket.io.engine.close(),
        (client) => (client.socket.io.engine.transport as unknown as { ws: { terminate(): void } }).ws.terminate(),
      ];
      for (const n of oneTo(100)) {
        const client = await ChatClient.open(admin, chatId, { lastSeq: seen.length });
        expect(client.session?.recovered).toBe(true);
        if (n % 3) await client.until('message:created', client.of('message:created').length + 1);
        const gone = client.closed();
        modes[n % modes.length]?.(client);
        await gone;
        seen.push(...seqs(client.of<MessageBody>('message:created')));
      }
      stop.abort();
      await writing;
      const last = await open({ lastSeq: seen.length });
      seen.push(...seqs(last.of<MessageBody>('message:created')));
      expect(seen).toEqual(oneTo(written));
    });

    it('leaves nothing behind of clients that come and go at any moment', async () => {
      await fill(400);
      const sessions = service.app.get(Sessions, { strict: false });
      const tickets = await Promise.all(oneTo(40).map(() => ticketFor(admin, chatId)));
      await Promise.all(
        tickets.map(async ({ connectionString }, n) => {
          const raw = await RawSocket.open(service.url);
          raw.knock({ chatId, connectionString, lastSeq: 0 });
          if (n % 4) await raw.until((text) => text.startsWith(n % 4 === 1 ? '40/connect' : '42/connect'));
          raw.close();
          await raw.closed;
        }),
      );
      const last = await open();
      await until(() => sessions.live.size === 1);
      const { streams } = service.app.get<{ streams: ReadonlyMap<string, { readers: number }> }>(ChatFeed, {
        strict: false,
      });
      await until(() => streams.get(chatId)?.readers === 1);
      last.close();
      await until(() => streams.size === 0);
      const { rooms } = (sessions as unknown as { namespace: { adapter: { rooms: ReadonlyMap<string, unknown> } } })
        .namespace.adapter;
      await until(() => rooms.size === 0);
    });
  });

  describe('revocation on this node', () => {
    it('of the key, the member, the chat and the workspace ends the sockets within a second', async () => {
      const member = await admin.user('Mo');
      const membership = `/v1/workspaces/${workspace.id}/members/${member.id}`;
      const revoked = { code: 'access_revoked', reconnect: false };
      const staying = await open();

      await admin.put(membership, { role: 'member' });
      expect(await endOf(await open({}, member.api), () => admin.delete(membership))).toEqual(revoked);
      await admin.put(membership, { role: 'member' });
      const byKey = await open({}, member.api);
      expect(await endOf(byKey, () => admin.delete(`/v1/api-keys/${member.keyId}`))).toEqual(revoked);
      const chat = await newChat();
      expect(await endOf(await open({}, admin, chat), () => admin.delete(`/v1/chat/${chat}`))).toEqual(revoked);
      expect((await staying.send('I stay')).ok).toBe(true);
      expect(await endOf(staying, () => admin.delete(`/v1/workspaces/${workspace.id}`))).toEqual(revoked);
    });

    it('of guests ends theirs when the workspace becomes private', async () => {
      const open = await admin.workspace({ visibility: 'public' });
      const guest = await ChatClient.open(new Api(service.url), open.defaultChatId);
      const end = await endOf(guest, () => admin.patch(`/v1/workspaces/${open.id}`, { visibility: 'private' }));
      expect(end).toEqual({ code: 'access_revoked', reconnect: false });
    });

    it('of piiAccess ends sessions that rehydrate, and no others', async () => {
      const member = await admin.user('Vera', ['pii:rehydrate']);
      const membership = `/v1/workspaces/${workspace.id}/members/${member.id}`;
      await admin.put(membership, { role: 'member', piiAccess: true });
      const [originals, masked] = [await open({ rehydrate: true }, member.api), await open({}, member.api)];
      const end = await endOf(originals, () => admin.put(membership, { role: 'member', piiAccess: false }));
      expect(end).toEqual({ code: 'access_revoked', reconnect: true });
      expect((await masked.send('I stay')).ok).toBe(true);
      expect(codeOf(await masked.emit('history:get', { chatHistoryPiiMapping: 'vault' }))).toBe('pii_access_required');
    });

    it.each([
      [
        'piiAccess',
        true,
        (at: string, { id }: Member) => admin.put(`${at}/members/${id}`, { role: 'member', piiAccess: false }),
      ],
      ['their membership', false, (at: string, { id }: Member) => admin.delete(`${at}/members/${id}`)],
      ['their key', false, (_: string, { keyId }: Member) => admin.delete(`/v1/api-keys/${keyId}`)],
      ['their place, by a ban', false, (at: string, { id }: Member) => admin.put(`${at}/bans/${id}`, {})],
    ])('of %s ends a session in the middle of originals', async (_, reconnect, withdraw) => {
      const at = `/v1/workspaces/${workspace.id}`;
      const member = await admin.user('Vera', ['pii:rehydrate']);
      await admin.put(`${at}/members/${member.id}`, { role: 'member', piiAccess: true });
      const [reader, writer] = [await open({ rehydrate: true }, member.api), await open()];
      const late = await ticketFor(member.api, chatId);
      const sending = (async () => {
        for (let n = 0; reader.socket.connected; n += 1) await writer.send(`to p${n}@example.org`);
      })();
      const [first] = await reader.until<MessageBody>('message:created', 3);
      expect(first?.message).toBe('to p0@example.org');
      expect(await endOf(reader, () => withdraw(at, member))).toEqual({ code: 'access_revoked', reconnect });
      await sending;
      // What was handed out while the right was there opens nothing either.
      await expect(ChatClient.open(member.api, chatId, { rehydrate: true }, late)).rejects.toMatchObject({
        data: { code: reconnect ? 'pii_access_required' : 'access_revoked' },
      });
    });

    it('of the right to post holds for the next message', async () => {
      const member = await admin.user('Mo');
      const membership = `/v1/workspaces/${workspace.id}/members/${member.id}`;
      await admin.put(membership, { role: 'member' });
      const client = await open({}, member.api);
      await admin.put(membership, { role: 'reader' });
      expect(codeOf(await client.send('one more'))).toBe('forbidden');
    });
  });

  it('revocation made elsewhere ends the sockets within five seconds', async () => {
    const member = await admin.user('Vera', ['pii:rehydrate']);
    const membership = `/v1/workspaces/${workspace.id}/members/${member.id}`;
    const chat = await newChat();
    await admin.put(membership, { role: 'member', piiAccess: true });
    const removed = await admin.user('Mo');
    await admin.put(`/v1/workspaces/${workspace.id}/members/${removed.id}`, { role: 'member' });
    const doomed = await admin.workspace();
    const ending = [
      await open({}, removed.api),
      await open({ rehydrate: true }, member.api),
      await open({}, admin, chat),
      await open({}, admin, doomed.defaultChatId),
    ];
    const staying = await open();
    const elsewhere = new Client({ connectionString: service.database.url });
    await elsewhere.connect();
    await elsewhere.query('DELETE FROM members WHERE user_id = $1', [removed.id]);
    await elsewhere.query('UPDATE members SET pii_access = false WHERE user_id = $1', [member.id]);
    await elsewhere.query('UPDATE chats SET deleted_at = now() WHERE id = $1', [chat]);
    await elsewhere.query('UPDATE workspaces SET deleted_at = now() WHERE id = $1', [doomed.id]);
    const changed = performance.now();
    await elsewhere.end();
    for (const client of ending) {
      await client.closed();
      expect(client.of<{ code: string }>('session:ended').map(({ code }) => code)).toEqual(['access_revoked']);
    }
    expect(performance.now() - changed).toBeLessThan(5_000);
    expect((await staying.send('I stay')).ok).toBe(true);
  });

  it('a client that stops reading is dropped, with bounded memory, and others notice nothing', async () => {
    const [writer, reader] = [await open(), await open()];
    const { connectionString } = await ticketFor(admin, chatId);
    const raw = await RawSocket.open(service.url);
    raw.knock({ chatId, connectionString });
    await raw.until((text) => text.includes('"session"'));
    raw.stopReading();
    const sessions = service.app.get(Sessions, { strict: false });
    expect(sessions.live.size).toBe(3);
    const text = 'x'.repeat(30_000);
    let sent = 0;
    const before = process.memoryUsage().rss;
    let most = 0;
    while (sessions.live.size > 2) {
      most = Math.max(most, process.memoryUsage().rss - before);
      const acks = await Promise.all(oneTo(10).map(() => writer.send(text, { autoPiiMapping: 'false' })));
      sent += acks.filter(({ ok }) => ok).length;
      expect(sent).toBeLessThan(5_000);
    }
    expect(most / 1024 / 1024).toBeLessThan(100);
    expect(seqs(await reader.until<MessageBody>('message:created', sent))).toEqual(oneTo(sent));
    raw.close();
  });

  it('a client that asks for ever more history and reads none of it costs little memory', async () => {
    await fill(0);
    const writer = await open();
    const text = 'x'.repeat(30_000);
    for (const _ of oneTo(20)) {
      await Promise.all(oneTo(10).map(() => writer.send(text, { autoPiiMapping: 'false' })));
    }
    writer.close();
    const { connectionString } = await ticketFor(admin, chatId);
    const raw = await RawSocket.open(service.url);
    raw.knock({ chatId, connectionString });
    await raw.until((packet) => packet.includes('"session"'));
    raw.stopReading();
    const sessions = service.app.get(Sessions, { strict: false });
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    for (const n of oneTo(300)) raw.emit(n, 'history:get', { limit: 200 });
    await until(() => sessions.live.size === 0);
    clearInterval(watch);
    raw.close();
    expect((most - before) / 1024 / 1024).toBeLessThan(120);
  });
});

describe('the end of a session', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ SESSION_SECONDS: '2' });
  });
  afterAll(() => service.close());

  it('is announced, and comes', async () => {
    const { defaultChatId } = await service.admin.workspace();
    const client = await ChatClient.open(service.admin, defaultChatId);
    const expiresAt = client.session?.expiresAt;
    const closed = client.closed();
    expect(await client.until('session:expiring', 1)).toEqual([{ expiresAt }]);
    await closed;
    expect(client.of('session:ended')).toEqual([{ code: 'session_expired', reconnect: true }]);
    expect(Math.abs(Date.now() - Date.parse(expiresAt ?? ''))).toBeLessThan(2_000);
    expect(client.names()).toEqual(['session', 'session:expiring', 'session:ended']);
  });
});

describe('the notice of the end', () => {
  it('comes 25 seconds before it, and not with the beginning', async () => {
    const service = await startTestApp({ SESSION_SECONDS: '28' });
    const { defaultChatId } = await service.admin.workspace();
    const client = await ChatClient.open(service.admin, defaultChatId);
    const [notice] = await client.until<{ expiresAt: string }>('session:expiring', 1);
    const left = Date.parse(notice?.expiresAt ?? '') - Date.now();
    expect(left).toBeLessThanOrEqual(25_000);
    expect(left).toBeGreaterThan(15_000);
    client.close();
    await service.close();
  });
});

describe('the end of the service', () => {
  it('is told to clients, and answers what is under way', async () => {
    const service = await startTestApp();
    const { defaultChatId } = await service.admin.workspace();
    const clients = await Promise.all(oneTo(3).map(() => ChatClient.open(service.admin, defaultChatId)));
    const closed = clients.map((client) => client.closed());
    await clients[0]?.send('warm');
    const sends = clients.flatMap((client) =>
      oneTo(60).map((n) => client.send(n % 5 ? `m${n}` : `m${n} p${n}@example.org`)),
    );
    await Promise.race(sends);
    const rest = oneTo(10).map((n) =>
      service.admin.post<MessageBody>(`/v1/chat/${defaultChatId}/messages`, { message: `r${n}` }),
    );
    const down = service.app.close();
    const acks = await Promise.all(sends);
    for (const ack of acks) expect(ack.ok || codeOf(ack) === 'server_shutdown').toBe(true);
    await Promise.all(closed);
    await down;
    for (const client of clients) {
      expect(client.of('session:ended')).toEqual([{ code: 'server_shutdown', reconnect: true }]);
    }
    const answers = await Promise.allSettled(rest);
    const database = new Client({ connectionString: service.database.url });
    await database.connect();
    const { rows } = await database.query<{ seq: string; id: string }>('SELECT seq, id FROM messages ORDER BY seq');
    await database.end();
    const ids = new Set(rows.map(({ id }) => id));
    expect(rows.map(({ seq }) => Number(seq))).toEqual(oneTo(rows.length));
    for (const ack of acks) if (ack.ok) expect(ids.has((ack.data as MessageBody).id)).toBe(true);
    const posted = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(posted.filter(({ status }) => status !== 201 && status !== 503)).toEqual([]);
    for (const { status, body } of posted) if (status === 201) expect(ids.has(body.id)).toBe(true);
    expect(rows.length).toBe(
      1 + acks.filter(({ ok }) => ok).length + posted.filter(({ status }) => status === 201).length,
    );
    await service.database.drop();
  });
});

/** Polls where nothing could be waited for: the server's own view of a connection that is gone. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Does something and measures how long it takes until the client is shown the door. */
async function endOf(client: ChatClient, change: () => Promise<unknown>): Promise<object> {
  const closed = client.closed();
  await change();
  const changed = performance.now();
  await closed;
  expect(performance.now() - changed).toBeLessThan(1_000);
  const [end] = await client.until<object>('session:ended', 1);
  return end ?? {};
}
