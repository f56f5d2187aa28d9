import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { BROKEN_JSON, BROKEN_TEXTS, MARK, STRANGE_HEADERS, STRANGE_TEXTS, STRANGE_VALUES } from './corpus.js';
import { type Payload, signed } from './signing.js';

jest.setTimeout(120_000);

interface Field {
  readonly type?: string;
  readonly format?: string;
}
interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive' }>>;
  readonly components: {
    readonly messages: Readonly<
      Record<string, { readonly payload?: { readonly properties?: Readonly<Record<string, Field>> } }>
    >;
  };
}

const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 60) ?? 'nothing';
/** Fields whose text is a grammar of its own. */
const isHeader = (field: string): boolean => /^(chatHistoryP|p|autoP)ii/.test(field);

describe('what no client should send over the socket', () => {
  let service: TestApp;
  let chatId: string;
  let messageId: string;
  let events: ReadonlyMap<string, Readonly<Record<string, Field>>>;
  let client: ChatClient;
  let refused = 0;
  const failures: string[] = [];

  beforeAll(async () => {
    service = await startTestApp({
      RATE_LIMIT_SOCKET_PER_SECOND: '100000',
      RATE_LIMIT_SOCKET_BURST: '100000',
      RATE_LIMIT_SOCKET_KIB_PER_SECOND: '1000000',
    });
    chatId = (await service.admin.workspace()).defaultChatId;
    messageId = (await service.admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message: 'here' })).body.id;
    const { operations, components } = (await service.admin.get<AsyncApi>('/docs/asyncapi.json')).body;
    const received = Object.keys(operations).filter((name) => operations[name]?.action === 'receive');
    events = new Map(received.map((name) => [name, components.messages[name]?.payload?.properties ?? {}]));
    client = await ChatClient.open(service.admin, chatId);
  });
  afterAll(async () => {
    client.close();
    await service.close();
  });

  /** A payload that passes, but for what is put into it; signed over that, so that it gets past the message string. */
  function payloadOf(event: string, change: Payload): Payload {
    const fields = events.get(event.replace(':', '_')) ?? {};
    const sound: Readonly<Record<string, unknown>> = {
      message: 'something',
      clientMessageId: 'hostile',
      messageId,
      replyTo: messageId,
      counter: ++client.counter,
      ...change,
    };
    const payload = Object.fromEntries(
      Object.keys({ ...fields, ...change })
        .filter((name) => name in sound)
        .map((name) => [name, sound[name]]),
    );
    if (!('messageString' in fields) || 'messageString' in change) return payload;
    return signed(client, event, payload);
  }

  function judge(what: string, { ok, error }: AckBody): void {
    if (ok) return;
    refused += 1;
    if (error?.code === undefined) failures.push(`${what}: refused without a code`);
    if (error?.code === 'internal' || error?.code === 'unavailable') failures.push(`${what}: ${error.code}`);
    if (JSON.stringify(error).includes(MARK)) failures.push(`${what}: the refusal quotes what was sent`);
  }

  async function attempt(event: string, what: string, payload: unknown): Promise<void> {
    const ack = await client.emit(event, payload).catch(() => undefined);
    if (ack) judge(`${event} ${what}`, ack);
    else if (client.socket.connected) failures.push(`${event} ${what}: no answer`);
    // Five bad message strings end a session, and so does what leaves or enters a chat.
    const lost = !client.socket.connected || event.startsWith('chat:') || ack?.error?.code === 'session_required';
    if (!lost) return;
    client.close();
    client = await ChatClient.open(service.admin, chatId);
  }

  async function expectNoFailure(): Promise<void> {
    expect(failures.splice(0)).toEqual([]);
    expect(service.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(service.logs.filter((line) => line.includes(MARK))).toEqual([]);
    expect(({} as Record<string, unknown>)[MARK]).toBeUndefined();
    expect((await client.emit('history:get', { limit: 1 })).ok).toBe(true);
  }

  it('in any documented field of any event is answered with a code, or taken', async () => {
    const texts = [...STRANGE_TEXTS, ...BROKEN_TEXTS];
    let [turn, tried] = [0, 0];
    for (const [name, fields] of events) {
      if (name === 'connect') continue;
      const event = name.replace('_', ':');
      for (const value of STRANGE_VALUES) await attempt(event, `as a whole ${show(value)}`, value);
      for (const field of Object.keys(fields)) {
        turn += 1;
        const few = texts.filter((_, index) => field === 'message' || index % 5 === turn % 5);
        for (const value of [...STRANGE_VALUES, ...few, ...(isHeader(field) ? STRANGE_HEADERS : [])]) {
          tried += 1;
          await attempt(event, `${field} = ${show(value)}`, payloadOf(event, { [field]: value }));
        }
      }
      await attempt(event, 'with a field of nobody', payloadOf(event, { [MARK]: MARK }));
    }
    expect(tried).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(400);
    await expectNoFailure();
  });

  it('as the name of an event is answered with a code', async () => {
    for (const name of [...STRANGE_TEXTS, '__proto__', 'constructor', 'toString', 'message:created', 'session', '']) {
      const ack = await client.emit(name, {});
      expect([name, ack.ok, ack.error?.code]).toEqual([name, false, 'unknown_event']);
      judge(name, ack);
    }
    await expectNoFailure();
  });

  it('in the handshake is refused with a code, and nobody is let in', async () => {
    const { connectionString } = await ticketFor(service.admin, chatId);
    const knock = async (what: string, auth: unknown): Promise<void> => {
      const raw = await RawSocket.open(service.url);
      raw.send(`40/connect,${JSON.stringify(auth)}`);
      await raw.closed;
      if (raw.packets.some((packet) => packet.startsWith('40/connect'))) failures.push(`${what}: let in`);
      const refusal = raw.packets.find((packet) => packet.startsWith('44/connect,'));
      if (refusal?.includes(MARK)) failures.push(`${what}: the refusal quotes what was sent`);
      if (refusal !== undefined && !/"code":"[a-z_]+"/.test(refusal)) failures.push(`${what}: ${refusal}`);
    };
    const fields = { chatId, connectionString, lastSeq: 0, rehydrate: false };
    for (const field of Object.keys(fields)) {
      // A string that was tampered with, so that nothing here can open a session.
      const bad = { ...fields, connectionString: `${connectionString.slice(0, -2)}${MARK}` };
      const all = [...STRANGE_VALUES, ...BROKEN_TEXTS, ...STRANGE_HEADERS];
      await Promise.all(all.map((value) => knock(`${field} = ${show(value)}`, { ...bad, [field]: value })));
    }
    await Promise.all(STRANGE_VALUES.map((value) => knock(`as a whole ${show(value)}`, value)));
    await expectNoFailure();
  });

  it('as frames that are no sound packets ends the connection, or is answered', async () => {
    const odd = [
      ...BROKEN_JSON.map((text) => `["message:send",${text}]`),
      ...BROKEN_JSON,
      '[]',
      '[1]',
      '[null,{}]',
      '',
    ];
    for (const [index, text] of odd.entries()) {
      const raw = await RawSocket.open(service.url);
      raw.knock({ chatId, connectionString: (await ticketFor(service.admin, chatId)).connectionString });
      await raw.until((packet) => packet.startsWith('42/connect,["session"'));
      raw.send(`42/connect,7${text}`);
      // Whoever is still heard is answered; who is not has been cut off.
      raw.emit(8, 'history:get', { limit: 1 });
      await Promise.race([raw.answer(8), raw.closed]).catch(() => undefined);
      const answer = raw.packets.find((packet) => packet.startsWith('43/connect,7'));
      if (answer?.includes('"ok":true')) failures.push(`frame ${index}: taken`);
      if (answer?.includes(MARK)) failures.push(`frame ${index}: the refusal quotes what was sent`);
      raw.close();
    }
    await expectNoFailure();
  });
});
