import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { ErrorCode } from '../errors/code-table.js';
import { ProblemDto } from '../errors/problem.dto.js';
import { problemResponses } from '../errors/problem-responses.js';
import { REQUEST_EXAMPLES } from './request-examples.js';
import { boundSchemas } from './schema-bounds.js';
import { shareParts } from './shared-parts.js';

type Path = OpenAPIObject['paths'][string];
type Operation = NonNullable<Path['get']>;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Referable<T> = T extends { readonly $ref: string } ? never : T;
type Parameter = Referable<NonNullable<Operation['parameters']>[number]>;
type RequestBody = Referable<NonNullable<Operation['requestBody']>>;
type Response = NonNullable<Operation['responses'][string]>;
type Reference = Extract<Schemas[string], { $ref: string }>;
type Schema = Referable<Schemas[string]>;

const DESCRIPTION = `Cloakroom is a chat service that takes personal data off at the door: it is replaced by placeholders such as
\`<PERSON_1>\` before a message is stored, broadcast or logged, and put back only for those entitled.

**First steps.** Press **Authorize** and paste the key that the service printed at its first start. Then execute *Create a
workspace*, copy the \`id\` of the answer, and execute *Send a message into a space* with it. Use one of the two ways to
authorize: with both at once a call is refused.

In a public workspace guests, who have no key, may read and send messages too. Every path below also answers without the
prefix \`/v1\`, except \`/v1/spaces\`. Errors are \`application/problem+json\` with a \`code\` of a
[closed table](/docs/errors). Live messages travel over Socket.IO: see [its events](/docs/events).`;

/** The OpenAPI document of the running application, or of one that was made for this only. */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const settings = new DocumentBuilder()
    .setTitle('Cloakroom')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'The service that shows this document, local or in production', undefined, { 'x-internal': true })
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key, ckr_…' }, 'apiKey')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'An API key, or a JWT of the configured issuer, checked as RFC8725 asks',
      },
      'bearer',
    )
    .addTag('Workspaces', 'The tenant: members with their roles, and the policy for personal data.')
    .addTag('Chats', 'Ordered conversations in a workspace, and the strings that open them on the socket.')
    .addTag('Messages', 'Sending and reading. `text` is always masked; originals come back to those entitled who ask.')
    .addTag('Attachments', 'Files of messages: known here by name, size, type and hash, kept by an object store.')
    .addTag('Search', 'Finding messages by their masked words or, for those entitled, by a value that they hide.')
    .addTag('Moderation', 'Letting people in by a link, and keeping them out or quiet for a time.')
    .addTag('PII', 'Looking at what would be masked, and putting originals back into a text of your own.')
    .addTag('Users and keys', 'Who calls: users, their API keys and what these may do, and their open sessions.')
    .addTag('Operations', 'For orchestrators and Prometheus; no key is asked for.')
    .build();
  const document = SwaggerModule.createDocument(app, settings, {
    extraModels: [ProblemDto],
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  for (const [path, item] of Object.entries(document.paths)) {
    for (const operation of operationsOf(item)) complete(path, operation);
  }
  for (const schema of Object.values(document.components?.schemas ?? {})) giveExamples(schema);
  boundSchemas(document);
  shareParts(document);
  return document;
}

/** Adds what follows from the form of an operation, so that no controller has to repeat it. */
function complete(path: string, operation: Operation): void {
  operation.security ??= [];
  const parameters = (operation.parameters ?? []).filter((one): one is Parameter => !isReference(one));
  for (const parameter of parameters) {
    if (parameter.in === 'path') describeId(path, parameter);
    else parameter.description ??= QUERY_MEANINGS[parameter.name] ?? '';
  }
  const body = operation.requestBody as RequestBody | undefined;
  const isKeyed = parameters.some(({ name }) => name === 'Idempotency-Key');
  const sends = parameters.some(({ name }) => name === 'X-Pii-Positions');
  addCodes(operation, [
    ...EVERY_CODES,
    ...(body ? BODY_CODES : []),
    ...(parameters.some((one) => one.in === 'query') ? QUERY_CODES : []),
    ...(parameters.some(({ name }) => name === 'X-Access-Reason') ? REASON_CODES : []),
    ...(isKeyed ? KEYED_CODES : []),
    // A message with a known client id is answered with the first one instead.
    ...(isKeyed && !sends ? REPEATED_CODES : []),
  ]);
  for (const { schema, ...media } of Object.values(body?.content ?? {})) {
    const examples = schema && isReference(schema) ? REQUEST_EXAMPLES[nameOf(schema)] : undefined;
    if (body && examples) body.content['application/json'] = { ...media, ...(schema && { schema }), examples };
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response && !isReference(response) && response.description === '') response.description = meaningOf(status);
  }
}

/** What the door itself answers, whatever the operation. */
const EVERY_CODES: readonly ErrorCode[] = ['origin_not_allowed', 'headers_too_large', 'request_timeout', 'internal'];
const BODY_CODES: readonly ErrorCode[] = [
  'malformed_json',
  'invalid_text',
  'payload_too_large',
  'unsupported_media_type',
];
const QUERY_CODES: readonly ErrorCode[] = ['validation_failed'];
const REASON_CODES: readonly ErrorCode[] = ['header_not_ascii', 'validation_failed'];
const KEYED_CODES: readonly ErrorCode[] = ['idempotency_key_malformed'];
const REPEATED_CODES: readonly ErrorCode[] = ['idempotency_key_reused', 'idempotency_in_progress'];

