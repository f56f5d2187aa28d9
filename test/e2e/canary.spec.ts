import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { io } from 'socket.io-client';
import { createApiKey } from '../../src/auth/api-key.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { Api, type MessageBody } from '../support/api.js';
import { type Canaries, createCanaries } from '../support/canaries.js';
import { type AckBody, ChatClient, type Ticket, ticketFor } from '../support/chat-client.js';
import { Collector } from '../support/collector.js';
import { takeOver } from '../support/dumpable-server.js';
import { LeakScanner } from '../support/leak-scanner.js';
import { LoggedService } from '../support/logged-service.js';
import { rawBytes, rawCall } from '../support/raw-http.js';
import { RawSocket } from '../support/raw-socket.js';

/*
 * Secrets are sent through every entry of a service of its own, and looked for in every place where they must not be. An
 * entry that was added is to be added here.
 */
const directory = mkdtempSync(join(tmpdir(), 'cloakroom-canary-'));
const cluster = join(directory, 'postgres');
const canaries: Canaries = createCanaries();
const { detected, named } = canaries;
const values = { ...detected, ...named };
const detectable = Object.values(detected).join(' , ');
const everything = Object.values(values).join(' , ');
const mapping = Object.fromEntries(Object.entries(named).map(([name, value]) => [`<${name.toUpperCase()}_1>`, value]));
const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const positions = (text: string): { start: number; end: number; type: string }[] =>
  Object.values(named).map((value) => {
    const start = Array.from(text.slice(0, text.indexOf(value))).length;
    return { start, end: start + Array.from(value).length, type: 'SECRET' };
  });
/** Keys, connection strings, message keys and message strings: for their owners, once. By their ends: the rest is known. */
const credentials: Record<string, string> = {};
const CREDENTIAL_END = 40;
function guard(name: string, credential: string | undefined): void {
  credentials[name] = credential?.slice(-CREDENTIAL_END) ?? '';
}

let service: LoggedService;
let collector: Collector;
let server: EmbeddedPostgres;
let sql: Client;
let admin: Api;
let chatId: string;
let spaceId: string;
/** Everything that somebody got who must not see originals, by place. */
const refusals: string[] = [];
/** What was sound and refused, or malformed and accepted. */
const unexpected: string[] = [];
const shown: Record<'readers' | 'frames' | 'documents', string[]> = { readers: [], frames: [], documents: [] };
/** What the entitled got: the counterpart, which must hold everything. */
const entitled: string[] = [];
let scanner: LeakScanner;
let credentialScanner: LeakScanner;
let found: Awaited<ReturnType<typeof lookEverywhere>>;

