import type { OpenAPIObject } from '@nestjs/swagger';
import { NAMESPACE } from '../chat/wire.js';
import { type ErrorCode, ERROR_TABLE } from '../errors/code-table.js';
import { fromOpenApi, type JsonSchema } from './json-schema.js';
import { CONNECT_ERROR_CODES, EVERY_ACK_CODES } from './wire/ack-codes.js';
import { CLIENT_EVENTS } from './wire/client-events.js';
import type { ClientEventDocument } from './wire/event-document.js';
import { HANDSHAKE } from './wire/parts.js';
import { SERVER_EVENTS } from './wire/server-events.js';

const DESCRIPTION = `Live messages of Cloakroom travel over Socket.IO 4 (Engine.IO 4), on the port of the REST API, in the
namespace \`${NAMESPACE}\`. Any stock client works, with \`transports: ["websocket"]\`.

**Connecting.** Ask for a connection string with \`POST /v1/chat/{chatId}/connection-string\`, and hand it over as \`auth\` of
the handshake together with the chat id. It is used up by that: give \`auth\` as a function, so that every reconnection
asks for a new one. A refused handshake is a \`connect_error\` whose \`data.code\` says why.

**Answers.** Every client event takes an acknowledgement, and one always comes: \`{ok: true, data}\` or
\`{ok: false, error: {code, message, retryable}}\`. Codes are those of the [error table](/docs/errors). A message that was
acked is durable.

**Message strings.** Every \`message:send\` carries \`messageString\`: \`ms1_\` and the base64url of HMAC-SHA-256, under the
message key that came with the connection string, over PASETO's pre-authentication encoding (count and lengths as
little-endian 64 bit) of these UTF-8 pieces: \`cloakroom/message/v1\`, sessionId, counter in decimal, name of the event,
chatId, clientMessageId, message, piiMapping, autoPiiMapping, piiPositions, replyTo; what is absent counts as empty.
Where the payload has \`mentions\`, their ids with commas between are a twelfth piece.
docs/protocol.md of the source works through an example, and test/vectors has more.

**Resuming.** Keep the \`seq\` of the last message that you have, and connect with it as \`lastSeq\`: everything after it is
delivered first, then \`session\` with \`recovered: true\`. Over 1,000 missed messages come by \`history:get\` instead.

Frames over 64 KiB and binary ones close the connection.`;

const CHANNEL = '#/channels/chat';
const FIRST_CODES = ['code', 'message', 'retryable'] as const;

