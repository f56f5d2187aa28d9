import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { analyze } from '../../src/pii/analyzer.js';
import { maskForGood } from '../../src/pii/mask-for-good.js';
import { type MessageBody } from '../support/api.js';
import { rawCall } from '../support/raw-http.js';
import { S3Server, uploadFile } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { BROKEN_JSON, BROKEN_TEXTS, CORPUS, CORPUS_IN_HEADERS, CORPUS_IN_URLS, MARK, STRANGE_TEXTS } from './corpus.js';
import { Documented, type Ids, isHeader, type OpenApi, type Operation, type Parameter } from './documented.js';
import { textOf } from './places.js';
import { RestTries, type Try } from './rest-tries.js';

jest.setTimeout(120_000);

const documented = new Documented(JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenApi);
const named = (operations: readonly Operation[]) => operations.map((operation) => [operation.name, operation] as const);
const OPERATIONS = documented.operations.filter(({ method }) => method !== 'DELETE');
const WITH_BODY = OPERATIONS.filter(({ body }) => body);
const WITH_HEADERS = OPERATIONS.filter(({ parameters }) => parameters.some(isHeader));
const WITH_NAMES = OPERATIONS.filter(({ parameters }) => !parameters.every(isHeader));
const DELETIONS = documented.operations.filter(({ method }) => method === 'DELETE');

const AT_ONCE = 8;
/** What is changed has to be as it was sent before another call changes it. */
const changes = (method: string): boolean => method === 'PATCH' || method === 'PUT';
const ATTACH = 'POST /v1/chat/{chatId}/messages/{messageId}/attachments';
const LOOK_UP = 'POST /v1/workspaces/{id}/search/values';
const LOOK_UPS_PER_MINUTE = 30;
/** Change by what others are read. */
const ELSEWHERE = new Set(['PATCH /v1/workspaces/{id}', 'PUT /v1/workspaces/{id}/patterns/{type}']);

/** What deletions name last. */
const GONE = ['workspaceId', 'chatId', 'messageId', 'userId', 'keyId', 'invitationId'];

