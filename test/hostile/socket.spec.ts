import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ErrorCode } from '../../src/errors/code-table.js';
import { type Api, type MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, type Session, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { S3Server, uploadFile } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { BROKEN_JSON, CORPUS, MARK, STRANGE_TEXTS } from './corpus.js';
import { Places, type Schema, textOf } from './places.js';
import { signed } from './signing.js';
import { type Estate, SocketLane, type SocketTry } from './socket-lane.js';

jest.setTimeout(120_000);

interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive' }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly payload?: Schema }>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

const { operations, components } = JSON.parse(readFileSync('docs/asyncapi.json', 'utf8')) as AsyncApi;
const places = new Places(components.schemas);
const schemaOf = (name: string): Schema => components.messages[name]?.payload ?? {};
const EVENTS = Object.keys(operations)
  .filter((name) => operations[name]?.action === 'receive' && name !== 'connect')
  .map((name) => [name.replace('_', ':'), schemaOf(name)] as const);
const HANDSHAKE = schemaOf('handshake');

const LANES = 8;

type Outcome = ErrorCode | 'cut' | 'ignored';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Frames beside the protocol, each with what becomes of it: only what Socket.IO itself cannot read ends the connection. */
const ODD_FRAMES: readonly (readonly [frame: string, outcome: Outcome])[] = [
  ...BROKEN_JSON.map(
    (text) => [`42/connect,7["message:send",${text}]`, isJson(text) ? 'message_string_missing' : 'cut'] as const,
  ),
  // JSON or not: what is no list is no event.
  ...BROKEN_JSON.map((text) => [`42/connect,7${text}`, 'cut'] as const),
  ['42/connect,7[]', 'cut'],
  ['42/connect,7[null,{}]', 'cut'],
  ['42/connect,7[1]', 'unknown_event'],
  ['42/connect,7', 'unknown_event'],
  // To namespaces that this client is not in.
  ['427["history:get",{}]', 'cut'],
  ['42/elsewhere,7["history:get",{}]', 'cut'],
  // Answers to what was never asked.
  ['43/connect,7[{"ok":true}]', 'ignored'],
  // Packets of Engine.IO that no client sends, with nothing in them, or of no kind that there is.
  ['', 'cut'],
  ['4', 'cut'],
  ['49', 'cut'],
  ['bNA==', 'cut'],
  ['0', 'ignored'],
  ['1', 'ignored'],
  ['2', 'cut'],
  ['2probe', 'cut'],
  ['3', 'ignored'],
  ['3x', 'ignored'],
  ['5', 'ignored'],
  ['6', 'ignored'],
  ['9', 'cut'],
];

describe('what no client should send over the socket', () => {
  let store: S3Server;
  let service: TestApp;
  let estate: Estate;
  let client: ChatClient;
  let lanes: readonly SocketLane[];
  const failures: string[] = [];
  /** How many were answered, by the place that the value stood in. */
  const answered = new Map<string, number>();

  beforeAll(async () => {
    store = await S3Server.start();
    service = await startTestApp({
      RATE_LIMIT_SOCKET_PER_SECOND: '100000',
      RATE_LIMIT_SOCKET_BURST: '100000',
      RATE_LIMIT_SOCKET_KIB_PER_SECOND: '1000000',
      ...store.env,
    });
    estate = await estateOf(service.admin);
    client = await ChatClient.open(service.admin, estate.chatId);
    lanes = await Promise.all(Array.from({ length: LANES }, () => SocketLane.open(service.admin, estate)));
  });
  afterAll(async () => {
    for (const open of [client, ...lanes]) open.close();
    await service.close();
    await store.close();
  });

  beforeEach(() => {
    answered.clear();
    failures.length = 0;
    service.logs.length = 0;
  });

  async function estateOf(api: Api): Promise<Estate> {
    const chatId = (await api.workspace()).defaultChatId;
    const messages = `/v1/chat/${chatId}/messages`;
    const messageId = (await api.post<MessageBody>(messages, { message: 'here' })).body.id;
    const attachmentId = await uploadFile(api, chatId, messageId);
    await api.put(`${messages}/${messageId}/attachments/${attachmentId}`, {});
    return { chatId, messageId, attachmentId };
  }

  function judge(what: string, { ok, error }: AckBody, value: unknown): void {
    if (ok) return;
    if (error?.code === undefined) failures.push(`${what}: refused without a code`);
    if (error?.code === 'internal' || error?.code === 'unavailable') failures.push(`${what}: ${error.code}`);
    if (error?.code === 'rate_limited') failures.push(`${what}: not heard`);
    const said = JSON.stringify(textOf(value)).slice(1, -1);
    const text = JSON.stringify(error);
    if (text.includes(MARK) || (said.length >= 8 && text.includes(said))) failures.push(`${what}: quoted`);
  }

  function* triesOf(event: string, schema: Schema): Iterable<SocketTry> {
    for (const { name, put } of places.in(schema)) {
      const [field = ''] = /^\w+/.exec(name) ?? [];
      for (const value of CORPUS) yield { event, place: `${event} ${name}`, field, put, value };
    }
  }

  async function expectNoFailure(expected: readonly string[]): Promise<void> {
    const short = expected.filter((place) => answered.get(place) !== CORPUS.length);
    expect(short.map((place) => `${place}: ${answered.get(place) ?? 0} of ${CORPUS.length}`)).toEqual([]);
    expect(answered.size).toBe(expected.length);
    expect(failures).toEqual([]);
    expect(service.logs.filter((line) => line.includes('"level":"error"') || line.includes(MARK))).toEqual([]);
    expect(({} as Record<string, unknown>)[MARK]).toBeUndefined();
    expect((await client.emit('history:get', { limit: 1 })).ok).toBe(true);
  }

  const count = (place: string): void => void answered.set(place, (answered.get(place) ?? 0) + 1);

  interface Sender extends Pick<ChatClient, 'session' | 'key'> {
    readonly raw: RawSocket;
  }

  /** A session that can send what no client would. */
  async function enter(): Promise<Sender> {
    const { chatId } = estate;
    const { connectionString, messageKey } = await ticketFor(service.admin, chatId);
    const raw = await RawSocket.open(service.url);
    raw.knock({ chatId, connectionString });
    await raw.until((packet) => packet.startsWith('42/connect,["session"'));
    return { raw, session: raw.of<Session>('session')[0], key: Buffer.from(messageKey, 'base64url') };
  }

  /** Sends a message, and hears it as everybody does. @returns false where the connection has ended */
  async function roundTrip(sender: Sender): Promise<boolean> {
    const { raw } = sender;
    const message = { message: 'still here', clientMessageId: randomUUID(), counter: 1 };
    raw.emit(8, 'message:send', signed(sender, 'message:send', message));
    const ack = await raw.answer<AckBody>(8).catch(() => undefined);
    if (!ack) return false;
    expect(ack).toMatchObject({ ok: true, data: { text: 'still here' } });
    const { id } = ack.data as MessageBody;
    await raw.until((packet) => packet.startsWith('42/connect,["message:created"') && packet.includes(id));
    return true;
  }

  it('is put into events that are taken without it', async () => {
    const [lane] = lanes;
    const acks = [];
    for (const [event, schema] of EVENTS) acks.push([event, (await lane?.sound(event, schema))?.error?.code]);
    expect(acks).toEqual(EVENTS.map(([event]) => [event, undefined]));
  });

  it.each(EVENTS)(
    'in any documented field of any event is answered with a code, or taken: %s',
    async (event, schema) => {
      const rest = triesOf(event, schema)[Symbol.iterator]();
      const takeTurns = async (lane: SocketLane): Promise<void> => {
        for (let next = rest.next(); !next.done; next = rest.next()) {
          const { place, value } = next.value;
          const what = `${place} = ${textOf(value).slice(0, 60)}`;
          const ack = await lane.answerTo(next.value, schema);
          if (!ack) failures.push(`${what}: no answer`);
          else judge(what, ack, value);
          // Its sender is answered the message as it was sent.
          if (ack?.ok && place.endsWith(' message') && (ack.data as MessageBody).message !== value) {
            failures.push(`${what}: comes back as something else`);
          }
          count(place);
        }
      };
      await Promise.all(lanes.map(takeTurns));
      await expectNoFailure(places.in(schema).map(({ name }) => `${event} ${name}`));
    },
  );

  it('as a field of nobody is refused with a code', async () => {
    for (const [event] of EVENTS) {
      const ack = await client.emit(event, { [MARK]: MARK });
      expect([event, ack.ok]).toEqual([event, false]);
      judge(event, ack, MARK);
    }
    await expectNoFailure([]);
  });

  it('as the name of an event is answered with a code', async () => {
    for (const name of [...STRANGE_TEXTS, '__proto__', 'constructor', 'toString', 'message:created', 'session', '']) {
      const ack = await client.emit(name, {});
      expect([name, ack.ok, ack.error?.code]).toEqual([name, false, 'unknown_event']);
      judge(name, ack, MARK);
    }
    await expectNoFailure([]);
  });

  it('in the handshake is refused with a code, and nobody is let in but for what is documented', async () => {
    const knock = async (place: string, value: unknown, auth: unknown): Promise<void> => {
      const what = `${place} = ${textOf(value).slice(0, 60)}`;
      const raw = await RawSocket.open(service.url);
      raw.send(`40/connect,${JSON.stringify(auth)}`);
      const isIn = await Promise.race([
        raw.closed.then(() => false),
        raw
          .until((packet) => packet.startsWith('42/connect,["session"'))
          .then(
            () => true,
            () => false,
          ),
      ]);
      raw.close();
      count(place);
      // Originals are not for this user; null is as if it were left out.
      if (isIn !== (place === 'lastSeq' ? value === 0 || value === null : place === 'rehydrate' && value === null))
        failures.push(`${what}: ${isIn ? 'let in' : 'not let in'}`);
      const refusal = raw.packets.find((packet) => packet.startsWith('44/connect,')) ?? '';
      if (refusal.includes(MARK)) failures.push(`${what}: quoted`);
      // What is no object is no CONNECT: the protocol ends the connection without an answer.
      const isConnect = Object.prototype.toString.call(auth) === '[object Object]';
      if (!isIn && isConnect && !/"code":"[a-z_]+"/.test(refusal)) failures.push(`${what}: ${refusal || 'no answer'}`);
    };
    const fields = places.in(HANDSHAKE).map(({ name }) => name);
    for (const value of CORPUS) {
      await Promise.all(
        fields.map(async (field) => {
          const { connectionString } = await ticketFor(service.admin, estate.chatId);
          const sound = { chatId: estate.chatId, connectionString };
          await knock(field, value, field === '' ? value : { ...sound, [field]: value });
        }),
      );
    }
    await expectNoFailure(fields);
  });

  it('as frames that are no sound packets ends the connection, or is answered, and its user is served as before', async () => {
    const outcomes: (readonly [string, Outcome])[] = [];
    for (const [frame] of ODD_FRAMES) {
      const sender = await enter();
      sender.raw.send(frame);
      const isServed = await roundTrip(sender);
      const answer = sender.raw.packets.find((packet) => packet.startsWith('43/connect,7')) ?? '';
      if (answer.includes(MARK)) failures.push(`${frame.slice(0, 60)}: quoted`);
      const code = /"ok":false,"error":\{"code":"([a-z_]+)"/.exec(answer)?.[1];
      outcomes.push([frame, isServed ? ((code ?? (answer || 'ignored')) as Outcome) : 'cut']);
      sender.raw.close();
      if (isServed) continue;
      const again = await enter();
      if (!(await roundTrip(again))) failures.push(`${frame.slice(0, 60)}: its user is not served any more`);
      again.raw.close();
    }
    expect(outcomes).toEqual(ODD_FRAMES);
    await expectNoFailure([]);
  });
});
