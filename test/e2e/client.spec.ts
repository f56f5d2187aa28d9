import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Chat, type ChatOptions, CloakroomError, connect, type MessageEvent } from '../../src/client/client.js';
import type { Api } from '../support/api.js';
import { type CutLine, openCutLine } from '../support/cut-line.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/*
 * The client of src/client against the real service, over a line that is cut in the worst moments.
 */
const oneTo = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1);

describe('cloakroom/client', () => {
  let service: TestApp;
  let line: CutLine;
  let api: Api;
  const open: Chat[] = [];
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_SOCKET_BURST: '20', RATE_LIMIT_SOCKET_PER_SECOND: '50' });
    line = await openCutLine(service.url);
    api = service.admin;
  });
  afterEach(() => {
    for (const chat of open.splice(0)) chat.close();
    line.open();
  });
  afterAll(async () => {
    await line.close();
    await service.close();
  });

  const enter = async (chatId: string, options: Partial<ChatOptions> = {}): Promise<Chat> => {
    const chat = await connect({ url: line.url, chatId, apiKey: service.adminKey, ...options });
    open.push(chat);
    return chat;
  };
  const newChat = async (): Promise<string> => (await api.workspace()).defaultChatId;

  /** Reads so many messages. */
  async function read(chat: Chat, count: number): Promise<MessageEvent[]> {
    const messages: MessageEvent[] = [];
    for await (const message of chat) {
      messages.push(message);
      if (messages.length === count) break;
    }
    return messages;
  }
  const next = (chat: Chat, event: Parameters<Chat['on']>[0]): Promise<unknown> =>
    new Promise((resolve) => {
      const off = chat.on(event, (payload: unknown) => {
        off();
        resolve(payload);
      });
    });
  const refusal = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => 'nothing was refused',
      (error: unknown) => (error instanceof CloakroomError ? error.code : error),
    );

  it('sends, edits, deletes and reads, and answers originals to the sender alone', async () => {
    const chatId = await newChat();
    const [one, two] = [await enter(chatId), await enter(chatId)];
    const sent = await one.send('mail ada@example.org');
    expect([sent.seq, sent.text, sent.message]).toEqual([1, 'mail <EMAIL_ADDRESS_1>', 'mail ada@example.org']);
    const [received] = await read(two, 1);
    expect([received?.id, received?.text, received?.message]).toEqual([sent.id, sent.text, undefined]);

    const answer = await two.send('see AB-4711 for Zoë', {
      replyTo: sent.id,
      piiMapping: { '<PERSON_7>': 'Zoë' },
      piiPositions: [{ start: 4, end: 11, type: 'CASE_NUMBER' }],
      autoPiiMapping: false,
    });
    expect([answer.text, answer.replyTo]).toEqual(['see <CASE_NUMBER_1> for <PERSON_7>', sent.id]);
    const updated = next(two, 'message:updated');
    expect((await one.edit(sent.id, 'call +1 212 555 0147')).text).toBe('call <PHONE_NUMBER_1>');
    expect(await updated).toMatchObject({ id: sent.id, text: 'call <PHONE_NUMBER_1>' });
    expect((await two.delete(answer.id)).text).toBe('');
    const { items, nextCursor } = await one.history({ rehydrate: { '<PHONE_NUMBER_1>': '+1 212 555 0147' } });
    expect(items.map(({ message }) => message)).toEqual(['call +1 212 555 0147', '']);
    expect(nextCursor).toBeNull();
    const told = [next(one, 'reaction:updated'), next(two, 'reaction:updated')];
    await two.request('reaction:set', { messageId: sent.id, reaction: ':tada:', on: true });
    await Promise.all(told);
    expect([one.lastSeq, two.lastSeq]).toEqual([5, 5]);
  });

  it('calls members by a message and by its edit, and is refused for who is no member', async () => {
    const workspace = await api.workspace();
    const chat = await enter(workspace.defaultChatId);
    const [ada, bob, stranger] = [await api.user('Ada'), await api.user('Bob'), await api.user('Stranger')];
    for (const { id } of [ada, bob]) await api.put(`/v1/workspaces/${workspace.id}/members/${id}`, { role: 'member' });
    const sent = await chat.send('who has a minute?', { mentions: [ada.id, bob.id] });
    expect(sent.mentions).toEqual([ada.id, bob.id]);
    expect((await chat.edit(sent.id, 'Bob, have you?', { mentions: [bob.id] })).mentions).toEqual([bob.id]);
    expect((await chat.send('never mind', { mentions: [] })).seq).toBe(3);
    expect(await refusal(chat.send('and you?', { mentions: [stranger.id] }))).toBe('validation_failed');
  });

  it('has typed codes for what is refused', async () => {
    const chatId = await newChat();
    const chat = await enter(chatId);
    expect(await refusal(chat.send('x', { clientMessageId: 'not an id' }))).toBe('validation_failed');
    expect(await refusal(chat.edit('01890f3e-7b1a-7cc2-b1c4-0123456789ab', 'x'))).toBe('message_not_found');
    expect(await refusal(chat.history({ rehydrate: 'vault' }))).toBe('pii_access_required');
    expect(await refusal(enter(chatId, { apiKey: 'ckr_nobody' }))).toBe('unauthenticated');
    expect(await refusal(enter('01890f3e-7b1a-7cc2-b1c4-0123456789ab'))).toBe('chat_not_found');
    expect(await refusal(enter(chatId, { rehydrate: true }))).toBe('pii_access_required');
    expect((await chat.send('still here')).seq).toBe(1);
  });

  it('sends every message once and in order, however often the line is cut before the answer', async () => {
    const chatId = await newChat();
    const [writer, reader] = [await enter(chatId), await enter(chatId)];
    const received = read(reader, 60);
    const sends = oneTo(60).map(async (n) => {
      const sent = await writer.send(`m${n} to p${n}@example.org`);
      if (n % 6 === 0) line.cutAtAnswer();
      if (n % 20 === 0) line.cut();
      return sent;
    });
    const sent = await Promise.all(sends);
    expect(sent.map(({ seq }) => seq)).toEqual(oneTo(60));
    expect((await received).map(({ seq, text }) => [seq, text.split(' ')[0]])).toEqual(
      oneTo(60).map((n) => [n, `m${n}`]),
    );
    expect(line.connections()).toBeGreaterThan(12);
    const { items } = await writer.history({ limit: 200 });
    expect(items.map(({ id }) => id)).toEqual(sent.map(({ id }) => id));
  }, 30_000);

  it('edits and deletes once when the answer is lost', async () => {
    const chat = await enter(await newChat());
    const { id } = await chat.send('first');
    const events: string[] = [];
    for (const event of ['message:updated', 'message:deleted'] as const) chat.on(event, () => events.push(event));
    line.cutAtAnswer();
    await chat.edit(id, 'second');
    line.cutAtAnswer();
    const tombstone = await chat.delete(id);
    expect([tombstone.seq, tombstone.updatedSeq]).toEqual([1, 3]);
    expect((await chat.send('after')).seq).toBe(4);
    expect(events).toEqual(['message:updated', 'message:deleted']);
  });

  it('comes back by itself, and then has everything that was said meanwhile', async () => {
    const chatId = await newChat();
    const chat = await enter(chatId);
    const received = read(chat, 30);
    for (const n of oneTo(30)) {
      if (n % 10 === 5) line.cut();
      await api.post(`/v1/chat/${chatId}/messages`, { message: `m${n}` });
    }
    expect((await received).map(({ text }) => text)).toEqual(oneTo(30).map((n) => `m${n}`));
    const later = await enter(chatId, { lastSeq: 12 });
    expect((await read(later, 18)).map(({ seq }) => seq)).toEqual(oneTo(30).slice(12));
  });

  it('reads from the history what is too much for a replay, and says so', async () => {
    const chatId = await newChat();
    const chat = await enter(chatId);
    line.shut();
    await next(chat, 'disconnected');
    const post = (n: number) => api.post(`/v1/chat/${chatId}/messages`, { message: `m${n}` });
    for (const hundred of oneTo(11)) await Promise.all(oneTo(100).map((n) => post(hundred * 100 + n)));
    const gap = next(chat, 'gap');
    line.open();
    const late = post(0);
    const received = await read(chat, 1_101);
    expect(received.map(({ seq }) => seq)).toEqual(oneTo(1_101));
    expect(await gap).toMatchObject({ after: 0 });
    await late;
  }, 60_000);

  it('waits and tries again where the service asks for it', async () => {
    const tried: string[] = [];
    const chat = await enter(await newChat(), { trace: (event) => tried.push(event) });
    // Over the burst of 20: some are answered with rate_limited, and none is lost.
    await Promise.all(oneTo(40).map(() => chat.request('typing:set', { typing: true })));
    expect(tried.length).toBeGreaterThan(40);
    expect((await chat.send('in spite of it')).seq).toBe(1);
  });

  it('refuses to queue without end, and closes with what waits', async () => {
    const chat = await enter(await newChat(), { maxWaiting: 3 });
    line.shut();
    const sends = oneTo(4).map((n) => refusal(chat.send(`m${n}`)));
    expect(await sends[3]).toBe('queue_full');
    const over = next(chat, 'closed');
    chat.close();
    expect(await Promise.all(sends.slice(0, 3))).toEqual(['closed', 'closed', 'closed']);
    expect(await over).toBeUndefined();
    expect(await read(chat, 1)).toEqual([]);
    expect(await refusal(chat.send('too late'))).toBe('closed');
  });

  it('gives up in the end', async () => {
    const chat = await enter(await newChat(), { giveUpAfterMs: 300 });
    const loop = refusal(read(chat, 1));
    const over = next(chat, 'closed');
    line.shut();
    expect(await refusal(chat.send('never'))).toBe('unreachable');
    expect(await loop).toBe('unreachable');
    expect(await over).toMatchObject({ code: 'unreachable', retryable: true });
    expect(await refusal(connect({ url: line.url, chatId: 'x', giveUpAfterMs: 0 }))).toBe('unreachable');
  });

  it('ends for good when the right is withdrawn', async () => {
    const { id: workspaceId, defaultChatId } = await api.workspace();
    const user = await api.user('Mo');
    await api.put(`/v1/workspaces/${workspaceId}/members/${user.id}`, { role: 'member' });
    const chat = await enter(defaultChatId, { apiKey: user.api.key ?? '' });
    const loop = refusal(read(chat, 1));
    await api.delete(`/v1/api-keys/${user.keyId}`);
    expect(await loop).toBe('access_revoked');
    expect(await refusal(chat.send('no more'))).toBe('access_revoked');
  });

  it('does without an API key where somebody else asks for the connection string', async () => {
    const chatId = await newChat();
    let asked = 0;
    const chat = await connect({
      url: line.url,
      chatId,
      getConnectionString: async () => {
        asked += 1;
        return (await api.post<never>(`/v1/chat/${chatId}/connection-string`)).body;
      },
    });
    open.push(chat);
    const again = next(chat, 'connected');
    chat.drop();
    await again;
    expect(asked).toBe(2);
  });

  it('breaks off a loop, and gives a second one what comes from then on', async () => {
    const chat = await enter(await newChat());
    await chat.send('one');
    expect((await read(chat, 1))[0]?.seq).toBe(1);
    const second = read(chat, 1);
    await chat.send('two');
    expect((await second)[0]?.text).toBe('two');
  });
});