/** The AsyncAPI 3 document of the socket. Forms that REST has too are those of the OpenAPI document. */
export function createAsyncApiDocument(openApi: OpenAPIObject): object {
  const clients = Object.entries<ClientEventDocument>(CLIENT_EVENTS);
  const servers = Object.entries(SERVER_EVENTS);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Cloakroom socket',
      version: openApi.info.version,
      description: DESCRIPTION,
      ...(openApi.info.license && { license: openApi.info.license }),
    },
    defaultContentType: 'application/json',
    servers: {
      cloakroom: {
        host: '{host}',
        pathname: '/socket.io/',
        protocol: 'ws',
        description: 'Socket.IO 4; `wss` behind TLS.',
        variables: { host: { default: 'localhost:3000' } },
        security: [{ $ref: '#/components/securitySchemes/connectionString' }],
      },
    },
    channels: {
      chat: {
        address: NAMESPACE,
        title: 'One chat',
        description: 'The namespace; which chat it is, the connection string says.',
        messages: {
          ...reference('handshake', 'connect_error'),
          ...reference(...clients.flatMap(([name]) => [name, ackName(name)])),
          ...reference(...servers.map(([name]) => name)),
        },
      },
    },
    operations: {
      connect: {
        action: 'receive',
        summary: 'Open a session in a chat',
        ...inChannel('handshake'),
        reply: inChannel('session', 'connect_error'),
      },
      ...Object.fromEntries(
        clients.map(([name, { summary, description, codes }]) => [
          keyOf(name),
          {
            action: 'receive',
            summary,
            description: [description, refusals([...codes, ...EVERY_ACK_CODES])].filter(Boolean).join('\n\n'),
            ...inChannel(name),
            reply: inChannel(ackName(name)),
          },
        ]),
      ),
      ...Object.fromEntries(
        servers.map(([name, { summary }]) => [keyOf(name), { action: 'send', summary, ...inChannel(name) }]),
      ),
    },
    components: {
      messages: Object.fromEntries([
        [
          'handshake',
          {
            name: 'CONNECT',
            title: 'Handshake',
            summary: '`auth` of the Socket.IO handshake',
            description: refusals(CONNECT_ERROR_CODES),
            payload: HANDSHAKE,
          },
        ],
        ['connect_error', { name: 'connect_error', summary: 'The handshake was refused', payload: CONNECT_ERROR }],
        ...clients.flatMap(([name, { summary, payload, answer }]) => [
          [keyOf(name), { name, summary, payload }],
          [keyOf(ackName(name)), { name: ackName(name), summary: `Answer to ${name}`, payload: ackOf(answer) }],
        ]),
        ...servers.map(([name, { summary, payload }]) => [keyOf(name), { name, summary, payload }]),
      ]),
      schemas: {
        ...sharedSchemas(openApi, [...clients, ...servers]),
        ErrorCode: { type: 'string', enum: Object.keys(ERROR_TABLE) },
        AckFailure: ACK_FAILURE,
      },
      securitySchemes: {
        connectionString: {
          type: 'apiKey',
          in: 'password',
          description: 'The connection string, as `connectionString` in `auth` of the handshake; good for one session.',
        },
      },
    },
  };
}

const CODE = { $ref: '#/components/schemas/ErrorCode' };

/** Facts beside a code: names, numbers and fixed words, never anything of the input. */
const FACTS = {
  header: { type: 'string' },
  reason: { type: 'string' },
  index: { type: 'integer' },
  fields: { type: 'array', items: { type: 'string' } },
  retryAfter: { type: 'integer', description: 'Seconds' },
};

const ACK_FAILURE: JsonSchema = {
  type: 'object',
  required: [...FIRST_CODES],
  properties: {
    code: CODE,
    message: { type: 'string', description: 'A fixed sentence for each code.' },
    retryable: { type: 'boolean', description: 'Whether the same event may succeed later.' },
    ...FACTS,
  },
};

const CONNECT_ERROR: JsonSchema = {
  type: 'object',
  required: ['message', 'data'],
  properties: {
    message: { type: 'string' },
    data: { type: 'object', required: ['code'], properties: { code: CODE, ...FACTS } },
  },
};

const ackOf = (data: JsonSchema): JsonSchema => ({
  oneOf: [
    { type: 'object', required: ['ok', 'data'], properties: { ok: { const: true }, data } },
    {
      type: 'object',
      required: ['ok', 'error'],
      properties: { ok: { const: false }, error: { $ref: '#/components/schemas/AckFailure' } },
    },
  ],
});

const ackName = (event: string): string => `${event}.ack`;

/** Keys of components may not hold a colon. */
const keyOf = (event: string): string => event.replaceAll(':', '_');

const reference = (...names: string[]): object =>
  Object.fromEntries(names.map((name) => [keyOf(name), { $ref: `#/components/messages/${keyOf(name)}` }]));

const inChannel = (...names: string[]): object => ({
  channel: { $ref: CHANNEL },
  messages: names.map((name) => ({ $ref: `${CHANNEL}/messages/${keyOf(name)}` })),
});

const refusals = (codes: readonly ErrorCode[]): string =>
  `Refused with: ${[...new Set(codes)].map((code) => `\`${code}\``).join(', ')}.`;

/** The schemas of the OpenAPI document that `value` refers to, and those that these refer to. */
function sharedSchemas(openApi: OpenAPIObject, value: unknown): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (name in found) continue;
      found[name] = fromOpenApi(openApi.components?.schemas?.[name]);
      visit(found[name]);
    }
  };
  visit(value);
  return found;
}
