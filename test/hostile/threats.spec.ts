import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import {
  type Answer,
  Api,
  type MessageBody,
  type PageBody,
  type ProblemBody,
  type WorkspaceBody,
} from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { Documented, type OpenApi, pathOf } from './documented.js';

/* Threats of docs/security.md that have no better place. */
describe('answers', () => {
  let service: TestApp;
  let workspace: { readonly id: string; readonly defaultChatId: string };
  /** May see originals. */
  let entitled: Api;
  beforeAll(async () => {
    service = await startTestApp();
    const { admin } = service;
    workspace = await admin.workspace();
    const me = (await admin.get<{ id: string }>('/v1/users/me')).body.id;
    const scoped = { name: 'originals', scopes: ['pii:rehydrate'] };
    entitled = new Api(service.url, (await admin.post<{ key: string }>(`/v1/users/${me}/api-keys`, scoped)).body.key);
    await admin.put(`/v1/workspaces/${workspace.id}/members/${me}`, { role: 'owner', piiAccess: true });
  });
  afterAll(() => service.close());

  it('of no documented route are kept by a cache, whether they succeed or not', async () => {
    const { admin } = service;
    const documented = new Documented((await admin.get<OpenApi>('/docs/json')).body);
    const chatId = workspace.defaultChatId;
    const { body } = await admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message: 'mail ada@example.org' });
    const known: Readonly<Record<string, string>> = {
      workspaceId: workspace.id,
      spaceId: workspace.id,
      chatId,
      messageId: body.id,
    };
    const ids = new Proxy(known, { get: (all, name: string) => all[name] ?? '00000000-0000-7000-8000-000000000000' });
    const kept: string[] = [];
    let answered = 0;
    for (const { name, method, template } of documented.operations) {
      if (method !== 'GET' || !template.startsWith('/v1/')) continue;
      for (const api of [entitled, new Api(service.url)]) {
        const query = template === '/v1/chat' ? `?workspaceId=${workspace.id}` : '';
        const headers = { 'X-Chat-History-Pii-Mapping': 'vault' };
        const answer = await api.get(pathOf(template, ids) + query, headers);
        if (answer.status < 300) answered += 1;
        const control = answer.headers.get('cache-control') ?? '';
        if (!control.includes('no-store') || answer.headers.has('etag'))
          kept.push(`${name}: ${answer.status} ${control}`);
        // An allowed origin or another key must never be handed what was made for this one.
        const vary = answer.headers.get('vary') ?? '';
        if (answer.status < 300 && !/X-API-Key/.test(vary)) kept.push(`${name}: Vary: ${vary}`);
      }
    }
    expect(kept).toEqual([]);
    expect(answered).toBeGreaterThan(15);
  });

  it('carry what browsers go by, whatever is asked for', async () => {
    for (const path of ['/docs', '/docs/json', '/v1/users/me', '/v1/nowhere', '/health/live']) {
      for (const api of [service.admin, new Api(service.url)]) {
        const { headers } = await api.get(path);
        expect([path, headers.get('strict-transport-security')]).toEqual([path, 'max-age=31536000; includeSubDomains']);
        expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
        expect([path, headers.get('referrer-policy')]).toEqual([path, 'no-referrer']);
        expect([path, headers.get('content-type')]).toEqual([path, expect.stringContaining('charset=utf-8')]);
        const policy = headers.get('content-security-policy') ?? '';
        for (const rule of [`object-src 'none'`, `base-uri 'none'`, `frame-ancestors '`])
          expect(policy).toContain(rule);
      }
    }
  });

  it('never put the value of another chat for a placeholder that a model repeats', async () => {
    const { admin } = service;
    const there = workspace.defaultChatId;
    const here = (await admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id;
    const SECRETS = ['ada@example.org', 'zoe@example.org'];
    for (const secret of SECRETS) await admin.post(`/v1/chat/${there}/messages`, { message: `it is ${secret}` });
    await admin.post(`/v1/chat/${here}/messages`, { message: 'it is bob@example.org' });
    const echo = 'The model says: <EMAIL_ADDRESS_1>, <EMAIL_ADDRESS_2>, &lt;EMAIL_ADDRESS_2&gt; and <email_address_2>.';
    await admin.post(`/v1/chat/${here}/messages`, { message: echo });

    const history = await entitled.get(`/v1/chat/${here}/messages`, { 'X-Chat-History-Pii-Mapping': 'vault' });
    const call = { text: echo, chatId: here };
    const rehydrated = await entitled.post<{ text: string }>('/v1/pii/rehydrate', call);
    const revealed = await entitled.post(`/v1/chat/${here}/pii/reveal`, { placeholders: ['<EMAIL_ADDRESS_2>'] });
    expect([history.status, rehydrated.status, revealed.status]).toEqual([200, 200, 200]);
    // The chat’s own placeholder is filled, so that it is the other one which is not.
    expect(rehydrated.text).toContain('bob@example.org');
    for (const { text } of [history, rehydrated, revealed]) {
      for (const secret of SECRETS) expect(text).not.toContain(secret);
    }
  });
});

