import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Answer, type PageBody, type ProblemBody, refusal } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface WorkspaceBody {
  readonly id: string;
  readonly name: string;
  readonly visibility: string;
  readonly defaultChatId: string;
  readonly piiPolicy: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface MemberBody {
  readonly userId: string;
  readonly role: string;
  readonly piiAccess: boolean;
}

const DEFAULT_POLICY = { mode: 'auto', vault: true, types: 'all', operators: {} };
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const idOf = async (api: Api) => (await api.get<{ id: string }>('/v1/users/me')).body.id;

/** Somebody of each standing in one workspace, whose owner made it. */
interface Cast {
  readonly workspace: WorkspaceBody;
  readonly callers: Readonly<Record<string, Api>>;
}

describe('workspaces', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '10000' });
  });
  afterAll(() => service.close());

  const create = async (settings: Record<string, unknown> = {}, as = service.admin) =>
    (await as.post<WorkspaceBody>('/v1/workspaces', { name: 'Support', ...settings })).body;
  const makeCast = async (settings: Record<string, unknown> = {}): Promise<Cast> => {
    const roles = ['owner', 'admin', 'member', 'reader', 'outsider'] as const;
    const users = await Promise.all(roles.map((role) => service.admin.user(role)));
    const [owner] = users;
    const workspace = await create(settings, owner?.api);
    for (const [index, role] of roles.entries()) {
      if (role === 'owner' || role === 'outsider') continue;
      await owner?.api.put(`/v1/workspaces/${workspace.id}/members/${users[index]?.id}`, { role });
    }
    const callers = Object.fromEntries(roles.map((role, index) => [role, users[index]?.api ?? service.admin]));
    return { workspace, callers: { ...callers, guest: new Api(service.url) } };
  };

  it('are made by any identified user, who owns them, with a default chat and the default policy', async () => {
    const { api, id: userId } = await service.admin.user('Plain');
    const { status, body, headers } = await api.post<WorkspaceBody>('/v1/workspaces', { name: 'Support' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ name: 'Support', visibility: 'private', piiPolicy: DEFAULT_POLICY });
    expect([body.id, body.defaultChatId].every((id) => UUID_V7.test(id))).toBe(true);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    const chat = await api.get<{ workspaceId: string; lastSeq: number }>(`/v1/chat/${body.defaultChatId}`);
    expect(chat.body).toMatchObject({ workspaceId: body.id, lastSeq: 0 });
    const members = await api.get<PageBody<MemberBody>>(`/v1/workspaces/${body.id}/members`);
    expect(members.body.items).toMatchObject([{ userId, role: 'owner', piiAccess: false }]);
    expect(await refusal(new Api(service.url).post('/v1/workspaces', { name: 'x' }))).toBe('401 unauthenticated');
  });

  it('answer with and without the prefix', async () => {
    const { id } = await create();
    for (const path of ['/workspaces', '/v1/workspaces']) {
      expect((await service.admin.get(path)).status).toBe(200);
      expect((await service.admin.get<WorkspaceBody>(`${path}/${id}`)).body.id).toBe(id);
      expect((await service.admin.post(path, { name: 'x' })).status).toBe(201);
    }
  });

  it('are public by `visibility` or by `public`, not by both', async () => {
    expect((await create({ visibility: 'public' })).visibility).toBe('public');
    expect((await create({ public: true })).visibility).toBe('public');
    expect((await create({ public: false })).visibility).toBe('private');
    const { id, visibility } = await create();
    expect(visibility).toBe('private');
    const path = `/v1/workspaces/${id}`;
    expect((await service.admin.patch<WorkspaceBody>(path, { public: true })).body.visibility).toBe('public');
    expect((await service.admin.patch<WorkspaceBody>(path, { visibility: 'private' })).body.visibility).toBe('private');
    expect(await refusal(service.admin.patch(path, { visibility: 'public', public: true }))).toBe(
      '400 validation_failed',
    );
    for (const wrong of [{ public: 'true' }, { public: 1 }, { public: null }, { visibility: 'open' }]) {
      expect(await refusal(service.admin.patch(path, wrong))).toBe('400 validation_failed');
      expect(await refusal(service.admin.post('/v1/workspaces', { name: 'x', ...wrong }))).toBe(
        '400 validation_failed',
      );
    }
  });

  it('keep what a change leaves out, and change nothing by an empty one', async () => {
    const policy = { mode: 'required', vault: false, types: ['EMAIL_ADDRESS'], operators: { CREDIT_CARD: 'mask' } };
    const workspace = await create({ piiPolicy: { ...policy, retentionDays: 30 } });
    expect(workspace.piiPolicy).toMatchObject({ ...policy, retentionDays: 30 });
    const path = `/v1/workspaces/${workspace.id}`;
    const renamed = await service.admin.patch<WorkspaceBody>(path, { name: 'Returns' });
    expect([renamed.status, renamed.body.name, renamed.body.piiPolicy]).toEqual([200, 'Returns', workspace.piiPolicy]);
    const relaxed = await service.admin.patch<WorkspaceBody>(path, { piiPolicy: { mode: 'off', types: 'all' } });
    expect(relaxed.body).toMatchObject({ name: 'Returns', piiPolicy: { ...policy, mode: 'off', types: 'all' } });
    expect(relaxed.body.updatedAt > workspace.updatedAt).toBe(true);
    for (const nothing of [{}, { piiPolicy: {} }]) {
      const { status, body } = await service.admin.patch<WorkspaceBody>(path, nothing);
      expect([status, body.piiPolicy]).toEqual([200, relaxed.body.piiPolicy]);
    }
    expect(await refusal(service.admin.patch(path, null))).toBe('400 validation_failed');
  });

  it('take nothing but the documented members', async () => {
    const { id } = await create();
    const wrong: unknown[] = [
      {},
      { name: '' },
      { name: null },
      { name: 5 },
      { name: ['x'] },
      { name: 'x'.repeat(201) },
      { name: 'x', id: randomUUID() },
      { name: 'x', defaultChatId: randomUUID() },
      { name: 'x', ownerId: randomUUID() },
      { name: 'x', workspace_id: randomUUID() },
      { name: 'x', createdAt: '2020-01-01T00:00:00Z' },
      { name: 'x', deletedAt: null },
      { name: 'x', members: [] },
      { name: 'x', piiPolicy: [] },
      { name: 'x', piiPolicy: 'off' },
      { name: 'x', piiPolicy: null },
      { name: 'x', piiPolicy: { mode: 'never' } },
      { name: 'x', piiPolicy: { mode: null } },
      { name: 'x', piiPolicy: { vault: 'yes' } },
      { name: 'x', piiPolicy: { types: 'some' } },
      { name: 'x', piiPolicy: { types: ['email'] } },
      { name: 'x', piiPolicy: { types: Array.from({ length: 65 }, (_, n) => `T${n}`) } },
      { name: 'x', piiPolicy: { operators: { CREDIT_CARD: 'keep' } } },
      { name: 'x', piiPolicy: { operators: { card: 'mask' } } },
      { name: 'x', piiPolicy: { operators: [] } },
      { name: 'x', piiPolicy: { retentionDays: 0 } },
      { name: 'x', piiPolicy: { retentionDays: 1.5 } },
      { name: 'x', piiPolicy: { key: 'x' } },
      [],
      [{ name: 'x' }],
      'x',
      5,
      null,
    ];
    for (const body of wrong) {
      const text = JSON.stringify(body);
      expect([text, await refusal(service.admin.post('/v1/workspaces', text))]).toEqual([
        text,
        '400 validation_failed',
      ]);
      // No body and an empty one change nothing.
      if (text === '{}' || text === 'null') continue;
      expect([text, await refusal(service.admin.patch(`/v1/workspaces/${id}`, text))]).toEqual([
        text,
        '400 validation_failed',
      ]);
    }
    for (const text of [
      '{"name":"x","__proto__":{"admin":true}}',
      '{"name":"x","constructor":1}',
      '{"name":"x","name":"y"}',
    ]) {
      expect(await refusal(service.admin.post('/v1/workspaces', text))).toBe('400 malformed_json');
    }
    expect(await refusal(service.admin.post('/v1/workspaces'))).toBe('400 validation_failed');
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });

  it('name the field at fault, never its value', async () => {
    const { body, text } = await service.admin.post<ProblemBody & { fields: string[] }>('/v1/workspaces', {
      name: 'x'.repeat(300),
      visibility: 'ada@example.org',
    });
    expect(body.fields.toSorted()).toEqual(['name', 'visibility']);
    expect(text).not.toMatch(/xxx|example/);
  });

  it('have their name masked, at birth and later', async () => {
    const { id, name } = await create({ name: 'Case of ada@example.org' });
    expect(name).toBe('Case of <EMAIL_ADDRESS_1>');
    const { body } = await service.admin.patch<WorkspaceBody>(`/v1/workspaces/${id}`, { name: 'Call +4915123456789' });
    expect(body.name).toBe('Call <PHONE_NUMBER_1>');
  });

  it('are listed to their members only, in pages', async () => {
    const { api } = await service.admin.user('Lister');
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.push((await create({}, api)).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: Answer<PageBody<WorkspaceBody>> = await api.get(`/v1/workspaces?limit=2${query}`);
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(made);
    expect((await api.get<PageBody<WorkspaceBody>>('/v1/workspaces?limit=5')).body.nextCursor).toBeNull();
    expect(await refusal(api.get('/v1/workspaces?cursor=bm90IG91cnM'))).toBe('400 invalid_cursor');
    const { nextCursor } = (await api.get<PageBody<WorkspaceBody>>('/v1/workspaces?limit=1')).body;
    expect(await refusal(api.get(`/v1/workspaces/${made[0]}/members?cursor=${nextCursor}`))).toBe('400 invalid_cursor');
    expect(await refusal(api.get('/v1/workspaces?limit=201'))).toBe('400 validation_failed');
    expect(await refusal(api.get('/v1/workspaces?limit=1&limit=2'))).toBe('400 validation_failed');
    expect(await refusal(api.get('/v1/workspaces?userId=1'))).toBe('400 validation_failed');
  });

  it('let each standing do what it may: private', async () => {
    const { workspace, callers } = await makeCast();
    const path = `/v1/workspaces/${workspace.id}`;
    const other = (await service.admin.user('Other')).id;
    const expected: Record<string, [(api: Api) => Promise<Answer<unknown>>, Record<string, number>]> = {
      get: [(api) => api.get(path), { owner: 200, admin: 200, member: 200, reader: 200, outsider: 404, guest: 401 }],
      patch: [
        (api) => api.patch(path, { name: 'New' }),
        { owner: 200, admin: 403, member: 403, reader: 403, outsider: 404, guest: 401 },
      ],
      members: [
        (api) => api.get(`${path}/members`),
        { owner: 200, admin: 200, member: 403, reader: 403, outsider: 404, guest: 401 },
      ],
      add: [
        (api) => api.put(`${path}/members/${other}`, { role: 'reader' }),
        { owner: 200, admin: 200, member: 403, reader: 403, outsider: 404, guest: 401 },
      ],
      remove: [
        (api) => api.delete(`${path}/members/${other}`),
        { member: 403, reader: 403, outsider: 404, guest: 401, owner: 204, admin: 404 },
      ],
      'delete, owner last': [
        (api) => api.delete(path),
        { admin: 403, member: 403, reader: 403, outsider: 404, guest: 401, owner: 204 },
      ],
      'after its end': [
        (api) => api.get(path),
        { owner: 404, admin: 404, member: 404, reader: 404, outsider: 404, guest: 401 },
      ],
    };
    await expectTable(callers, expected);
  });

  it('let each standing do what it may: public', async () => {
    const { workspace, callers } = await makeCast({ visibility: 'public' });
    const path = `/v1/workspaces/${workspace.id}`;
    const other = (await service.admin.user('Other')).id;
    await expectTable(callers, {
      get: [(api) => api.get(path), { owner: 200, reader: 200, outsider: 200, guest: 200 }],
      patch: [(api) => api.patch(path, { name: 'New' }), { outsider: 403, guest: 401 }],
      members: [(api) => api.get(`${path}/members`), { member: 403, outsider: 403, guest: 401 }],
      add: [(api) => api.put(`${path}/members/${other}`, { role: 'reader' }), { outsider: 403, guest: 401 }],
      remove: [(api) => api.delete(`${path}/members/${other}`), { outsider: 403, guest: 401 }],
      delete: [(api) => api.delete(path), { admin: 403, outsider: 403, guest: 401 }],
    });
  });

  it('look the same to a stranger whether they exist or not', async () => {
    const { workspace, callers } = await makeCast();
    const outsider = callers['outsider'] ?? service.admin;
    const me = (await outsider.get<{ id: string }>('/v1/users/me')).body.id;
    const calls: ((id: string) => Promise<Answer<unknown>>)[] = [
      (id) => outsider.get(`/v1/workspaces/${id}`),
      (id) => outsider.patch(`/v1/workspaces/${id}`, { name: 'x' }),
      (id) => outsider.delete(`/v1/workspaces/${id}`),
      (id) => outsider.get(`/v1/workspaces/${id}/members`),
      (id) => outsider.put(`/v1/workspaces/${id}/members/${me}`, { role: 'owner' }),
      (id) => outsider.delete(`/v1/workspaces/${id}/members/${me}`),
      (id) => outsider.post('/v1/chat', { workspaceId: id }),
      (id) => outsider.get(`/v1/chat?workspaceId=${id}`),
      (id) => outsider.post(`/v1/spaces/${id}/chat`, { message: 'x' }),
      (id) => outsider.get(`/v1/spaces/${id}/chat`),
    ];
    for (const call of calls) {
      const [foreign, unknown] = [await call(workspace.id), await call(randomUUID())];
      expect(await refusal(Promise.resolve(foreign))).toBe('404 workspace_not_found');
      expect(withoutRequest(foreign)).toEqual(withoutRequest(unknown));
    }
    for (const id of ['1', workspace.id.toUpperCase(), `${workspace.id}%00`, "'", '%2e%2e', 'x'.repeat(5_000)]) {
      expect([id, (await service.admin.get(`/v1/workspaces/${id}`)).status]).toEqual([id, 404]);
    }
  });

  it('have members whose grant stays when their role changes', async () => {
    const { id } = await create();
    const ada = await service.admin.user('Ada');
    const path = `/v1/workspaces/${id}/members/${ada.id}`;
    const put = async (body: Record<string, unknown>) => (await service.admin.put<MemberBody>(path, body)).body;
    expect(await put({ role: 'member' })).toMatchObject({ userId: ada.id, role: 'member', piiAccess: false });
    expect(await put({ role: 'member', piiAccess: true })).toMatchObject({ role: 'member', piiAccess: true });
    expect(await put({ role: 'reader' })).toMatchObject({ role: 'reader', piiAccess: true });
    expect(await put({ role: 'reader', piiAccess: false })).toMatchObject({ role: 'reader', piiAccess: false });
    for (const wrong of [
      {},
      { role: 'god' },
      { role: 'reader', piiAccess: 'yes' },
      { role: 'reader', userId: ada.id },
    ]) {
      expect(await refusal(service.admin.put(path, wrong))).toBe('400 validation_failed');
    }
    for (const nobody of [randomUUID(), '1', '00000000-0000-0000-0000-000000000000']) {
      expect(await refusal(service.admin.put(`/v1/workspaces/${id}/members/${nobody}`, { role: 'reader' }))).toBe(
        '404 user_not_found',
      );
      expect(await refusal(service.admin.delete(`/v1/workspaces/${id}/members/${nobody}`))).toBe('404 user_not_found');
    }
    expect((await ada.api.delete(path)).status).toBe(204);
    expect(await refusal(ada.api.get(`/v1/workspaces/${id}`))).toBe('404 workspace_not_found');
  });

  it('never lose their last owner, not even when two leave at once', async () => {
    const { workspace, callers } = await makeCast();
    const [owner, admin, outsider] = [callers['owner'], callers['admin'], callers['outsider']];
    if (!owner || !admin || !outsider) throw new Error('no cast');
    const path = `/v1/workspaces/${workspace.id}/members`;
    const [first, second, third] = [await idOf(owner), await idOf(admin), await idOf(outsider)];
    expect(await refusal(owner.delete(`${path}/${first}`))).toBe('409 conflict');
    expect(await refusal(owner.put(`${path}/${first}`, { role: 'member' }))).toBe('409 conflict');
    // An admin neither makes nor changes owners.
    expect(await refusal(admin.put(`${path}/${second}`, { role: 'owner' }))).toBe('403 forbidden');
    expect(await refusal(admin.put(`${path}/${third}`, { role: 'owner' }))).toBe('403 forbidden');
    expect(await refusal(admin.put(`${path}/${first}`, { role: 'reader' }))).toBe('403 forbidden');
    expect(await refusal(admin.delete(`${path}/${first}`))).toBe('403 forbidden');
    expect((await owner.put(`${path}/${second}`, { role: 'owner' })).status).toBe(200);
    const left = await Promise.all([owner.delete(`${path}/${first}`), admin.delete(`${path}/${second}`)]);
    expect(left.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([204, 409]);
  });

  it('are created once for one Idempotency-Key, also in parallel, with either path', async () => {
    const again = { 'Idempotency-Key': randomUUID() };
    const body = { name: 'Once', public: true };
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        service.admin.post<WorkspaceBody>(n % 2 ? '/workspaces' : '/v1/workspaces', body, again),
      ),
    );
    const made = answers.filter(({ status }) => status === 201).map(({ body: workspace }) => workspace);
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    const later = await service.admin.post<WorkspaceBody>('/workspaces', body, again);
    expect([later.status, later.body]).toEqual([201, made[0]]);
    expect(await refusal(service.admin.post('/workspaces', { name: 'Twice' }, again))).toBe(
      '422 idempotency_key_reused',
    );
    expect(await refusal(service.admin.post('/users', { displayName: 'x' }, again))).toBe('422 idempotency_key_reused');
    // The same key of somebody else is another key.
    const ada = await service.admin.user('Ada');
    expect((await ada.api.post<WorkspaceBody>('/workspaces', body, again)).body.id).not.toBe(made[0]?.id);
  });

  it('end with everything in them', async () => {
    const { id, defaultChatId } = await create({ public: true });
    await service.admin.post(`/v1/spaces/${id}/chat`, { message: 'mail ada@example.org' });
    expect((await service.admin.delete(`/v1/workspaces/${id}`)).status).toBe(204);
    expect(await refusal(service.admin.delete(`/v1/workspaces/${id}`))).toBe('404 workspace_not_found');
    expect(await refusal(service.admin.get(`/v1/chat/${defaultChatId}`))).toBe('404 chat_not_found');
    expect(await refusal(service.admin.get(`/v1/chat/${defaultChatId}/messages`))).toBe('404 chat_not_found');
    expect(await refusal(service.admin.get(`/v1/spaces/${id}/chat`))).toBe('404 workspace_not_found');
    expect(await refusal(service.admin.post(`/v1/pii/detect`, { text: 'x', chatId: defaultChatId }))).toBe(
      '404 chat_not_found',
    );
    expect(await refusal(new Api(service.url).get(`/v1/spaces/${id}/chat`))).toBe('401 unauthenticated');
    const mine = await service.admin.get<PageBody<WorkspaceBody>>('/v1/workspaces?limit=200');
    expect(mine.body.items.map((item) => item.id)).not.toContain(id);
  });
});

async function expectTable(
  callers: Readonly<Record<string, Api>>,
  table: Readonly<Record<string, readonly [(api: Api) => Promise<Answer<unknown>>, Readonly<Record<string, number>>]>>,
): Promise<void> {
  for (const [call, [run, expected]] of Object.entries(table)) {
    const seen: Record<string, number> = {};
    for (const [who] of Object.entries(expected)) {
      const api = callers[who];
      if (api) seen[who] = (await run(api)).status;
    }
    expect({ call, ...seen }).toEqual({ call, ...expected });
  }
}

/** An answer without what differs between two calls anyway. */
function withoutRequest({ status, headers, body }: Answer<unknown>): unknown {
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, headers: kept, body: { ...(body as ProblemBody), requestId: '' } };
}
