import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Answer, type PageBody, type ProblemBody, refusal, type WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface ChatBody {
  readonly id: string;
  readonly workspaceId: string;
  readonly title: string;
  readonly lastSeq: number;
}

interface TicketBody {
  readonly connectionString: string;
  readonly messageKey: string;
  readonly expiresAt: string;
  readonly sessionExpiresAt: string;
}

type Call = (api: Api) => Promise<Answer<unknown>>;

const life = (until: string) => (new Date(until).getTime() - Date.now()) / 1_000;

const ROLES = ['owner', 'admin', 'member', 'reader', 'outsider'] as const;
const WHO = [...ROLES, 'guest'] as const;

describe('chats', () => {
  let service: TestApp;
  let users: Readonly<Record<string, { readonly id: string; readonly api: Api }>>;
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '10000' });
    const made = await Promise.all(ROLES.map((role) => service.admin.user(role)));
    users = Object.fromEntries([
      ...ROLES.map((role, index) => [role, made[index]]),
      ['guest', { id: '', api: new Api(service.url) }],
    ]) as typeof users;
  });
  afterAll(() => service.close());

  const as = (who: string): Api => users[who]?.api ?? service.admin;
  const workspace = async (settings: Record<string, unknown> = {}): Promise<WorkspaceBody> => {
    const made = await as('owner').workspace(settings);
    for (const role of ['admin', 'member', 'reader']) {
      await as('owner').put(`/v1/workspaces/${made.id}/members/${users[role]?.id}`, { role });
    }
    return made;
  };
  const newChat = async (workspaceId: string, title?: string) =>
    (await as('owner').post<ChatBody>('/v1/chat', { workspaceId, title })).body;
  /** Statuses of a call made as owner, admin, member, reader, outsider, guest. */
  const statuses = async (call: Call) => {
    const seen: number[] = [];
    for (const who of WHO) seen.push((await call(as(who))).status);
    return seen;
  };

  it('are made by owner and admin, in a workspace that the caller sees', async () => {
    const { id: workspaceId } = await workspace();
    const { status, body } = await as('admin').post<ChatBody>('/chat', { workspaceId, title: 'Returns' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ workspaceId, title: 'Returns', lastSeq: 0 });
    expect((await newChat(workspaceId)).title).toBe('Chat');
    expect(await refusal(as('member').post('/chat', { workspaceId }))).toBe('403 forbidden');
    expect(await refusal(as('outsider').post('/chat', { workspaceId }))).toBe('404 workspace_not_found');
    expect(await refusal(as('owner').post('/chat', { workspaceId: randomUUID() }))).toBe('404 workspace_not_found');
    expect(await refusal(as('guest').post('/chat', { workspaceId }))).toBe('401 unauthenticated');
    // Who the caller is comes before what the caller says.
    expect(await refusal(as('guest').post('/chat', { workspaceId: 5 }))).toBe('401 unauthenticated');
    const { id: open } = await workspace({ public: true });
    expect(await refusal(as('outsider').post('/chat', { workspaceId: open }))).toBe('403 forbidden');
    expect(await refusal(as('guest').post('/chat', { workspaceId: open }))).toBe('401 unauthenticated');
  });

  it('take nothing but the documented members', async () => {
    const { id: workspaceId } = await workspace();
    const wrong: unknown[] = [
      {},
      [],
      'x',
      { workspaceId: 'x' },
      { workspaceId: null },
      { workspaceId: [workspaceId] },
      { workspaceId, title: '' },
      { workspaceId, title: null },
      { workspaceId, title: 5 },
      { workspaceId, title: 'x'.repeat(201) },
      { workspaceId, id: randomUUID() },
      { workspaceId, lastSeq: 7 },
      { workspaceId, last_seq: 7 },
      { workspaceId, workspace_id: workspaceId },
      { workspaceId, createdAt: '2020-01-01T00:00:00Z' },
    ];
    for (const body of wrong) {
      const text = JSON.stringify(body);
      expect([text, await refusal(as('owner').post('/v1/chat', text))]).toEqual([text, '400 validation_failed']);
    }
    const { id } = await newChat(workspaceId);
    for (const body of [{}, { title: null }, { title: 'x', lastSeq: 9 }, { title: 'x', workspaceId }]) {
      expect(await refusal(as('owner').patch(`/v1/chat/${id}`, body))).toBe('400 validation_failed');
    }
  });

  it('let each standing do what it may: private', async () => {
    const { id: workspaceId, defaultChatId } = await workspace();
    const chat = `/v1/chat/${defaultChatId}`;
    const space = `/v1/spaces/${workspaceId}/chat`;
    const table: readonly [string, Call, readonly number[]][] = [
      ['create', (api) => api.post('/v1/chat', { workspaceId }), [201, 201, 403, 403, 404, 401]],
      ['list', (api) => api.get(`/v1/chat?workspaceId=${workspaceId}`), [200, 200, 200, 200, 404, 401]],
      ['read', (api) => api.get(chat), [200, 200, 200, 200, 404, 401]],
      ['rename', (api) => api.patch(chat, { title: 'x' }), [200, 200, 403, 403, 404, 401]],
      ['delete default', (api) => api.delete(chat), [409, 409, 403, 403, 404, 401]],
      ['ticket', (api) => api.post(`${chat}/connection-string`), [201, 201, 201, 201, 404, 401]],
      ['send', (api) => api.post(`${chat}/messages`, { message: 'x' }), [201, 201, 201, 403, 404, 401]],
      ['history', (api) => api.get(`${chat}/messages`), [200, 200, 200, 200, 404, 401]],
      ['send to space', (api) => api.post(space, { message: 'x' }), [200, 200, 200, 403, 404, 401]],
      ['history of space', (api) => api.get(space), [200, 200, 200, 200, 404, 401]],
    ];
    for (const [what, call, expected] of table) expect([what, await statuses(call)]).toEqual([what, expected]);
    // Malformed input tells nobody more.
    expect(await statuses((api) => api.post(`${chat}/messages`, {}))).toEqual([400, 400, 400, 400, 404, 401]);
  });

  it('let each standing do what it may: public', async () => {
    const { id: workspaceId, defaultChatId } = await workspace({ visibility: 'public' });
    const chat = `/v1/chat/${defaultChatId}`;
    const space = `/v1/spaces/${workspaceId}/chat`;
    const table: readonly [string, Call, readonly number[]][] = [
      ['create', (api) => api.post('/v1/chat', { workspaceId }), [201, 201, 403, 403, 403, 401]],
      ['list', (api) => api.get(`/v1/chat?workspaceId=${workspaceId}`), [200, 200, 200, 200, 200, 200]],
      ['read', (api) => api.get(chat), [200, 200, 200, 200, 200, 200]],
      ['rename', (api) => api.patch(chat, { title: 'x' }), [200, 200, 403, 403, 403, 401]],
      ['delete default', (api) => api.delete(chat), [409, 409, 403, 403, 403, 401]],
      ['ticket', (api) => api.post(`${chat}/connection-string`), [201, 201, 201, 201, 201, 201]],
      ['send', (api) => api.post(`${chat}/messages`, { message: 'x' }), [201, 201, 201, 403, 201, 201]],
      ['history', (api) => api.get(`${chat}/messages`), [200, 200, 200, 200, 200, 200]],
      ['send to space', (api) => api.post(space, { message: 'x' }), [200, 200, 200, 403, 200, 200]],
      ['history of space', (api) => api.get(space), [200, 200, 200, 200, 200, 200]],
    ];
    for (const [what, call, expected] of table) expect([what, await statuses(call)]).toEqual([what, expected]);
    const other = (await newChat(workspaceId)).id;
    expect(await statuses((api) => api.delete(`/v1/chat/${other}`))).toEqual([204, 404, 404, 404, 404, 401]);
    await as('owner').patch(`/v1/workspaces/${workspaceId}`, { public: false });
    expect(await statuses((api) => api.get(space))).toEqual([200, 200, 200, 200, 404, 401]);
  });

  it('look the same to a stranger whether they exist or not', async () => {
    const { id: workspaceId, defaultChatId } = await workspace();
    const own = await as('outsider').workspace();
    const stranger = as('outsider');
    const calls: ((id: string) => Promise<Answer<unknown>>)[] = [
      (id) => stranger.get(`/v1/chat/${id}`),
      (id) => stranger.patch(`/v1/chat/${id}`, { title: 'x' }),
      (id) => stranger.delete(`/v1/chat/${id}`),
      (id) => stranger.post(`/v1/chat/${id}/connection-string`),
      (id) => stranger.post(`/v1/chat/${id}/messages`, { message: 'x' }),
      (id) => stranger.get(`/v1/chat/${id}/messages`),
      // A chat of another workspace is none of this one.
      (id) => stranger.post(`/v1/spaces/${own.id}/chat`, { message: 'x', chatId: id }),
      (id) => stranger.get(`/v1/spaces/${own.id}/chat?chatId=${id}`),
      (id) => stranger.post('/v1/pii/detect', { text: 'x', chatId: id }),
      (id) => stranger.post('/v1/pii/rehydrate', { text: 'x', chatId: id }),
    ];
    for (const call of calls) {
      const [foreign, unknown] = [await call(defaultChatId), await call(randomUUID())];
      expect(await refusal(Promise.resolve(foreign))).toBe('404 chat_not_found');
      expect(withoutRequest(foreign)).toEqual(withoutRequest(unknown));
    }
    // Also to a guest, who may not even learn that.
    for (const id of [defaultChatId, randomUUID(), '1']) {
      expect(await refusal(as('guest').get(`/v1/chat/${id}`))).toBe('401 unauthenticated');
    }
    expect(await refusal(as('owner').get(`/v1/chat/${workspaceId}`))).toBe('404 chat_not_found');
  });

  it('are listed in pages, in order of creation, without those that were deleted', async () => {
    const { id: workspaceId, defaultChatId } = await workspace();
    const made = [defaultChatId];
    for (let n = 0; n < 4; n += 1) made.push((await newChat(workspaceId, `Chat ${n}`)).id);
    expect((await as('owner').delete(`/v1/chat/${made[2]}`)).status).toBe(204);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page: Answer<PageBody<ChatBody>> = await as('reader').get(
        `/chat?workspaceId=${workspaceId}&limit=3${query}`,
      );
      seen.push(...page.body.items.map(({ id }) => id));
      cursor = page.body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(made.filter((id) => id !== made[2]));
    expect(await refusal(as('reader').get('/chat'))).toBe('400 validation_failed');
    expect(await refusal(as('reader').get(`/chat?workspaceId=${workspaceId}&cursor=xx`))).toBe('400 invalid_cursor');
  });

  it('have titles that are masked by the policy of the workspace', async () => {
    const secret = 'Case of ada@example.org';
    const { id: masked } = await workspace();
    expect((await newChat(masked, secret)).title).toBe('Case of <EMAIL_ADDRESS_1>');
    const { id, title } = await newChat(masked, 'x');
    expect(title).toBe('x');
    expect((await as('owner').patch<ChatBody>(`/v1/chat/${id}`, { title: secret })).body.title).toBe(
      'Case of <EMAIL_ADDRESS_1>',
    );
    const { id: plain } = await workspace({ piiPolicy: { mode: 'off' } });
    expect((await newChat(plain, secret)).title).toBe(secret);
    const { id: cards } = await workspace({ piiPolicy: { types: ['CREDIT_CARD'] } });
    expect((await newChat(cards, `${secret}, 4111 1111 1111 1111`)).title).toBe(`${secret}, <CREDIT_CARD_1>`);
  });

  it('are created once for one Idempotency-Key, and so are connection strings', async () => {
    const { id: workspaceId, defaultChatId } = await workspace({ public: true });
    const again = { 'Idempotency-Key': randomUUID() };
    const create = (body: unknown) => as('owner').post<ChatBody>('/chat', body, again);
    const answers = await Promise.all(Array.from({ length: 5 }, () => create({ workspaceId, title: 'Once' })));
    const ids = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    expect((await create({ workspaceId, title: 'Once' })).body.id).toBe([...ids][0]);
    expect(await refusal(create({ workspaceId, title: 'Twice' }))).toBe('422 idempotency_key_reused');
    const chats = await as('owner').get<PageBody<ChatBody>>(`/chat?workspaceId=${workspaceId}`);
    expect(chats.body.items).toHaveLength(2);

    const ticket = (who: string, key: string) =>
      as(who).post<TicketBody>(`/chat/${defaultChatId}/connection-string`, undefined, { 'Idempotency-Key': key });
    const key = randomUUID();
    const [first, second] = [await ticket('owner', key), await ticket('owner', key)];
    expect(first.body.connectionString).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(second.body).toEqual(first.body);
    // Guests are nobody in particular: what one was answered is no answer for the next.
    const [guest, other] = [await ticket('guest', key), await ticket('guest', key)];
    expect(guest.body.messageKey).not.toBe(other.body.messageKey);
  });

  it('hand out connection strings that last a minute, for a session of an hour', async () => {
    const { defaultChatId } = await workspace();
    const { status, body } = await as('reader').post<TicketBody>(`/chat/${defaultChatId}/connection-string`);
    expect(status).toBe(201);
    expect(Object.keys(body).toSorted()).toEqual(['connectionString', 'expiresAt', 'messageKey', 'sessionExpiresAt']);
    expect(Buffer.from(body.messageKey, 'base64url')).toHaveLength(32);
    expect(Math.abs(life(body.expiresAt) - 60)).toBeLessThan(5);
    expect(Math.abs(life(body.sessionExpiresAt) - 3_600)).toBeLessThan(5);
    expect(service.logs.join('')).not.toContain(body.messageKey);
  });

  it('hand out connection strings for shorter sessions, not for longer ones', async () => {
    const path = `/chat/${(await workspace()).defaultChatId}/connection-string`;
    const lasts = async (sessionSeconds: number): Promise<number> =>
      life((await as('reader').post<TicketBody>(path, { sessionSeconds })).body.sessionExpiresAt);
    expect(Math.abs((await lasts(60)) - 60)).toBeLessThan(5);
    expect(Math.abs((await lasts(7_200)) - 3_600)).toBeLessThan(5);
    for (const sessionSeconds of [0, -1, 1.5, '60', 86_401, null]) {
      expect(await refusal(as('reader').post(path, { sessionSeconds }))).toBe('400 validation_failed');
    }
    expect(await refusal(as('reader').post(path, { minutes: 1 }))).toBe('400 validation_failed');
  });

  it('are gone once deleted, with their history', async () => {
    const { id: workspaceId } = await workspace();
    const { id } = await newChat(workspaceId);
    await as('member').post(`/chat/${id}/messages`, { message: 'mail ada@example.org' });
    expect((await as('admin').delete(`/chat/${id}`)).status).toBe(204);
    for (const call of [
      as('owner').get(`/chat/${id}`),
      as('owner').delete(`/chat/${id}`),
      as('owner').get(`/chat/${id}/messages`),
      as('owner').post(`/chat/${id}/messages`, { message: 'x' }),
      as('owner').post(`/chat/${id}/connection-string`),
      as('owner').post(`/v1/spaces/${workspaceId}/chat`, { message: 'x', chatId: id }),
    ]) {
      expect(await refusal(call)).toBe('404 chat_not_found');
    }
    expect((await as('owner').post(`/v1/spaces/${workspaceId}/chat`, { message: 'x' })).status).toBe(200);
  });

  it('end for a member in the moment of removal', async () => {
    const { id: workspaceId, defaultChatId } = await workspace();
    expect((await as('member').get(`/chat/${defaultChatId}`)).status).toBe(200);
    await as('owner').delete(`/workspaces/${workspaceId}/members/${users['member']?.id}`);
    expect(await refusal(as('member').get(`/chat/${defaultChatId}/messages`))).toBe('404 chat_not_found');
    expect(await refusal(as('member').post(`/chat/${defaultChatId}/messages`, { message: 'x' }))).toBe(
      '404 chat_not_found',
    );
    await as('owner').put(`/workspaces/${workspaceId}/members/${users['admin']?.id}`, { role: 'reader' });
    expect(await refusal(as('admin').post(`/chat/${defaultChatId}/messages`, { message: 'x' }))).toBe('403 forbidden');
  });
});

/** An answer without what differs between two calls anyway. */
function withoutRequest({ status, headers, body }: Answer<unknown>): unknown {
  const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status, headers: kept, body: { ...(body as ProblemBody), requestId: '' } };
}