describe('what no client should send', () => {
  let store: S3Server;
  let service: TestApp;
  let tries: RestTries;
  let ids: Ids;
  /** Of the owner, who may see originals. */
  let key: string;
  let asked = 0;
  let asker: Promise<string>;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const failures: string[] = [];
  /** How many calls were answered, by the place that the value stood in. */
  const answered = new Map<string, number>();

  beforeAll(async () => {
    store = await S3Server.start();
    service = await startTestApp(store.env);
    const workspace = await service.admin.workspace();
    const other = await service.admin.workspace();
    const me = (await service.admin.get<{ id: string }>('/v1/users/me')).body.id;
    const scoped = { name: 'originals', scopes: ['admin', 'pii:rehydrate'] };
    key = (await service.admin.post<{ key: string }>(`/v1/users/${me}/api-keys`, scoped)).body.key;
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${me}`, { role: 'owner', piiAccess: true });
    const nobody = await service.admin.user('Nobody');
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${nobody.id}`, { role: 'member' });
    const chatId = workspace.defaultChatId;
    const { body } = await service.admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, {
      message: 'Ada is here',
      pii: { mapping: { '<PERSON_1>': 'Ada' } },
    });
    const erasures = `/v1/workspaces/${workspace.id}/erasures`;
    ids = {
      workspaceId: workspace.id,
      spaceId: workspace.id,
      chatId,
      userId: nobody.id,
      keyId: nobody.keyId,
      sessionId: 'AAECAwQFBgcICQoLDA0ODw',
      messageId: body.id,
      attachmentId: await uploadFile(service.admin, chatId, body.id),
      erasureId: (await service.admin.post<{ id: string }>(erasures, { userId: nobody.id })).body.id,
      reaction: '👍',
      type: 'BADGE_NUMBER',
    };
    await service.admin.put(`/v1/chat/${chatId}/messages/${body.id}/attachments/${ids['attachmentId']}`, {});
    const elsewhere = { ...ids, workspaceId: other.id };
    await service.admin.put(`/v1/workspaces/${other.id}/patterns/BADGE_NUMBER`, { expression: 'badge-[0-9]{4}' });
    tries = new RestTries(documented, ({ name }) => (ELSEWHERE.has(name) ? elsewhere : ids));
  });
  afterAll(async () => {
    agent.destroy();
    await service.close();
    await store.close();
  });

  beforeEach(() => {
    answered.clear();
    failures.length = 0;
    service.logs.length = 0;
  });

  /** Whoever asks often where a value occurs has to wait: then somebody else asks on. */
  async function keyFor(place: string): Promise<string> {
    if (!place.startsWith(LOOK_UP)) return key;
    if (asked++ % LOOK_UPS_PER_MINUTE === 0) asker = newAsker();
    return asker;
  }

  async function newAsker(): Promise<string> {
    const { id, api } = await service.admin.user('Asker', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${ids['workspaceId']}/members/${id}`, { role: 'reader', piiAccess: true });
    return api.key ?? '';
  }

  /** A refusal has a code that is documented for the call and quotes nothing, and what is made or changed is as it was sent; nothing is a fault of ours. */
  async function attempt({ place, value, field, method, path, headers, body, refusals }: Try): Promise<number> {
    const json = body === undefined ? ['Content-Length', '0'] : ['Content-Type', 'application/json'];
    const isKnown = !headers.includes('X-API-Key') && !headers.includes('Authorization');
    const own = isKnown ? ['X-API-Key', await keyFor(place)] : [];
    const text = typeof body === 'string' && value === undefined ? body : (JSON.stringify(body) ?? '');
    const call = () => rawCall(service.url + path, method, [...own, ...json, ...headers], text, agent);
    const first = await call();
    // A machine that is busy has no time for some; a value is to blame where it is so again.
    const answer = first.status === 503 ? await call() : first;
    const code = typeof answer.body['code'] === 'string' ? answer.body['code'] : 'no code';
    const what = `${place} = ${textOf(value ?? 'nothing strange').slice(0, 60)}: ${answer.status} ${code}`;
    answered.set(place, (answered.get(place) ?? 0) + 1);
    if (answer.status >= 500 || answer.status === 429) failures.push(what);
    const isKept = answer.status === 201 || (answer.status === 200 && changes(method));
    if (isKept && !isGivenBack(value, answer.body[field ?? ''])) {
      failures.push(`${what}, and comes back as something else`);
    }
    if (answer.status < 400) return answer.status;
    if (code === 'no code') failures.push(what);
    if (refusals && !refusals.has(`${answer.status} ${code}`)) failures.push(`${what}, which is not documented`);
    const said = JSON.stringify(textOf(value ?? MARK)).slice(1, -1);
    if (answer.text.includes(MARK) || (said.length >= 8 && answer.text.includes(said)))
      failures.push(`${what}, quoted`);
    return answer.status;
  }

  /** Several at once. */
  async function attemptAll(all: Iterable<Try>, atOnce = AT_ONCE): Promise<void> {
    const rest = all[Symbol.iterator]();
    const takeTurns = async (): Promise<void> => {
      for (let next = rest.next(); !next.done; next = rest.next()) await attempt(next.value);
    };
    await Promise.all(Array.from({ length: atOnce }, takeTurns));
  }

  /** @param places each of which must have had the whole corpus */
  async function expectNoFailure(places: readonly string[], corpus: readonly unknown[]): Promise<void> {
    const short = places.filter((place) => answered.get(place) !== corpus.length);
    expect(short.map((place) => `${place}: ${answered.get(place) ?? 0} of ${corpus.length}`)).toEqual([]);
    expect(answered.size).toBe(places.length);
    expect(failures).toEqual([]);
    expect(service.logs.filter((line) => line.includes('"level":"error"') || line.includes(MARK))).toEqual([]);
    expect(({} as Record<string, unknown>)[MARK]).toBeUndefined();
    expect((await service.admin.get('/health/ready')).status).toBe(200);
  }

  it('is put into calls that are taken without it', async () => {
    const refused: string[] = [];
    for (const operation of OPERATIONS) {
      const status = await attempt(tries.sound(operation));
      if (status >= 400) refused.push(`${operation.name}: ${status}`);
    }
    // Invitations are shown once; the token is all that there is in that body.
    expect(refused).toEqual(['POST /v1/invitations/accept: 404']);
  });

  it.each(named(WITH_BODY))('in bodies is refused with a code, or taken: %s', async (name, operation) => {
    const all = name === ATTACH ? await eachOfItsOwn(operation) : tries.inBodies(operation);
    await attemptAll(all, changes(operation.method) ? 1 : AT_ONCE);
    const places = documented.places.in(operation.body ?? {}).map((place) => `${name} ${place.name}`);
    await expectNoFailure(places, CORPUS);
  });

  /** A message has few attachments: each is tried on a message of its own. */
  async function eachOfItsOwn(operation: Operation): Promise<readonly Try[]> {
    const messages = `/v1/chat/${ids['chatId']}/messages`;
    const given: Try[] = [];
    for (const one of tries.inBodies(operation)) {
      const { body } = await service.admin.post<MessageBody>(messages, { message: 'here' });
      given.push({ ...one, path: `${messages}/${body.id}/attachments` });
    }
    return given;
  }

  it.each(named(WITH_BODY))('as a body that is no sound JSON is refused with a code: %s', async (name, operation) => {
    for (const text of BROKEN_JSON) {
      const status = await attempt({ ...tries.sound(operation), body: text });
      if (status < 400) failures.push(`${text.slice(0, 60)}: ${status}, taken`);
    }
    await expectNoFailure([name], BROKEN_JSON);
  });

  it.each(named(WITH_NAMES))('in queries and paths is refused with a code, or taken: %s', async (name, operation) => {
    await attemptAll(tries.inUrls(operation));
    const parameters = operation.parameters.filter((parameter) => !isHeader(parameter));
    await expectNoFailure(placesOf(name, parameters), CORPUS_IN_URLS);
  });

  it.each(named(WITH_HEADERS))('in headers is refused with a code, or taken: %s', async (name, operation) => {
    await attemptAll(tries.inHeaders(operation));
    await expectNoFailure(placesOf(name, operation.parameters.filter(isHeader)), CORPUS_IN_HEADERS);
  });

  it('as a credential is refused with a code', async () => {
    const me = { method: 'GET', path: '/v1/users/me', body: undefined };
    for (const value of CORPUS_IN_HEADERS) {
      await attempt({ ...me, value, place: 'X-API-Key', headers: ['X-API-Key', value] });
      await attempt({ ...me, value, place: 'Authorization', headers: ['Authorization', `Bearer ${value}`] });
    }
    await expectNoFailure(['X-API-Key', 'Authorization'], CORPUS_IN_HEADERS);
  });

  it('as a message, where it is well formed, comes back to the letter', async () => {
    const path = `/v1/chat/${ids['chatId']}/messages`;
    for (const text of STRANGE_TEXTS) {
      const sent = await service.admin.post<MessageBody>(path, { message: text }, { 'X-Auto-Pii-Mapping': 'false' });
      expect([text, sent.status, sent.body.message]).toEqual([text, 201, text]);
      const after = `${path}?after=${sent.body.seq - 1}&limit=1`;
      expect((await service.admin.get<{ items: MessageBody[] }>(after)).body.items[0]?.text).toBe(text);
      const mapped = await service.admin.post<MessageBody>(path, {
        message: `(${text})`,
        pii: { mapping: { '<NAME_1>': text } },
      });
      expect([text, mapped.status, mapped.body.message]).toEqual([text, 201, `(${text})`]);
      expect(mapped.body.text).not.toContain(MARK);
    }
    for (const text of BROKEN_TEXTS) {
      expect([text, (await service.admin.post(path, { message: text })).status]).toEqual([text, 400]);
    }
  });

  // Deleting would take away what the others are tried on: it comes last.
  it.each(named(DELETIONS))('for what deletes is refused with a code, or taken: %s', async (name, operation) => {
    const there = { ...ids, kid: 'none', invitationId: randomUUID() };
    await attemptAll(new RestTries(documented, () => there).inUrls(operation));
    const parameters = operation.parameters.filter((parameter) => !isHeader(parameter));
    await expectNoFailure(placesOf(name, parameters), CORPUS_IN_URLS);
    answered.clear();

    // To what is not there, so that it stays there for the others.
    const nowhere = { ...there, ...Object.fromEntries(GONE.map((gone) => [gone, randomUUID()])) };
    const besides = new RestTries(documented, () => nowhere);
    const place = `${name} with a body`;
    await attemptAll(besides.inHeaders(operation));
    // Where no body is documented, neither is what it is refused with.
    const bare = { ...besides.sound(operation), refusals: undefined };
    await attemptAll(CORPUS.map((value) => ({ ...bare, place, value, body: value })));
    await expectNoFailure([place, ...placesOf(name, operation.parameters.filter(isHeader))], CORPUS);
  });
});

const placesOf = (operation: string, parameters: readonly Parameter[]): string[] =>
  parameters.map(({ name }) => `${operation} ${name}`);

/** To the letter, or masked for good as names are, where the answer has it at all. */
const isGivenBack = (sent: unknown, back: unknown): boolean =>
  typeof sent !== 'string' || typeof back !== 'string' || [sent, maskForGood(sent, analyze(sent))].includes(back);