function addCodes(operation: Operation, codes: readonly ErrorCode[]): void {
  const present = Object.values(operation.responses).flatMap((response) => codesOf(response));
  Object.assign(operation.responses, problemResponses([...present, ...codes]));
}

const codesOf = (response: Response | undefined): ErrorCode[] =>
  !response || isReference(response)
    ? []
    : (Object.keys(response.content?.['application/problem+json']?.examples ?? {}) as ErrorCode[]);

/** What an id in a path names, by the segment before it. */
const NOUNS: Readonly<Record<string, string>> = {
  users: 'user',
  'api-keys': 'API key',
  workspaces: 'workspace',
  members: 'user',
  bans: 'user',
  mutes: 'user',
  invitations: 'invitation',
  sessions: 'session',
  chat: 'chat',
  spaces: 'workspace',
};

function describeId(path: string, parameter: Parameter): void {
  const segments = path.split('/');
  const noun = NOUNS[segments[segments.indexOf(`{${parameter.name}}`) - 1] ?? ''];
  parameter.description ??= `Id of the ${noun ?? 'resource'}`;
  // Names, such as those of types and keys, are no ids; and the id of a session has a form of its own.
  if (!/^id$|Id$/.test(parameter.name) || (parameter.schema && 'pattern' in parameter.schema)) return;
  parameter.schema = { type: 'string', format: 'uuid' };
}

const QUERY_MEANINGS: Readonly<Record<string, string>> = {
  limit: 'Most items of the page',
  format: 'Form of the answer',
  workspaceId: 'Id of the workspace',
};

const meaningOf = (status: string): string =>
  ({ 200: 'Done', 201: 'Created', 204: 'Done; there is nothing to tell' })[status] ?? 'Answer';

const CHAT = '0198f2b4-7c1e-7d3a-9b52-4f6d8e0a1c37';
const WORKSPACE = '0198f2b4-7b90-7cc2-b1c4-0123456789ab';
const USER = '0198f2b3-51aa-7f10-8a3e-6c2d4e8f0a1b';
const MESSAGE = '0198f2c0-03d7-7a44-a5e6-9b8c7d6e5f40';

/** Examples for members whose name says what they hold. */
const MEMBER_EXAMPLES: Readonly<Record<string, unknown>> = {
  id: MESSAGE,
  chatId: CHAT,
  defaultChatId: CHAT,
  workspaceId: WORKSPACE,
  spaceId: WORKSPACE,
  userId: USER,
  senderId: USER,
  replyTo: '0198f2bf-e1c5-7b06-8d21-5a4b3c2d1e0f',
  createdAt: '2026-03-02T09:41:07.512Z',
  updatedAt: '2026-03-02T09:41:07.512Z',
  lastUsedAt: '2026-03-02T09:41:00.000Z',
  expiresAt: '2026-03-02T09:42:07.000Z',
  sessionExpiresAt: '2026-03-02T10:41:07.000Z',
  connectionString: 'eyJhbGciOiJIUzI1NiIs…',
  messageKey: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8',
  key: 'ckr_test_…',
  createdBy: USER,
  actorId: USER,
  credentialId: '0198f2b3-60c4-7e21-9d47-1f2e3d4c5b6a',
  requestId: '6f1c2b0e-8d4a-4c5f-9a7b-3e2d1c0b9a88',
  mentions: [USER],
  scopes: ['pii:rehydrate'],
  types: ['PERSON', 'EMAIL_ADDRESS'],
  typeRetentionDays: { PERSON: 30 },
  at: '2026-03-02T09:41:07.512Z',
  editedAt: '2026-03-02T09:44:30.118Z',
  pinnedAt: '2026-03-02T10:02:51.004Z',
  writtenAt: '2026-03-02T09:41:07.512Z',
  firstUsedAt: '2026-03-02T09:41:07.512Z',
  lastSeenAt: '2026-03-02T09:58:12.640Z',
  logicalAt: '2026-03-02T09:41:07.512Z',
  finalBy: '2026-04-01T09:41:07.512Z',
  hash: '5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
  signature: 'hbcV4nZ5Yq0pJxkU2mT7dRl8sWfGvA1oKcIeN3yBQ6uX9tEiMwPzSjLhDrOaFgC0kVbTqYnUxZsRmWdJfHpAg',
  publicKey: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
};

function giveExamples(schema: Schema | Reference): void {
  if (isReference(schema)) return;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (isReference(member) || member.example !== undefined || member.enum !== undefined) continue;
    // What may be missing is, unless its name says more.
    const example = MEMBER_EXAMPLES[name] ?? (member.nullable === true ? null : undefined);
    if (example !== undefined) member.example = example;
  }
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const operationsOf = (item: Path): Operation[] => METHODS.flatMap((method) => item[method] ?? []);

const isReference = (value: object): value is Reference => '$ref' in value;

/** Name of the schema that is referred to. */
const nameOf = ({ $ref }: Reference): string => $ref.slice($ref.lastIndexOf('/') + 1);
