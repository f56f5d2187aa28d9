import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import { io } from 'socket.io-client';
import { CLIENT_EVENTS } from '../../src/chat/wire.js';
import type { Api } from '../support/api.js';
import { ChatClient, ticketFor } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Document {
  readonly operations: Record<
    string,
    { readonly action: string; readonly messages: readonly { readonly $ref: string }[] }
  >;
  readonly components: {
    readonly messages: Record<string, { readonly name: string; readonly payload: object }>;
    readonly schemas: Record<string, object>;
  };
}

const text = readFileSync('docs/asyncapi.json', 'utf8');
const document = JSON.parse(text) as Document;

/** What is wrong with a payload, by the schema of its message; members that the schema does not know count too. */
const complaintsAbout = ((): ((message: string, payload: unknown) => unknown) => {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const { schemas, messages } = document.components;
  ajv.addSchema({ $id: 'asyncapi', components: { schemas: closed(schemas), messages: closed(messages) } });
  return (message, payload) => {
    const validate = ajv.getSchema(`asyncapi#/components/messages/${message.replaceAll(':', '_')}/payload`);
    if (!validate) return `${message} is not documented`;
    return validate(payload) ? undefined : validate.errors;
  };
})();

/** The same schemas, where an object with named members takes no others. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]));
  return 'type' in value && 'properties' in value ? { additionalProperties: false, ...copy } : copy;
}

describe('the AsyncAPI document', () => {
  let service: TestApp;
  let admin: Api;
  beforeAll(async () => {
    service = await startTestApp({ SESSION_SECONDS: '20' });
    admin = service.admin;
  });
  afterAll(() => service.close());

  it('is valid', async () => {
    const { document: parsed, diagnostics } = await new Parser().parse(text);
    // 0 is an error, 1 a warning.
    expect(diagnostics.filter(({ severity }) => [0, 1].includes(severity))).toEqual([]);
    expect(parsed?.version()).toBe('3.0.0');
  });

  it('names the events that the server takes, and no others', () => {
    const taken = Object.values(document.operations)
      .filter(({ action }) => action === 'receive')
      .map(({ messages }) => document.components.messages[messages[0]?.$ref.split('/').at(-1) ?? '']?.name);
    expect(new Set(taken)).toEqual(new Set(['CONNECT', ...CLIENT_EVENTS]));
  });

  it('describes the frames of a running server', async () => {
    const { defaultChatId, id: workspaceId } = await admin.workspace();
    const other = (await admin.post<{ id: string }>('/chat', { workspaceId })).body;
    const sent: [string, unknown][] = [];
    const acked: [string, unknown][] = [];
    const ticket = await ticketFor(admin, defaultChatId);
    sent.push(['handshake', { chatId: defaultChatId, connectionString: ticket.connectionString, lastSeq: 0 }]);
    const client = await ChatClient.open(admin, defaultChatId, { lastSeq: 0 }, ticket);
    const emit = async (event: string, payload: unknown): Promise<void> => {
      sent.push([event, payload]);
      acked.push([event, await client.emit(event, payload)]);
    };

    await emit('message:send', client.signed('mail ada@example.org'));
    await emit(
      'message:send',
      client.signed('Zoë again', { piiMapping: '{"<PERSON_1>":"Zo\\u00eb"}', autoPiiMapping: 'true' }),
    );
    const [first] = await client.until<{ id: string }>('message:created', 1);
    await emit('message:send', client.signed('an answer', { replyTo: first?.id ?? '' }));
    await emit('history:get', {});
    await emit('history:get', { after: 0, limit: 1 });
    const switching = { chatId: other.id, connectionString: (await ticketFor(admin, other.id)).connectionString };
    await emit('chat:connect', switching);
    await emit('chat:disconnect', {});
    for (const [event, payload] of sent) expect([event, complaintsAbout(event, payload)]).toEqual([event, undefined]);
    for (const [event, ack] of acked) {
      expect([event, ack]).toEqual([event, expect.objectContaining({ ok: true })]);
      expect([event, complaintsAbout(`${event}.ack`, ack)]).toEqual([event, undefined]);
    }

    // Refusals, by the server and by the document alike.
    const refused: [string, unknown][] = [
      ['message:send', {}],
      ['message:send', { message: 1 }],
      ['history:get', { unknown: true }],
      ['chat:connect', {}],
      ['chat:disconnect', { unknown: true }],
    ];
    for (const [event, payload] of refused) {
      const ack = await client.emit(event, payload);
      expect([event, ack.ok]).toEqual([event, false]);
      expect([event, complaintsAbout(`${event}.ack`, ack)]).toEqual([event, undefined]);
      expect(complaintsAbout(event, payload)).toBeDefined();
    }
    await ChatClient.open(admin, defaultChatId, {}, ticket).catch((error: unknown) => {
      const { message, data } = error as Error & { data: unknown };
      expect(complaintsAbout('connect_error', { message, data })).toBeUndefined();
    });
    client.close();
    check(client);
  });

  it('describes the notice and the end of a session', async () => {
    const { defaultChatId, id } = await admin.workspace();
    // Sessions of this server last less than the notice, so it comes at once.
    const client = await ChatClient.open(admin, defaultChatId);
    await client.until('session:expiring', 1);
    await admin.delete(`/v1/workspaces/${id}`);
    await client.until('session:ended', 1);
    await client.closed();
    check(client);
    expect(new Set(client.names())).toEqual(new Set(['session', 'session:expiring', 'session:ended']));
  });

  it('says that nobody is served on another namespace', async () => {
    const socket = io(service.url, { transports: ['websocket'], reconnection: false, forceNew: true });
    const error = await new Promise<Error & { data: unknown }>((resolve) =>
      socket.once('connect_error', (refusal) => resolve(refusal as Error & { data: unknown })),
    );
    expect(complaintsAbout('connect_error', { message: error.message, data: error.data })).toBeUndefined();
    socket.disconnect();
  });
});

/** Everything that a client received is as documented. */
function check(client: ChatClient): void {
  for (const { event, payload } of client.received) {
    expect([event, complaintsAbout(event, payload)]).toEqual([event, undefined]);
  }
}