beforeAll(async () => {
  const key = createApiKey('test').key;
  guard('bootstrap key', key);
  collector = await Collector.start();
  service = await LoggedService.start({
    DATA_DIR: directory,
    LOG_LEVEL: 'trace',
    BOOTSTRAP_API_KEY: key,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  server = await startEmbeddedPostgres({ dataDir: cluster });
  sql = new Client({ connectionString: server.url });
  await sql.connect();
  admin = new Api(service.url, key);
  const workspace = await admin.workspace({ name: `Support ${detectable}` });
  ({ id: spaceId, defaultChatId: chatId } = workspace);
  scanner = new LeakScanner(values);
  await speak();
  credentialScanner = new LeakScanner(credentials);
  found = await lookEverywhere();
}, 240_000);

afterAll(async () => {
  await sql?.end();
  await service?.stop();
  await server?.stop();
  await collector?.stop();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

/** Sends the secrets through every entry. */
async function speak(): Promise<void> {
  const { reader, revealer } = await people();
  const readerSocket = await RawSocket.open(service.url);
  readerSocket.knock({ chatId, connectionString: (await ticketOf('reader', reader)).connectionString });
  await readerSocket.until((packet) => packet.includes('"session"'));
  const entitledSocket = await open('revealer', revealer, { rehydrate: true });

  await soundCalls();
  await changes();
  await moderateAndSearch(revealer);
  await malformedCalls(reader);
  await soundEvents();
  await malformedEvents();
  await misplacedCredentials(reader);

  await readAll(reader, revealer);
  await admin.post(`/v1/chat/${chatId}/messages`, { message: 'the last one' });
  await readerSocket.until((packet) => packet.includes('the last one'));
  while (!JSON.stringify(entitledSocket.received).includes('the last one')) {
    await entitledSocket.until('message:created', entitledSocket.of('message:created').length + 1);
  }
  shown.frames.push(...readerSocket.packets);
  entitled.push(JSON.stringify(entitledSocket.received));
  await erase(revealer);
  readerSocket.close();
  entitledSocket.close();
}

async function people(): Promise<{ reader: Api; revealer: Api }> {
  const [reader, revealer] = await Promise.all([
    admin.user(`Reader ${detectable}`),
    admin.user('Revealer', ['pii:rehydrate']),
  ]);
  await admin.put(`/v1/workspaces/${spaceId}/members/${reader.id}`, { role: 'member' });
  await admin.put(`/v1/workspaces/${spaceId}/members/${revealer.id}`, { role: 'admin', piiAccess: true });
  for (const [name, { api }] of Object.entries({ reader, revealer })) guard(`${name} key`, api.key);
  return { reader: reader.api, revealer: revealer.api };
}

async function ticketOf(name: string, api: Api): Promise<Ticket> {
  const ticket = await ticketFor(api, chatId);
  guard(`connection string of ${name}`, ticket.connectionString);
  guard(`message key of ${name}`, ticket.messageKey);
  return ticket;
}

async function open(name: string, api: Api, auth: Readonly<Record<string, unknown>> = {}): Promise<ChatClient> {
  const client = await ChatClient.open(api, chatId, auth, await ticketOf(name, api));
  let sent = 0;
  client.socket.onAnyOutgoing((_event, payload?: { readonly messageString?: unknown }) => {
    const string = payload?.messageString;
    if (typeof string === 'string') guard(`message string ${++sent} of ${name}`, string);
  });
  return client;
}

async function soundCalls(): Promise<void> {
  const accepted = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<void> => {
    const answer = await admin.post(path, body, headers);
    if (answer.status >= 300) unexpected.push(`${path} ${answer.status} ${answer.text}`);
  };
  const send = `/v1/chat/${chatId}/messages`;
  const headers = { 'X-Pii-Mapping': ascii(mapping) };
  const context = { tracestate: `v=${detected.email}`, baggage: `who=${detected.email}`, traceparent: detected.email };
  await accepted(send, { message: 'with a context' }, context);
  await accepted(
    send,
    { message: 'with a context' },
    { ...context, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
  );
  await accepted(send, { message: `detected: ${detectable}` });
  await accepted(`/v1/spaces/${spaceId}/chat`, { message: `space: ${detectable}` });
  await accepted(send, { message: `by header: ${everything}` }, headers);
  await accepted(
    send,
    { message: `as base64: ${everything}` },
    {
      'X-Pii-Mapping': Buffer.from(JSON.stringify(mapping)).toString('base64url'),
    },
  );
  const text = `by positions: ${everything}`;
  await accepted(send, { message: text }, { 'X-Pii-Positions': ascii(positions(text)) });
  await accepted(`/v1/spaces/${spaceId}/chat`, { message: text, pii: { positions: positions(text), mapping } });
  await accepted(send, { message: `in capitals: ${everything.toUpperCase()}`, pii: { mapping } });
  await accepted(send, { message: `placed already: ${Object.keys(mapping).join()}`, pii: { mapping } });
  const clientMessageId = randomUUID();
  for (const n of [1, 2])
    await accepted(send, { message: `repeated ${n} ${everything}`, clientMessageId, pii: { mapping } });
  await accepted('/v1/pii/detect', { text: everything, mapping });
  await accepted('/v1/pii/detect', { text: everything, mapping, chatId });
  await accepted('/v1/pii/rehydrate', { text: Object.keys(mapping).join(), mapping });

  await accepted('/v1/chat', { workspaceId: spaceId, title: `Title ${detectable}` });
  await admin.patch(`/v1/chat/${chatId}`, { title: `Renamed ${detectable}` });
  await admin.patch(`/v1/workspaces/${spaceId}`, { name: `Renamed ${detectable}` });
  await accepted('/v1/workspaces', { name: detectable }, { 'Idempotency-Key': detected.card });
  await accepted('/v1/workspaces', { name: detectable }, { 'Idempotency-Key': detected.card });
  const { id } = (await admin.get<{ id: string }>('/v1/users/me')).body;
  const made = await admin.post<{ key: string }>(
    `/v1/users/${id}/api-keys`,
    { name: `Key ${detectable}` },
    { 'Idempotency-Key': 'key-1' },
  );
  guard('answered key', made.body.key);
  await ticketOf('nobody', admin);
  // Where they have no meaning they are ignored, and must be forgotten all the same.
  const noise = encodeURIComponent(everything);
  for (const path of [
    `/v1/chat/${chatId}?q=${noise}`,
    `/v1/chat/${chatId}/messages?token=${noise}`,
    `/health/live?${noise}`,
  ]) {
    await rawCall(service.url + path, 'GET', [
      'X-API-Key',
      admin.key ?? '',
      'User-Agent',
      detectable,
      'Referer',
      `http://x/${noise}`,
      'Cookie',
      `a=${detectable}`,
      'X-Request-Id',
      detectable,
      'X-Forwarded-For',
      detected.phone,
      'traceparent',
      detected.email,
    ]);
  }
}

async function refuse(
  method: string,
  path: string,
  headers: readonly string[] = [],
  body: string | Buffer = '',
): Promise<void> {
  const answer = await rawCall(service.url + path, method, headers, body);
  const line = `${answer.status} ${method} ${path}`;
  if (answer.status < 400 || answer.status >= 500)
    unexpected.push(`${line}: ${String(body).slice(0, 80)} ${headers.slice(4).join(' ').slice(0, 80)}`);
  refusals.push(answer.text, JSON.stringify(answer.headers));
}

/** Messages that change, and what is told about them. */
async function changes(): Promise<void> {
  const send = `/v1/chat/${chatId}/messages`;
  const { id } = (await admin.post<MessageBody>(send, { message: 'to be changed' })).body;
  for (const pii of [{ mapping }, { mapping, auto: ['PHONE_NUMBER', 'EMAIL_ADDRESS', 'IBAN_CODE', 'CREDIT_CARD'] }]) {
    const edited = await admin.patch(`${send}/${id}`, {
      message: `edited ${Object.keys(pii).join()} ${everything}`,
      pii,
    });
    if (edited.status !== 200) unexpected.push(edited.text);
  }
  const key = ['X-API-Key', admin.key ?? '', 'Content-Type', 'application/json'];
  const noise = encodeURIComponent(everything);
  for (const body of [
    { message: { a: everything } },
    { message: everything, pii: { mapping: everything } },
    { [everything]: 1 },
  ]) {
    await refuse('PATCH', `${send}/${id}`, key, JSON.stringify(body));
  }
  await refuse('PATCH', `${send}/${noise}`, key, JSON.stringify({ message: everything }));
  await refuse('PUT', `${send}/${id}/reactions/${encodeURIComponent(detected.email)}`, key, '{}');
  await refuse('PUT', `/v1/chat/${chatId}/read`, key, JSON.stringify({ seq: everything }));
  await refuse('POST', `/v1/chat/${chatId}/pii/reveal`, key, JSON.stringify({ placeholders: [everything] }));
}

/** Who is kept quiet, who is let in, and what is looked for. */
async function moderateAndSearch(revealer: Api): Promise<void> {
  const workspace = `/v1/workspaces/${spaceId}`;
  const muted = await admin.user('Muted');
  guard('muted key', muted.api.key);
  const reason = `said ${detected.email}`;
  const mute = await admin.put(`${workspace}/mutes/${muted.id}`, { reason });
  const invited = await admin.post<{ token: string }>(`${workspace}/invitations`, { role: 'reader' });
  guard('invitation', invited.body.token);
  const accepted = await muted.api.post('/v1/invitations/accept', { token: invited.body.token });
  const log = await admin.get(`${workspace}/moderation`);
  for (const answer of [mute, accepted, log]) if (answer.status !== 200) unexpected.push(answer.text);
  shown.readers.push(mute.text, accepted.text, log.text);
  for (const value of Object.values(values)) {
    for (const path of [`/v1/chat/${chatId}/search`, `${workspace}/search`]) {
      const found = await admin.post(path, { query: value.slice(0, 200) });
      if (found.status >= 500) unexpected.push(found.text);
      shown.readers.push(found.text);
    }
  }
  const found = await revealer.post(`${workspace}/search/values`, { type: 'EMAIL_ADDRESS', value: detected.email });
  if (found.status !== 200) unexpected.push(found.text);
  shown.readers.push(found.text);
  const key = ['X-API-Key', admin.key ?? '', 'Content-Type', 'application/json'];
  for (const path of [`/v1/chat/${chatId}/search`, `${workspace}/search`, `${workspace}/search/values`]) {
    for (const body of [{ query: { a: everything } }, { [everything]: 1 }, { type: everything, value: everything }]) {
      await refuse('POST', path, key, JSON.stringify(body));
    }
  }
  await refuse('POST', '/v1/invitations/accept', key, JSON.stringify({ token: everything }));
  await refuse('PUT', `${workspace}/bans/${encodeURIComponent(everything)}`, key, '{}');
  await refuse('PUT', `${workspace}/bans/${muted.id}`, key, JSON.stringify({ reason: [everything] }));
}

/** An answer of one JSON object a line. */
async function lines(
  api: Api,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body?: unknown,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(api.url + path, {
    headers: { 'X-API-Key': api.key ?? '', 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Rights and duties of data protection, for which values are sent too. At the end: erased is erased. */
async function erase(revealer: Api): Promise<void> {
  const why = { 'X-Access-Reason': `Ticket 7: ${detectable}` };
  const chat = `/v1/chat/${chatId}`;
  const workspace = `/v1/workspaces/${spaceId}`;
  const placeholders = Object.keys(mapping);
  const revealed = await revealer.post(`${chat}/pii/reveal`, { placeholders }, why);
  const exported = await lines(revealer, `${workspace}/export?rehydrate=true`, why);
  const subject = await lines(revealer, `${workspace}/export`, why, { type: 'EMAIL_ADDRESS', value: detected.email });
  for (const answer of [revealed, exported, subject]) if (answer.status !== 200) unexpected.push(answer.text);
  entitled.push(exported.text);
  for (const value of [detected.email, named.han]) {
    const receipt = await admin.post(`${workspace}/erasures`, { type: 'EMAIL_ADDRESS', value }, why);
    if (receipt.status >= 300) unexpected.push(receipt.text);
    shown.readers.push(receipt.text);
  }
  for (const path of [`${chat}/pii`, `${workspace}/audit`, `${workspace}/erasures`, `${chat}/read`]) {
    // The owner, who has no right to originals either.
    const answer = await admin.get(path);
    if (answer.status !== 200) unexpected.push(`${path} ${answer.text}`);
    shown.readers.push(answer.text);
  }
  shown.readers.push((await lines(revealer, `${workspace}/export`)).text);
  const key = ['X-API-Key', admin.key ?? '', 'Content-Type', 'application/json'];
  for (const body of [
    { type: everything, value: everything },
    { value: everything },
    { type: 'A', value: everything.repeat(9) },
    { userId: everything },
    { [everything]: true },
  ]) {
    await refuse('POST', `${workspace}/erasures`, key, JSON.stringify(body));
    await refuse('POST', `${workspace}/export`, key, JSON.stringify(body));
  }
  await refuse('GET', `${workspace}/erasures/${encodeURIComponent(everything)}`, key);
  await refuse('GET', `${workspace}/export?cursor=${encodeURIComponent(everything)}`, key);
  await refuse('GET', `${workspace}/audit?cursor=${encodeURIComponent(everything)}`, key);
  await refuse('GET', `${workspace}/export?rehydrate=true`, [...key, 'X-Access-Reason', detectable.repeat(3)]);
  await refuse('GET', `${workspace}/export?rehydrate=true`, [
    ...key,
    'X-Access-Reason',
    detectable,
    'X-Access-Reason',
    detectable,
  ]);
}

/** Everything here is refused, and the refusal says nothing of what was sent. */
async function malformedCalls(reader: Api): Promise<void> {
  const key = ['X-API-Key', admin.key ?? ''];
  const json = ['Content-Type', 'application/json'];
  const send = `/v1/chat/${chatId}/messages`;
  const noise = encodeURIComponent(everything);
  const post = (body: unknown, headers: readonly string[] = [], path = send): Promise<void> =>
    refuse(
      'POST',
      path,
      [...key, ...json, ...headers],
      typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    );

  for (const [name, value] of headerVariants()) await post({ message: everything }, [name, value]);
  await post({ message: everything }, ['X-Pii-Mapping', ascii(mapping), 'X-Pii-Mapping', ascii(mapping)]);
  await post({ message: everything, pii: { mapping } }, ['X-Pii-Mapping', ascii(mapping)]);
  for (const pii of bodyVariants()) await post({ message: everything, pii });
  for (const body of [
    `{"message": ${everything}`,
    `{"message": "${detectable}"} ${detectable}`,
    `"${detectable}"`,
    `[${JSON.stringify(everything)}]`,
    `{"message": "${detectable}", "message": "${detectable}"}`,
    `{"__proto__": "${detectable}", "message": "x"}`,
    `{"constructor": {"prototype": {"polluted": "${detectable}"}}, "message": "x"}`,
    `{"message": "\\ud800 ${detectable}"}`,
    `{"message": "\\u0000 ${detectable}"}`,
    `${'['.repeat(60)}"${detectable}"${']'.repeat(60)}`,
    Buffer.concat([Buffer.from(`{"message":"${detectable}`), Buffer.of(0xff), Buffer.from('"}')]),
    JSON.stringify({ message: everything.repeat(200) }),
    { message: { text: everything } },
    { message: everything, [everything]: everything },
    { message: everything, clientMessageId: everything },
    { message: everything, clientMessageId: detected.card },
    { message: everything, clientMessageId: detected.iban },
    { message: everything, replyTo: everything },
    { message: everything, replyTo: randomUUID() },
  ]) {
    await post(body);
  }
  await post({ message: everything, chatId: everything }, [], `/v1/spaces/${spaceId}/chat`);
  await post({ message: everything }, ['Idempotency-Key', detectable]);
  await post({ message: everything }, ['Idempotency-Key', detected.iban]);
  await refuse('POST', send, [...key, 'Content-Type', `text/${detected.email}`], '{}');
  for (const [path, body] of [
    ['/v1/pii/detect', { text: everything, mapping: { [everything]: everything } }],
    ['/v1/pii/detect', { text: everything, types: [everything] }],
    ['/v1/pii/detect', { text: everything, chatId: everything }],
    ['/v1/pii/rehydrate', { text: everything, mapping: { '<A_1>': { b: everything } } }],
    ['/v1/pii/rehydrate', { text: everything, mapping: everything }],
    ['/v1/workspaces', { name: { first: everything } }],
    ['/v1/workspaces', { name: detectable, piiPolicy: { mode: everything } }],
    ['/v1/workspaces', { name: detectable, piiPolicy: { operators: { [everything]: everything } } }],
    ['/v1/workspaces', { name: everything.repeat(3) }],
    ['/v1/chat', { workspaceId: everything, title: everything }],
    ['/v1/chat', { workspaceId: spaceId, title: everything.repeat(9) }],
    ['/v1/users', { displayName: 'Bo', externalId: detected.email }],
    ['/v1/users', { displayName: 'Bo', externalId: detected.iban }],
    [`/v1/users/${noise}/api-keys`, { name: everything }],
    ['/v1/users', { displayName: everything.repeat(9) }],
  ] as const) {
    await post(body, [], path);
  }
  const { id } = (await admin.get<{ id: string }>('/v1/users/me')).body;
  await post({ name: detectable, scopes: [everything] }, [], `/v1/users/${id}/api-keys`);
  await post({ name: detectable, expiresAt: everything }, [], `/v1/users/${id}/api-keys`);
  await post({ name: 'other than before' }, ['Idempotency-Key', detected.card], '/v1/workspaces');
  await refuse(
    'PUT',
    `/v1/workspaces/${spaceId}/members/${noise}`,
    [...key, ...json],
    JSON.stringify({ role: everything }),
  );
  for (const path of [
    `/${noise}`,
    `/v1/${noise}/${noise}`,
    `/v1/chat/${noise}`,
    `/v1/chat/${noise}/messages`,
    `/v1/spaces/${noise}/chat`,
    `/v1/workspaces/${noise}`,
    `/v1/workspaces?cursor=${noise}`,
    `/v1/workspaces?limit=${noise}`,
    `/v1/workspaces?${noise}=${noise}`,
    `/v1/chat?workspaceId=${noise}`,
    `${send}?limit=${noise}`,
    `${send}?before=${noise}`,
    `${send}?cursor=${noise}`,
    `/v1/%zz${detected.email}`,
    `/docs/${noise}`,
  ]) {
    await refuse('GET', path, key);
  }
  for (const value of [
    detectable,
    'vaults',
    ascii({ '<A_1': detected.email }),
    ascii({ '<A_1>': detected.email }).slice(1),
  ]) {
    await refuse('GET', send, [...key, 'X-Chat-History-Pii-Mapping', value]);
  }
  for (const headers of [
    ['X-API-Key', detected.email],
    ['X-API-Key', `ckr_live_${detected.card}`],
    ['Authorization', `Bearer ${detected.email}`],
    ['Authorization', `Basic ${Buffer.from(detectable).toString('base64')}`],
    ['Origin', `https://${detected.email}`, ...key],
    ['Origin', detectable, ...key],
  ]) {
    await refuse('GET', `/v1/chat/${chatId}`, headers);
  }
  await refuse('DELETE', `/v1/api-keys/${noise}`, key);
  await refuse(
    'POST',
    '/v1/pii/rehydrate',
    ['X-API-Key', reader.key ?? '', ...json],
    JSON.stringify({ text: '<HAN_1>', chatId }),
  );
  for (const bytes of [
    `GET /${detected.email} HTTP/1.1\r\nHost: x\r\nX-Long: ${detectable.repeat(200)}\r\n\r\n`,
    `GET /${detected.email} HTTP/1.1\r\n${detectable}\r\n\r\n`,
    `${detectable} / HTTP/1.1\r\n\r\n`,
    `BREW /${detected.email} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ]) {
    refusals.push(await rawBytes(service.url, bytes));
  }
}

function headerVariants(): (readonly [string, string])[] {
  const sound = ascii(mapping);
  const latin1 = JSON.stringify({ '<A_1>': detectable }).replace('canary', 'canar\u00ff');
  const bad = [
    sound.slice(0, -1),
    `${sound}${detectable}`,
    ascii(Object.values(mapping)),
    ascii({ [detected.email]: 'x' }),
    `{"<A_1>":"${detected.email}","<A_1>":"${detected.phone}"}`,
    `{"__proto__":"${detectable}"}`,
    ascii({ '<A_1>': [detectable] }),
    ascii({ '<A_1>': detectable.repeat(20) }),
    `{"<A_1>":"${detectable}\\ud800"}`,
    `{"<A_1>":"${detectable}\\u0000"}`,
    latin1,
    Buffer.from(detectable).toString('base64'),
    `${Buffer.from(sound).toString('base64url')}=`,
    detectable,
  ];
  return [
    ...bad.map((value) => ['X-Pii-Mapping', value] as const),
    ...bad.map((value) => ['X-Pii-Positions', value] as const),
    ...bad.map((value) => ['X-Chat-History-Pii-Mapping', value] as const),
    ...[detectable, sound, latin1].map((value) => ['X-Auto-Pii-Mapping', value] as const),
    ['X-Pii-Positions', ascii([{ start: 0, end: 99_999, type: 'SECRET' }])],
    ['X-Pii-Positions', ascii([{ start: 0, end: 3, type: detected.email }])],
    ['X-Pii-Positions', ascii([{ start: 0, end: 3, type: 'A', [detected.email]: detected.email }])],
    [
      'X-Pii-Positions',
      ascii([
        { start: 0, end: 3, type: 'A' },
        { start: 1, end: 4, type: 'A' },
      ]),
    ],
  ];
}

function bodyVariants(): unknown[] {
  return [
    everything,
    [everything],
    { [everything]: everything },
    { mapping: everything },
    { mapping: { [everything]: everything } },
    { mapping: { '<A_1>': [everything] } },
    { mapping: { '<A_1>': everything.repeat(20) } },
    { auto: everything },
    { auto: [everything] },
    { positions: everything },
    { positions: [everything] },
    { positions: [{ start: everything, end: 3, type: 'A' }] },
    { positions: [{ start: 0, end: 3, type: everything }] },
    { positions: [{ start: 0, end: 65_000, type: 'A' }] },
    { history: everything },
    { history: { [everything]: everything } },
  ];
}

async function soundEvents(): Promise<void> {
  const sender = await open('sender', admin);
  const text = `socket positions: ${everything}`;
  const acks = [
    await sender.send(`socket: ${detectable}`),
    await sender.send(`socket mapping: ${everything}`, { piiMapping: JSON.stringify(mapping) }),
    await sender.send(text, { piiPositions: JSON.stringify(positions(text)) }),
    await sender.emit('history:get', { chatHistoryPiiMapping: JSON.stringify(mapping) }),
  ];
  unexpected.push(...acks.filter(({ ok }) => !ok).map((ack) => JSON.stringify(ack)));
  // Its own broadcasts come back to it as to everybody else.
  await sender.until('message:created', 3);
  shown.frames.push(JSON.stringify(sender.received));
  sender.close();
}

function refused(ack: AckBody): void {
  if (ack.ok) unexpected.push(JSON.stringify(ack).slice(0, 200));
  refusals.push(JSON.stringify(ack));
}

async function refusedHandshake(auth: Readonly<Record<string, unknown>>): Promise<void> {
  const socket = await RawSocket.open(service.url);
  socket.knock(auth);
  await socket.closed;
  refusals.push(...socket.packets);
}

async function malformedEvents(): Promise<void> {
  const one = await open('one', admin);
  refused(await one.emit(detectable, { message: everything }));
  refused(await one.emit('no:such', everything));
  for (const payload of [
    everything,
    [everything],
    { [everything]: everything },
    { chatHistoryPiiMapping: everything },
    { cursor: everything },
    { limit: everything },
  ]) {
    refused(await one.emit('history:get', payload));
  }
  for (const payload of [
    everything,
    { chatId: everything, connectionString: everything },
    { chatId, connectionString: `a.b.${detected.email}` },
  ]) {
    refused(await one.emit('chat:connect', payload));
  }
  for (const event of ['reaction:set', 'typing:set', 'read:set', 'session:renew', 'chat:disconnect']) {
    for (const payload of [
      everything,
      { [everything]: everything },
      { messageId: randomUUID(), reaction: everything, on: true },
      { typing: everything },
      { seq: everything },
      { connectionString: everything },
    ]) {
      refused(await one.emit(event, payload));
    }
  }
  const mistakes: [string, Record<string, string>][] = [
    [everything, { piiMapping: everything }],
    [everything, { piiMapping: JSON.stringify({ [everything]: everything }) }],
    [everything, { piiPositions: everything }],
    [everything, { autoPiiMapping: everything }],
    [everything, { replyTo: everything }],
    [everything, { clientMessageId: detected.card }],
  ];
  for (const [message, extra] of mistakes) refused(await one.send(message, extra));
  one.close();

  const two = await open('two', admin);
  refused(await two.send('x', {}, { message: everything }));
  refused(await two.send(everything, {}, { messageString: `ms1_${detected.email}` }));
  refused(await two.send(everything, {}, { counter: everything }));
  // That one was malformed; it takes five bad strings to end a session.
  refused(await two.send(everything, {}, { counter: 0 }));
  refused(await two.send(everything, {}, { messageString: undefined }));
  refused(await two.send(everything, {}, { clientMessageId: everything }));
  await two.closed();
  refusals.push(JSON.stringify(two.received));

  const ticket = await ticketOf('a malformed handshake', admin);
  for (const auth of [
    {},
    { chatId: everything, connectionString: everything },
    { chatId, connectionString: detected.email },
    { chatId, connectionString: ticket.connectionString, lastSeq: everything },
    { chatId, connectionString: ticket.connectionString, [everything]: everything },
  ]) {
    await refusedHandshake(auth);
  }
  for (const packet of [
    `40/${detectable},{}`,
    `40${JSON.stringify({ token: everything })}`,
    `42/connect,1["message:send",${everything}`,
    `45<1>-/connect,["${detectable}"]`,
    detectable,
  ]) {
    const socket = await RawSocket.open(service.url);
    socket.send(packet);
    setTimeout(() => socket.close(), 250);
    await socket.closed;
    refusals.push(...socket.packets);
  }
  const stranger = io(`${service.url}/connect`, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    query: { token: ticket.connectionString, q: everything },
  });
  const error = await new Promise<unknown>((resolve) => stranger.once('connect_error', resolve));
  refusals.push(JSON.stringify(error), String(error));
}

/** What is mistaken for something else, sent once more, or past its time. */
async function misplacedCredentials(reader: Api): Promise<void> {
  const key = ['X-API-Key', admin.key ?? ''];
  const json = ['Content-Type', 'application/json'];
  const { id } = (await reader.get<{ id: string }>('/v1/users/me')).body;
  const made = await admin.post<{ id: string; key: string }>(`/v1/users/${id}/api-keys`, { name: 'revoked' });
  const revoked = made.body.key;
  guard('revoked key', revoked);
  await admin.delete(`/v1/api-keys/${made.body.id}`);
  const used = await ticketOf('sender again', admin);
  const sender = await ChatClient.open(admin, chatId, {}, used);
  const signed = sender.signed('signed once');
  const messageString = String(signed['messageString']);
  guard('message string of sender again', messageString);
  if (!(await sender.emit('message:send', signed)).ok) unexpected.push('a message that was signed');
  refused(await sender.emit('message:send', signed));
  refused(await sender.send('x', {}, { messageString }));

  for (const credential of [reader.key ?? '', revoked, used.connectionString, used.messageKey, messageString]) {
    for (const path of [
      `/${credential}`,
      `/v1/chat/${credential}`,
      `/v1/workspaces?cursor=${credential}`,
      `/v1/chat/${chatId}/messages?limit=${credential}`,
      `/v1/workspaces?${credential}=1`,
    ]) {
      await refuse('GET', path, key);
    }
    for (const headers of [
      ['X-API-Key', `${credential}x`],
      ['Authorization', `Bearer ${credential}x`],
      ['Authorization', credential],
      ['Origin', credential, ...key],
    ]) {
      await refuse('GET', `/v1/chat/${chatId}`, headers);
    }
    const send = `/v1/chat/${chatId}/messages`;
    for (const header of ['X-Pii-Mapping', 'X-Pii-Positions', 'X-Auto-Pii-Mapping']) {
      await refuse('POST', send, [...key, ...json, header, credential], JSON.stringify({ message: 'x' }));
    }
    for (const body of [`{"message": ${credential}`, { message: 'x', [credential]: 1 }, { message: [credential] }]) {
      await refuse('POST', send, [...key, ...json], typeof body === 'string' ? body : JSON.stringify(body));
    }
    await refuse('POST', '/v1/invitations/accept', [...key, ...json], JSON.stringify({ token: credential }));

    refused(await sender.emit(credential, {}));
    refused(await sender.emit('history:get', { cursor: credential }));
    refused(await sender.emit('history:get', { [credential]: 1 }));
    refused(await sender.emit('chat:connect', { chatId, connectionString: credential }));
    refused(await sender.emit('chat:connect', { chatId: credential, connectionString: credential }));
    refused(await sender.emit('session:renew', { connectionString: credential }));
    await refusedHandshake({ chatId, connectionString: credential });
    await refusedHandshake({ chatId, connectionString: used.connectionString, [credential]: 1 });
  }
  for (const headers of [
    ['X-API-Key', revoked],
    ['Authorization', `Bearer ${revoked}`],
  ]) {
    await refuse('GET', `/v1/chat/${chatId}`, headers);
  }
  sender.close();
}

/** What each kind of reader is shown at the end. */
async function readAll(reader: Api, revealer: Api): Promise<void> {
  const history = `/v1/chat/${chatId}/messages?limit=200`;
  for (const path of [
    history,
    `/v1/spaces/${spaceId}/chat?limit=200`,
    `/v1/chat/${chatId}`,
    `/v1/workspaces/${spaceId}`,
    `/v1/chat?workspaceId=${spaceId}`,
    '/v1/users/me',
  ]) {
    const answer = await reader.get(path);
    expect([path, answer.status]).toEqual([path, 200]);
    shown.readers.push(answer.text, JSON.stringify([...answer.headers]));
  }
  const denied = await reader.get(history, { 'X-Chat-History-Pii-Mapping': 'vault' });
  expect(denied.status).toBe(403);
  refusals.push(denied.text);
  const { body, text } = await revealer.get<{ items: MessageBody[] }>(history, {
    'X-Chat-History-Pii-Mapping': 'vault',
  });
  expect(body.items.length).toBeGreaterThan(10);
  entitled.push(text);
  for (const path of ['/metrics', '/docs', '/docs/json', '/docs/asyncapi.json', '/health/ready']) {
    shown.documents.push((await new Api(service.url).get(path)).text);
  }
}

const filesBelow = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

/** Findings in every file, by its path. */
function leaksInFiles(wanted: LeakScanner): string[] {
  return filesBelow(directory).flatMap((path) => wanted.find(readFileSync(path)).map((leak) => `${path}: ${leak}`));
}

/** Every row of every table, as PostgreSQL writes rows. */
async function tables(): Promise<string> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname <> 'information_schema'`,
  );
  const dumps: string[] = [];
  for (const { name } of rows) {
    const result = await sql.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    dumps.push(`-- ${name}`, ...result.rows.map(({ row }) => row));
  }
  return dumps.join('\n');
}

const leaksIn = (place: string | Buffer): string[] => [...scanner.find(place), ...credentialScanner.find(place)];

/** Looks into every place, first while the service runs, then when it and its database have shut down. */
async function lookEverywhere() {
  const dump = await tables();
  const backups = await backUp();
  await sql.query('CHECKPOINT');
  const files = filesBelow(directory);
  const leaks = [...leaksInFiles(scanner), ...leaksInFiles(credentialScanner)];
  const planted = await plant();
  const exitCode = await service.stop();
  await sql.end();
  await server.stop();
  return { dump, backups, files, leaks, planted, exitCode, leaksAfterwards: leaksInFiles(scanner) };
}

/** Backups by pg_dump, and what is found in one of a database that holds a secret. Undefined where there is no pg_dump. */
async function backUp(): Promise<{ backups: Buffer[]; planted: string[] } | undefined> {
  const dumpable = await takeOver(server.url);
  if (!dumpable) return undefined;
  try {
    const backups = ['plain', 'tar'].map((format) => dumpable.dump(`--format=${format}`));
    const copy = new Client({ connectionString: dumpable.url });
    await copy.connect();
    await copy.query('UPDATE messages SET text = $1 WHERE seq = 1', [detectable]);
    await copy.end();
    return { backups, planted: scanner.find(dumpable.dump()) };
  } finally {
    dumpable.stop();
  }
}

/** Puts a secret of its own where nothing masks it, and looks where it shows. */
async function plant() {
  const secret = `planted.${randomUUID()}@example.org`;
  const wanted = new LeakScanner({ planted: secret });
  const open = await admin.workspace({ piiPolicy: { mode: 'off' } });
  const socket = await RawSocket.open(service.url);
  const { connectionString } = await ticketFor(admin, open.defaultChatId);
  socket.knock({ chatId: open.defaultChatId, connectionString });
  await socket.until((packet) => packet.includes('"session"'));
  await admin.post(`/v1/chat/${open.defaultChatId}/messages`, { message: `zoë ${secret}` });
  const frames = wanted.find(await socket.until((packet) => packet.includes('message:created')));
  socket.close();
  const history = wanted.find((await admin.get(`/v1/chat/${open.defaultChatId}/messages`)).text);
  const rows = wanted.find(await tables());

  await sql.query(`DO $$ BEGIN RAISE LOG '${secret}'; END $$`);
  await sql.query(`CREATE TABLE planted AS SELECT $1::bytea AS bytes`, [Buffer.from(secret)]);
  await sql.query('CHECKPOINT');
  const files = leaksInFiles(wanted);
  await sql.query('DROP TABLE planted');
  return { frames, history, rows, files };
}

describe('secrets that were sent through every entry', () => {
  it('were taken where they were sound, and refused where not', () => {
    expect(unexpected).toEqual([]);
  });

  it('reached those who are entitled, all of them', () => {
    expect(entitled).toHaveLength(3);
    for (const text of entitled) {
      expect(new Set(scanner.find(text).map((label) => label.split(' ')[0]))).toEqual(new Set(Object.keys(values)));
    }
    expect(refusals.length).toBeGreaterThan(250);
  });

  it('are not in any refusal', () => {
    expect(refusals.flatMap((text) => leaksIn(text).map((leak) => `${leak}: ${text.slice(0, 200)}`))).toEqual([]);
    expect(Object.entries(credentials).filter(([, { length }]) => length !== CREDENTIAL_END)).toEqual([]);
  });

  it.each(['readers', 'frames', 'documents'] as const)('are not in what was shown to others: %s', (place) => {
    expect(shown[place].length).toBeGreaterThan(2);
    expect(shown[place].flatMap(leaksIn)).toEqual([]);
  });

  it('are not in a dump of the tables', () => {
    expect(found.dump).toContain('socket mapping: ');
    expect(leaksIn(found.dump)).toEqual([]);
  });

  it('are not in a backup by pg_dump', () => {
    if (!found.backups) {
      process.stdout.write('there is no PostgreSQL with its pg_dump: the backup was left out, the tables were not\n');
      return;
    }
    const { backups, planted } = found.backups;
    expect(backups).toHaveLength(2);
    for (const backup of backups) {
      expect(backup.includes('socket mapping: ')).toBe(true);
      expect(leaksIn(backup)).toEqual([]);
    }
    expect(planted).not.toEqual([]);
  });

  it('are not in any file of the data directory, with its log of transactions', () => {
    expect(found.files.some((path) => path.includes('pg_wal'))).toBe(true);
    expect(found.leaks).toEqual([]);
  });

  it('would have been found in each of these places', () => {
    const { frames, history, rows, files } = found.planted;
    for (const place of [frames, history, rows]) expect(place).toEqual(['planted as UTF-8']);
    for (const place of ['/base/', '/pg_wal/', '/server.log']) expect(files.join('\n')).toContain(place);
  });

  it('are not in what the process printed, at its finest level', () => {
    // What the process prints is heard: its greeting, and a line of its log.
    expect(new LeakScanner({ greeting: 'Cloakroom is listening' }).find(service.output)).not.toEqual([]);
    expect(service.output).toContain('"level":"');
    expect(leaksIn(service.output)).toEqual([]);
  });

  it('left nothing on Object.prototype, neither there nor here', () => {
    expect(found.exitCode).toBe(0);
    expect(service.output).toContain('Object.prototype has grown by 0');
    const { polluted } = {} as { polluted?: unknown };
    expect(polluted).toBeUndefined();
  });

  it('are not in the traces that it sent', () => {
    const traces = Buffer.concat(collector.bodies);
    // Traces are heard: events, calls by their templates, statements, and why something was refused.
    for (const word of ['message:send', 'POST /v1/spaces/:spaceId/chat', 'message_append', 'pii_mapping_malformed']) {
      expect(new LeakScanner({ word }).find(traces)).toEqual(['word as UTF-8']);
    }
    expect(leaksIn(traces)).toEqual([]);
  });

  it('are not in any file after the service and its database have shut down', () => {
    expect(found.leaksAfterwards).toEqual([]);
  });
});
