import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody } from '../support/api.js';
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
    const revealed = await entitled.post(`/v1/chat/${here}/pii/reveal`, {
      placeholders: ['<EMAIL_ADDRESS_2>'],
      reason: 'the model asked',
    });
    expect([history.status, rehydrated.status]).toEqual([200, 200]);
    // The chat’s own placeholder is filled, so that it is the other one which is not.
    expect(rehydrated.text).toContain('bob@example.org');
    for (const { text } of [history, rehydrated, revealed]) {
      for (const secret of SECRETS) expect(text).not.toContain(secret);
    }
  });
});
