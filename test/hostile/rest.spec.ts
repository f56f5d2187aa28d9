import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Api, type Answer, type MessageBody, type ProblemBody } from '../support/api.js';
import { S3Server, uploadFile } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { BROKEN_JSON, BROKEN_TEXTS, MARK, STRANGE_HEADERS, STRANGE_TEXTS, STRANGE_VALUES } from './corpus.js';
import { Documented, type Ids, type OpenApi, type Operation, pathOf } from './documented.js';

jest.setTimeout(120_000);

const AT_ONCE = 32;
const show = (value: unknown): string => JSON.stringify(value).slice(0, 60);

/** Headers of ours; what others stand for is not ours to read. */
const isOurs = ({ in: place, name }: { readonly in: string; readonly name: string }): boolean =>
  place === 'header' && name !== 'X-API-Key';

describe('what no client should send', () => {
  let store: S3Server;
  let service: TestApp;
  let documented: Documented;
  let ids: Ids;
  const failures: string[] = [];
  let underWay: Promise<void>[] = [];

  beforeAll(async () => {
    store = await S3Server.start();
    service = await startTestApp(store.env);
    documented = new Documented((await service.admin.get<OpenApi>('/docs/json')).body);
    const workspace = await service.admin.workspace();
    const nobody = await service.admin.user('Nobody');
    const chatId = workspace.defaultChatId;
    const { body } = await service.admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message: 'here' });
    ids = {
      workspaceId: workspace.id,
      spaceId: workspace.id,
      chatId,
      userId: nobody.id,
      keyId: nobody.keyId,
      messageId: body.id,
      attachmentId: await uploadFile(service.admin, chatId, body.id),
      erasureId: randomUUID(),
      reaction: '👍',
      type: 'BADGE_NUMBER',
    };
  });
  afterAll(async () => {
    await service.close();
    await store.close();
  });

  // Deleting would take away what the others are tried on: it comes last.
  const operations = (): readonly Operation[] => documented.operations.filter(({ method }) => method !== 'DELETE');

  const settle = async (): Promise<void> => {
    await Promise.all(underWay);
    underWay = [];
  };

  /** A refusal has a code and quotes nothing; nothing is a fault of ours. */
  async function attempt(what: string, call: () => Promise<Answer<unknown>>): Promise<void> {
    underWay.push(judge(what, call()));
    if (underWay.length === AT_ONCE) await settle();
  }

  async function judge(what: string, answer: Promise<Answer<unknown>>): Promise<void> {
    const { status, text, body } = await answer;
    const code = (body as ProblemBody | undefined)?.code;
    if (status >= 500) failures.push(`${what}: ${status} ${code}`);
    if (status >= 400 && code === undefined) failures.push(`${what}: ${status} without a code`);
    if (status >= 400 && text.includes(MARK)) failures.push(`${what}: the refusal quotes what was sent`);
  }

  async function expectNoFailure(): Promise<void> {
    await settle();
    expect(failures.splice(0)).toEqual([]);
    expect(service.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(service.logs.filter((line) => line.includes(MARK))).toEqual([]);
    expect(({} as Record<string, unknown>)[MARK]).toBeUndefined();
    expect((await service.admin.get('/health/ready')).status).toBe(200);
  }

  it('in bodies is refused with a code, or taken', async () => {
    const texts = [...STRANGE_TEXTS, ...BROKEN_TEXTS];
    let turn = 0;
    // Every value for every field; of the texts each field gets a few, so that all of them come to many.
    const valuesFor = (): unknown[] => {
      turn += 1;
      return [...STRANGE_VALUES, ...texts.filter((_, index) => index % 5 === turn % 5)];
    };
    for (const { name, method, template, body } of operations()) {
      if (!body) continue;
      const path = pathOf(template, ids);
      const example = documented.exampleOf(body, ids);
      const put = (what: string, value: unknown): Promise<void> =>
        attempt(`${name} ${what}`, () => service.admin.call(method, path, JSON.stringify(value)));
      for (const value of STRANGE_VALUES) await put('as a whole', value);
      for (const [field, schema] of Object.entries(documented.fieldsOf(body))) {
        for (const value of valuesFor()) await put(`${field} = ${show(value)}`, { ...example, [field]: value });
        for (const inner of Object.keys(documented.fieldsOf(schema))) {
          for (const value of valuesFor()) {
            await put(`${field}.${inner} = ${show(value)}`, { ...example, [field]: { [inner]: value } });
          }
        }
      }
    }
    await expectNoFailure();
  });

  it('as a body that is no sound JSON is refused with a code', async () => {
    for (const { name, method, template, body } of operations()) {
      if (!body) continue;
      for (const [index, text] of BROKEN_JSON.entries()) {
        await attempt(`${name} text ${index}`, async () => {
          const answer = await service.admin.call(method, pathOf(template, ids), text, {
            'Content-Type': 'application/json',
          });
          if (answer.status < 400) failures.push(`${name} text ${index}: ${answer.status}, taken`);
          return answer;
        });
      }
    }
    await expectNoFailure();
  });

  it('in queries and paths is refused with a code, or taken', async () => {
    let turn = 0;
    const all = [...STRANGE_VALUES.filter((value) => typeof value === 'string'), ...STRANGE_TEXTS]
      .map((text) => encodeURIComponent(text).slice(0, 3_000))
      .concat('%zz', '%00', '%ff', '%ed%a0%80', `a&a=${MARK}`, `[]=${MARK}`, '1e400', '..', '%2e%2e%2f');
    for (const { name, method, template, parameters } of operations()) {
      for (const parameter of parameters) {
        turn += 1;
        for (const text of all.filter((_, index) => index % 3 === turn % 3)) {
          const { name: field, in: place } = parameter;
          const body = method === 'GET' ? undefined : {};
          if (place === 'query') {
            const path = `${pathOf(template, ids)}?${field}=${text}`;
            await attempt(`${name} ?${field}=${text}`, () => service.admin.call(method, path, body));
          }
          if (place !== 'path' || text === '') continue;
          const path = pathOf(template.replace(`{${field}}`, '\u0001'), ids).replace('\u0001', text);
          await attempt(`${name} ${field}=${text}`, () => service.admin.call(method, path, body));
        }
      }
    }
    await expectNoFailure();
  });

  it('in headers is refused with a code, or taken', async () => {
    for (const { name, method, template, parameters, body } of operations()) {
      const path = pathOf(template, ids);
      const given = body && documented.exampleOf(body, ids);
      for (const { name: header } of parameters.filter(isOurs)) {
        for (const [index, value] of STRANGE_HEADERS.entries()) {
          await attempt(`${name} ${header} ${index}`, () =>
            service.admin.call(method, path, given, { [header]: value }),
          );
        }
      }
    }
    for (const value of STRANGE_HEADERS) {
      const stranger = new Api(service.url);
      await attempt('X-API-Key', () => stranger.get('/v1/users/me', { 'X-API-Key': value }));
      await attempt('Authorization', () => stranger.get('/v1/users/me', { Authorization: `Bearer ${value}` }));
    }
    await expectNoFailure();
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

  it('for what deletes is refused with a code, or taken', async () => {
    const texts = [...STRANGE_TEXTS, ...STRANGE_VALUES.filter((value) => typeof value === 'string' && value !== '')];
    // The dots of `..` would name another thing, which is there to be deleted.
    const all = texts.map((text) => encodeURIComponent(String(text)).slice(0, 3_000)).concat('%zz', '%00', '%ff');
    let tried = 0;
    for (const { name, template, parameters } of documented.operations.filter(({ method }) => method === 'DELETE')) {
      for (const { name: field, in: place } of parameters) {
        const given: Ids = { ...ids, kid: 'none', invitationId: randomUUID(), [field]: '\u0001' };
        if (place === 'path') {
          for (const text of all) {
            tried += 1;
            const path = pathOf(template.replace(`{${field}}`, '\u0001'), given).replace('\u0001', text);
            await attempt(`${name} ${field}=${text}`, () => service.admin.delete(path));
          }
        }
        // To what is not there, so that it stays there for the others.
        const nowhere = pathOf(template.replace(/\{\w+\}(?=[^{]*$)/, randomUUID()), given);
        if (place === 'header' && field !== 'X-API-Key') {
          for (const value of STRANGE_HEADERS) {
            await attempt(`${name} ${field}`, () =>
              service.admin.call('DELETE', nowhere, undefined, { [field]: value }),
            );
          }
        }
        for (const text of all) {
          await attempt(`${name} ?${field}=${text}`, () => service.admin.delete(`${nowhere}?${field}=${text}`));
        }
        for (const value of STRANGE_VALUES) {
          await attempt(`${name} with a body`, () => service.admin.call('DELETE', nowhere, JSON.stringify(value)));
        }
      }
    }
    expect(tried).toBeGreaterThan(200);
    await expectNoFailure();
  });
});
