import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { REQUEST_EXAMPLES } from '../../src/documents/request-examples.js';
import { type ErrorCode, ERROR_TABLE } from '../../src/errors/code-table.js';
import { readSendBody, readSpaceSendBody } from '../../src/chat/messages/send-form.js';
import { Api, type MessageBody, type ProblemBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const committed = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { in: string; name: string; required: boolean; description?: string }[];
  readonly requestBody?: { content: Record<string, { schema: { $ref: string }; examples?: object }> };
  readonly responses: Record<
    string,
    { description: string; content?: Record<string, { schema?: object; examples?: Record<string, unknown> }> }
  >;
}

describe('the documents that the service hands out', () => {
  let service: TestApp;
  let guest: Api;
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '1000' });
    guest = new Api(service.url);
  });
  afterAll(() => service.close());

  it('are the committed ones', async () => {
    for (const [path, file] of [
      ['/docs/json', 'docs/openapi.json'],
      ['/docs/asyncapi.json', 'docs/asyncapi.json'],
    ] as const) {
      const isSame = JSON.stringify((await guest.get(path)).body) === JSON.stringify(committed(file));
      // A difference would fill the screen: npm run build && npm run -s documents, and git diff shows it.
      expect([file, isSame]).toEqual([file, true]);
    }
  });

  it('show Swagger UI from local assets, under a policy that allows no others', async () => {
    const page = await guest.get('/docs');
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toContain('unsafe-eval');
    expect(policy).not.toContain('upgrade-insecure-requests');
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) {
      expect(asset).not.toMatch(/^(?:[a-z]+:)?\/\//);
      expect((await guest.get(new URL(asset, `${service.url}/docs`).pathname)).status).toBe(200);
    }
  });

  it('explain every error code at the address that problems carry', async () => {
    const problem = await guest.get<ProblemBody & { type: string }>('/v1/users/me');
    expect(problem.body.type).toBe('/docs/errors/unauthenticated');
    const list = await guest.get('/docs/errors');
    for (const [code, { title, remedy }] of Object.entries(ERROR_TABLE)) {
      const page = await guest.get(`/docs/errors/${code}`);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const text = unescape(page.text);
      expect(text).toContain(title);
      expect(text).toContain(remedy);
      expect(page.text).not.toMatch(/<script/);
      expect(list.text).toContain(`href="/docs/errors/${code}"`);
    }
    const unknown = await guest.get<ProblemBody>('/docs/errors/toString');
    expect([unknown.status, unknown.body.code]).toEqual([404, 'not_found']);
    const asked = await guest.get('/docs/errors/%3Cscript%3E', { accept: 'text/html,*/*;q=0.8' });
    expect([asked.status, asked.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    expect(asked.text).toContain('href="/docs/errors"');
    expect(asked.text).not.toContain('script');
  });

  it('describe every operation: summary, answer, refusals with examples, who may call', async () => {
    const document = (await guest.get<OpenAPIObject>('/docs/json')).body;
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path) as Operation[]);
    const tags = new Set((document.tags ?? []).map(({ name }) => name));
    const ids = new Set<string>();
    for (const operation of operations) {
      const { operationId, responses, requestBody, parameters = [] } = operation;
      expect(operation.summary).toBeTruthy();
      expect(operation.security).toBeDefined();
      expect((operation as { tags?: string[] }).tags?.every((tag) => tags.has(tag))).toBe(true);
      ids.add(operationId);
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect(description).not.toBe('');
        if (Number(status) < 300 && status !== '204') expect(Object.values(content ?? {})[0]?.schema).toBeDefined();
        if (Number(status) >= 400) {
          const examples = Object.keys(content?.['application/problem+json']?.examples ?? {});
          expect(examples.length).toBeGreaterThan(0);
          for (const code of examples) expect(ERROR_TABLE[code as ErrorCode].status).toBe(Number(status));
        }
      }
      for (const parameter of parameters) {
        expect(`${operationId} ${parameter.name}: ${parameter.description ?? ''}`).toMatch(/: \S/);
        if (parameter.in === 'header') expect(parameter.required).toBe(false);
      }
      if (requestBody) {
        const { schema, examples } = requestBody.content['application/json'] ?? {};
        const name = schema?.$ref.split('/').at(-1) ?? '';
        expect([name, examples !== undefined || hasOwnExamples(document, name)]).toEqual([name, true]);
      }
    }
    expect(ids.size).toBe(operations.length);
  });

  it('have an example for every member whose form does not say it all', () => {
    const { components } = committed('docs/openapi.json') as {
      components: { schemas: Record<string, { properties?: Record<string, Record<string, unknown>> }> };
    };
    const without = Object.entries(components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, { type, items, additionalProperties, ...member }]) => {
          const says = JSON.stringify([items, additionalProperties]).includes('$ref') || 'allOf' in member;
          return (
            !says && !('example' in member || 'enum' in member) && ['string', 'array', 'object'].includes(String(type))
          );
        })
        .map(([member]) => `${name}.${member}`),
    );
    // A message that is shown with its text is not deleted; problems have an example for each code.
    expect(without.filter((path) => !/^ProblemDto\.|\.(?:deletedAt|cursor)$/.test(path))).toEqual([]);
  });

  it('say which operations guests may call, and only those answer without a key', async () => {
    const document = (await guest.get<OpenAPIObject>('/docs/json')).body;
    const workspace = await service.admin.workspace({ visibility: 'public' });
    const forGuests: string[] = [];
    const forAll: string[] = [];
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item) as [string, Operation][]) {
        const open = operation.security?.length === 0;
        const welcome = operation.security?.some((one) => Object.keys(one).length === 0) ?? false;
        if (welcome) forGuests.push(operation.operationId);
        if (open) forAll.push(operation.operationId);
        if (open || welcome) continue;
        const target = path.replace('/{userId}', `/${workspace.id}`).replace(/\{\w+\}/, workspace.id);
        expect((await guest.call(method.toUpperCase(), target)).status).toBe(401);
      }
    }
    expect(forAll.sort()).toEqual(['Health_exposition', 'Health_live', 'Health_ready']);
    expect(forGuests.sort()).toEqual([
      'Attachments_get',
      'Chats_connectionString',
      'Chats_get',
      'Chats_list',
      'Messages_history',
      'Messages_send',
      'Messages_sendToSpace',
      'Messages_spaceHistory',
      'Pins_list',
      'Typing_set',
      'Workspaces_get',
    ]);
    const welcomed = [
      `/v1/workspaces/${workspace.id}`,
      `/v1/chat?workspaceId=${workspace.id}`,
      `/v1/chat/${workspace.defaultChatId}`,
      `/v1/chat/${workspace.defaultChatId}/messages`,
      `/v1/spaces/${workspace.id}/chat`,
    ];
    for (const path of welcomed) expect((await guest.get(path)).status).toBe(200);
  });

  it('name paths that answer without the prefix too, except those of spaces', async () => {
    const document = (await guest.get<OpenAPIObject>('/docs/json')).body;
    const { id } = await service.admin.workspace();
    for (const [path, item] of Object.entries(document.paths)) {
      if (!path.startsWith('/v1/')) continue;
      const target = path.slice('/v1'.length).replace(/\{\w+\}/g, id);
      const isThere = !path.startsWith('/v1/spaces/');
      for (const method of Object.keys(item)) {
        const { status } = await guest.call(method.toUpperCase(), target);
        expect([method, target, status !== 404]).toEqual([method, target, isThere]);
      }
    }
  });

  it('give examples of bodies that can be sent as they stand', async () => {
    const { admin } = service;
    const [workspace, changed] = [await admin.workspace(), await admin.workspace()];
    const { id: userId } = await admin.user('Second line');
    const { id: deskId, api: desk } = await admin.user('Case desk', ['pii:rehydrate']);
    await admin.put(`/v1/workspaces/${workspace.id}/members/${deskId}`, { role: 'owner', piiAccess: true });
    const chat = `/v1/chat/${workspace.defaultChatId}`;
    const sent = await desk.post<MessageBody>(`${chat}/messages`, { message: 'Ada Lovelace, ada@example.org' });
    const routes: Record<string, readonly [method: string, path: string, caller?: Api]> = {
      CreateUserDto: ['POST', '/v1/users'],
      CreateApiKeyDto: ['POST', `/v1/users/${userId}/api-keys`],
      CreateWorkspaceDto: ['POST', '/v1/workspaces'],
      UpdateWorkspaceDto: ['PATCH', `/v1/workspaces/${changed.id}`],
      PutMemberDto: ['PUT', `/v1/workspaces/${workspace.id}/members/${userId}`],
      CreateInvitationDto: ['POST', `/v1/workspaces/${workspace.id}/invitations`],
      RestrictDto: ['PUT', `/v1/workspaces/${workspace.id}/mutes/${userId}`],
      DetectDto: ['POST', '/v1/pii/detect'],
      RehydrateDto: ['POST', '/v1/pii/rehydrate'],
      CreateChatDto: ['POST', '/v1/chat'],
      UpdateChatDto: ['PATCH', `/v1/chat/${workspace.defaultChatId}`],
      SendMessageDto: ['POST', `/v1/chat/${workspace.defaultChatId}/messages`],
      PutTenantPatternDto: ['PUT', `/v1/workspaces/${workspace.id}/patterns/EXAMPLE`],
      SendSpaceMessageDto: ['POST', `/v1/spaces/${workspace.id}/chat`],
      ConnectionStringRequestDto: ['POST', `/v1/chat/${workspace.defaultChatId}/connection-string`],
      EditMessageDto: ['PATCH', `${chat}/messages/${sent.body.id}`, desk],
      SetReadMarkDto: ['PUT', `${chat}/read`, desk],
      SetTypingDto: ['PUT', `${chat}/typing`, desk],
      SearchDto: ['POST', `${chat}/search`, desk],
      SearchValueDto: ['POST', `/v1/workspaces/${workspace.id}/search/values`, desk],
      RevealDto: ['POST', `${chat}/pii/reveal`, desk],
      SubjectExportDto: ['POST', `/v1/workspaces/${workspace.id}/export`, desk],
      EraseDto: ['POST', `/v1/workspaces/${workspace.id}/erasures`, desk],
    };
    expect(Object.keys(routes).sort()).toEqual(Object.keys(REQUEST_EXAMPLES).sort());
    for (const [schema, examples] of Object.entries(REQUEST_EXAMPLES)) {
      const [method, path, caller = admin] = routes[schema] ?? ['', ''];
      for (const [name, { value }] of Object.entries(examples)) {
        const ids = { workspaceId: workspace.id, chatId: workspace.defaultChatId };
        const own = Object.entries(ids).filter(([member]) => member in value);
        const { status } = await caller.call(method, path, { ...value, ...Object.fromEntries(own) });
        expect(`${schema} ${name} ${status}`).toMatch(/ 20[014]$/);
      }
    }
  });

  it('name the same members of a message as the reader of its form', () => {
    const { components } = committed('docs/openapi.json') as {
      components: { schemas: Record<string, { properties: object; required: string[] }> };
    };
    const id = '0198f2b4-7c1e-7d3a-9b52-4f6d8e0a1c37';
    const values = { message: 'x', clientMessageId: 'c-1', replyTo: id, mentions: [id], pii: {} };
    const of = (name: string): Record<string, unknown> => {
      const schema = components.schemas[name];
      expect(schema?.required).toEqual(['message']);
      const known: Record<string, unknown> = { ...values, chatId: id };
      return Object.fromEntries(Object.keys(schema?.properties ?? {}).map((member) => [member, known[member]]));
    };
    const plain = of('SendMessageDto');
    expect(Object.keys(plain).sort()).toEqual(Object.keys(values).sort());
    expect(readSendBody(plain)).toEqual(values);
    const space = of('SendSpaceMessageDto');
    expect(Object.keys(space).sort()).toEqual(Object.keys({ ...values, chatId: '' }).sort());
    expect(readSpaceSendBody(space)).toEqual(values);
    expect(() => readSendBody(space)).toThrow('validation_failed');
  });

  it('hold no code outside the table, and every code of it somewhere', () => {
    const text = readFileSync('docs/errors.md', 'utf8');
    const codes = [...text.matchAll(/^## `(\w+)`$/gm)].map(([, code]) => code);
    expect(codes).toEqual(Object.keys(ERROR_TABLE));
  });
});

const unescape = (html: string): string =>
  html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** Whether Swagger UI can put a body together that has the required members. */
function hasOwnExamples(document: OpenAPIObject, name: string): boolean {
  const { required = [], properties = {} } = (document.components?.schemas?.[name] ?? {}) as {
    required?: string[];
    properties?: Record<string, { example?: unknown; enum?: unknown }>;
  };
  return required.every(
    (member) => properties[member]?.example !== undefined || properties[member]?.enum !== undefined,
  );
}
