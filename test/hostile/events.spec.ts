import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import { SEQUENCE_OF } from '../../src/chat/wire.js';
import { ERROR_TABLE, type ErrorCode } from '../../src/errors/code-table.js';
import type { MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, type Ticket, ticketFor } from '../support/chat-client.js';
import { S3Server } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { MARK } from './corpus.js';
import { Live, type PayloadSchema, type Step, stepOf } from './event-payloads.js';
import { type Payload, signed } from './signing.js';

const RUNS = Number(process.env['EVENT_RUNS'] ?? 100);
/** For each run of up to sixteen events, on a machine that is busy. */
const RUN_MS = 1_000;
jest.setTimeout(Math.max(60_000, RUNS * RUN_MS));

interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive' }>>;
  readonly components: { readonly messages: Readonly<Record<string, { readonly payload?: PayloadSchema }>> };
}

const FAULTS = new Set(['internal', 'unavailable', 'vault_unreadable']);
const isPayload = (value: unknown): value is Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts that stand anywhere in a value, and are long enough to be known again. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.length < 8 ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

describe('any sequence of events', () => {
  let store: S3Server;
  let service: TestApp;
  let chatId: string;
  let userId: string;
  let events: ReadonlyMap<string, PayloadSchema>;
  let client: ChatClient;
  /** Hears everything from the first message on. */
  let listener: ChatClient;
  const messages: string[] = [];
  const attachments: string[] = [];
  const answers = new Map<string, number>();

  beforeAll(async () => {
    store = await S3Server.start();
    service = await startTestApp({
      RATE_LIMIT_SOCKET_PER_SECOND: '100000',
      RATE_LIMIT_SOCKET_BURST: '100000',
      RATE_LIMIT_SOCKET_KIB_PER_SECOND: '1000000',
      RATE_LIMIT_USER_PER_MINUTE: '1000000',
      RATE_LIMIT_USER_KIB_PER_MINUTE: '1000000',
      RATE_LIMIT_USER_CONNECTS_PER_MINUTE: '100000',
      RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE: '100000',
      RATE_LIMIT_ADDRESS_FAILURES_PER_MINUTE: '100000',
      ...store.env,
    });
    chatId = (await service.admin.workspace()).defaultChatId;
    userId = (await service.admin.get<{ id: string }>('/v1/users/me')).body.id;
    const { operations, components } = (await service.admin.get<AsyncApi>('/docs/asyncapi.json')).body;
    const taken = Object.keys(operations).filter(
      (name) => operations[name]?.action === 'receive' && name !== 'connect',
    );
    events = new Map(taken.map((name) => [name.replace('_', ':'), components.messages[name]?.payload ?? {}]));
    listener = await ChatClient.open(service.admin, chatId);
    client = await ChatClient.open(service.admin, chatId);
    const sent = await client.send('the first');
    messages.push((sent.data as MessageBody).id);
  });
  afterAll(async () => {
    client.close();
    listener.close();
    await service.close();
    await store.close();
  });

  /** Puts what is there for what stands for it. */
  function settled(value: unknown, ticket: Ticket | undefined): unknown {
    if (value instanceof Live) {
      const { field, pick } = value;
      if (field === 'chatId') return chatId;
      if (field === 'connectionString') return ticket?.connectionString;
      if (field === 'mentions') return userId;
      const list = field === 'attachmentId' && attachments.length > 0 ? attachments : messages;
      return list[pick % list.length];
    }
    if (Array.isArray(value)) return value.map((entry) => settled(entry, ticket));
    if (!isPayload(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, settled(entry, ticket)]));
  }

  /** Each sequence begins in a session, whatever the one before it has ended. */
  async function begin(): Promise<void> {
    if (client.socket.connected && (await client.emit('read:get', {})).ok) return;
    client.close();
    client = await ChatClient.open(service.admin, chatId);
  }

  /** Sends it, and holds the answer to what every answer must be. */
  async function take({ event, payload, isSigned }: Step): Promise<void> {
    if (!client.socket.connected) client = await ChatClient.open(service.admin, chatId);
    const asks = isPayload(payload) && payload['connectionString'] instanceof Live;
    const ticket = asks ? await ticketFor(service.admin, chatId) : undefined;
    let whole = settled(payload, ticket);
    if (isSigned && isPayload(whole)) {
      whole = signed(client, event, 'counter' in whole ? whole : { ...whole, counter: ++client.counter });
    }
    const ack = await client.emit(event, whole);
    answers.set(ack.error?.code ?? 'ok', (answers.get(ack.error?.code ?? 'ok') ?? 0) + 1);
    if (ack.ok) learn(event, ack, ticket);
    else judge(ack, whole);
  }

  function learn(event: string, { data }: AckBody, ticket: Ticket | undefined): void {
    if (event === 'chat:connect' && ticket) client.adopt(ticket);
    const list = { 'message:send': messages, 'attachment:add': attachments }[event];
    list?.push((data as { id: string }).id);
  }

  function judge({ error }: AckBody, payload: unknown): void {
    const { code, message, retryable, ...details } = error ?? { code: 'none', message: '', retryable: false };
    expect(Object.keys(ERROR_TABLE)).toContain(code);
    expect(FAULTS).not.toContain(code);
    const entry = ERROR_TABLE[code as ErrorCode];
    expect([message, retryable]).toEqual([entry.title, entry.retryable]);
    const said = JSON.stringify(details);
    expect(said).not.toContain(MARK);
    expect(textsIn(payload).filter((text) => said.includes(JSON.stringify(text).slice(1, -1)))).toEqual([]);
  }

  it('is answered, each of them, with what was done or a code of the table, and quotes nothing', async () => {
    await fc.assert(
      // Long enough that a run changes the chat often enough, whatever comes.
      fc.asyncProperty(fc.array(stepOf(events), { minLength: 10, maxLength: 16 }), async (steps) => {
        await begin();
        for (const step of steps) await take(step);
      }),
      // What is already in the chat is part of each failure, so that a smaller one would be another one.
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(answers.get('ok')).toBeGreaterThan(RUNS);
    expect(answers.size).toBeGreaterThan(8);
    expect(service.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(service.logs.filter((line) => line.includes(MARK))).toEqual([]);
    expect(({} as Record<string, unknown>)[MARK]).toBeUndefined();
  });

  it('leaves a chat whose events count 1, 2, 3 … as they were heard', async () => {
    const last = new Promise<MessageBody>((resolve) => {
      listener.socket.on('message:created', (message: MessageBody) => {
        if (message.text === 'the last') resolve(message);
      });
    });
    await service.admin.post(`/v1/chat/${chatId}/messages`, { message: 'the last' });
    const { seq } = await last;
    expect(seq).toBeGreaterThan(RUNS / 4);
    const heard = listener.received.flatMap(({ event, payload }) => {
      const place = SEQUENCE_OF[event as keyof typeof SEQUENCE_OF];
      return place === undefined ? [] : [(payload as Record<string, unknown>)[place]];
    });
    expect(heard).toEqual(Array.from({ length: seq }, (_, index) => index + 1));
  });
});