describe('values that somebody tries out', () => {
  const LOOK_UPS_PER_MINUTE = 30;
  const VALUE = { type: 'EMAIL_ADDRESS', value: 'ada@example.org' };
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  /** Somebody who may see originals in all of the workspaces. */
  async function detective(workspaces: readonly WorkspaceBody[]): Promise<{ readonly id: string; readonly api: Api }> {
    const user = await service.admin.user('Detective', ['pii:rehydrate']);
    for (const { id } of workspaces) {
      await service.admin.put(`/v1/workspaces/${id}/members/${user.id}`, { role: 'member', piiAccess: true });
    }
    return user;
  }
  const lookUp = (
    api: Api,
    { id }: WorkspaceBody,
    value = VALUE.value,
  ): Promise<Answer<PageBody<MessageBody> & ProblemBody>> =>
    api.post(`/v1/workspaces/${id}/search/values`, { ...VALUE, value });

  it('are answered thirty times a minute, with whatever key and wherever, and then alike whether they occur or not', async () => {
    const [one, two] = [await service.admin.workspace(), await service.admin.workspace()];
    await service.admin.post(`/v1/chat/${one.defaultChatId}/messages`, { message: `mail ${VALUE.value}` });
    const [guesser, other] = [await detective([one, two]), await detective([one, two])];
    const { body } = await service.admin.post<{ key: string }>(`/v1/users/${guesser.id}/api-keys`, {
      name: 'another',
      scopes: ['pii:rehydrate'],
    });
    const another = new Api(service.url, body.key);
    const tried = await Promise.all(
      Array.from({ length: LOOK_UPS_PER_MINUTE }, (_, n) => {
        const [api, where] = [n % 2 ? another : guesser.api, n % 3 ? one : two];
        return lookUp(api, where, n === 1 ? VALUE.value : `guess${n}@example.org`);
      }),
    );
    expect(tried.map(({ status }) => status)).toEqual(tried.map(() => 200));
    expect(tried.flatMap(({ body: { items } }, n) => items.map(({ text }) => [n, text]))).toEqual([
      [1, 'mail <EMAIL_ADDRESS_1>'],
    ]);
    for (const api of [guesser.api, another]) {
      const refused = [await lookUp(api, one), await lookUp(api, one, 'nobody@example.org'), await lookUp(api, two)];
      expect(refused.map(({ body: { code } }) => code)).toEqual(['rate_limited', 'rate_limited', 'rate_limited']);
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await lookUp(other.api, one)).body.items).toHaveLength(1);
  });

  it('have another fingerprint in each chat, so that what is tried out for one says nothing of the others', async () => {
    const workspace = await service.admin.workspace();
    const chat = { workspaceId: workspace.id };
    const chats = [workspace.defaultChatId, (await service.admin.post<{ id: string }>('/v1/chat', chat)).body.id];
    for (const id of chats) await service.admin.post(`/v1/chat/${id}/messages`, { message: `mail ${VALUE.value}` });
    const direct = new Client({ connectionString: service.database.url });
    await direct.connect();
    const { rows } = await direct.query<{ fingerprint: string }>(
      `SELECT encode(fingerprint, 'hex') AS fingerprint FROM pii_entries WHERE workspace_id = $1`,
      [workspace.id],
    );
    await direct.end();
    expect(rows).toHaveLength(2);
    expect(new Set(rows.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });
});