describe('cloakroom/client where sessions are short', () => {
  let service: TestApp;
  let chatId: string;
  beforeAll(async () => {
    service = await startTestApp({ SESSION_SECONDS: '3' });
    chatId = (await service.admin.workspace()).defaultChatId;
  });
  afterAll(() => service.close());

  it('renews its session before the end, again and again', async () => {
    const lost: unknown[] = [];
    let renewals = 0;
    let chat: Chat | undefined;
    await new Promise<void>((resolve, reject) => {
      chat = new Chat({
        url: service.url,
        chatId,
        apiKey: service.adminKey,
        trace: (event) => event === 'session:renew' && ++renewals === 5 && resolve(),
      });
      chat.on('disconnected', (end) => lost.push(end));
      chat.on('closed', () => reject(new Error('closed')));
    });
    expect(lost).toEqual([]);
    expect((await chat?.send('in the same session'))?.seq).toBe(1);
    chat?.close();
  }, 30_000);

  it('enters anew where it could not renew', async () => {
    let asked = 0;
    const chat = await connect({
      url: service.url,
      chatId,
      getConnectionString: async () => {
        asked += 1;
        if (asked === 2) throw new CloakroomError('forbidden');
        if (asked === 3) throw new Error('our own server is down');
        return (await service.admin.post<never>(`/v1/chat/${chatId}/connection-string`)).body;
      },
    });
    const { sessionId } = await chat.connected();
    const lost = new Promise((resolve) => chat.on('disconnected', resolve));
    const again = new Promise<{ sessionId: string }>((resolve) => chat.on('connected', resolve));
    expect(await lost).toEqual({ code: 'session_expired', reconnect: true });
    expect((await again).sessionId).not.toBe(sessionId);
    expect(asked).toBe(4);
    chat.close();
  }, 30_000);
});
