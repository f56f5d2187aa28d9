import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Api, type MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { S3Server, uploadFile } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { BROKEN_JSON, CORPUS, MARK, STRANGE_TEXTS } from './corpus.js';
import { Places, type Schema, textOf } from './places.js';
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
      const { chatId } = estate;
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
    await expectNoFailure([]);
  });
});
