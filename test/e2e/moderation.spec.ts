import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { GUEST_ID } from '../../src/auth/principal.js';
import { Api, type MessageBody, type PageBody, refusal, type WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Person {
  readonly id: string;
  readonly api: Api;
}
interface LogEntry {
  readonly action: string;
  readonly actorId: string;
  readonly userId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

let service: TestApp;
let owner: Person;
beforeAll(async () => {
  service = await startTestApp({ RATE_LIMIT_ADDRESS_FAILURES_PER_MINUTE: '1000' });
  owner = { api: service.admin, id: (await service.admin.get<{ id: string }>('/v1/users/me')).body.id };
});
afterAll(() => service.close());

/** A workspace of the owner with an admin and two members. */
async function staffed(settings: Readonly<Record<string, unknown>> = {}) {
  const workspace = await service.admin.workspace(settings);
  const [admin, ada, bob] = [
    await service.admin.user('Admin'),
    await service.admin.user('Ada'),
    await service.admin.user('Bob'),
  ];
  for (const [{ id }, role] of [[admin, 'admin'] as const, [ada, 'member'] as const, [bob, 'member'] as const]) {
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${id}`, { role });
  }
  return { workspace, admin, ada, bob, at: (rest: string) => `/v1/workspaces/${workspace.id}/${rest}` };
}

const soon = (milliseconds: number): string => new Date(Date.now() + milliseconds).toISOString();

const logOf = async ({ id }: WorkspaceBody): Promise<LogEntry[]> =>
  [...(await service.admin.get<PageBody<LogEntry>>(`/v1/workspaces/${id}/moderation`)).body.items].toReversed();

describe('a ban', () => {
  it('ends live sockets, hides the workspace, and is over by its time', async () => {
    const { workspace, admin, ada, at } = await staffed();
    const chat = `/v1/chat/${workspace.defaultChatId}`;
    const client = await ChatClient.open(ada.api, workspace.defaultChatId);
    const banned = await admin.api.put(at(`bans/${ada.id}`), {
      expiresAt: soon(4_000),
      reason: 'mail ada@example.org',
    });
    expect(banned.body).toMatchObject({ userId: ada.id, createdBy: admin.id, expiresAt: expect.any(String) });
    expect(await client.until('session:ended', 1)).toEqual([{ code: 'access_revoked', reconnect: false }]);
    const refusals = await Promise.all([
      refusal(ada.api.get(`${chat}/messages`)),
      refusal(ada.api.post(`${chat}/messages`, { message: 'x' })),
      refusal(ada.api.post(`${chat}/connection-string`)),
      refusal(ada.api.get(`/v1/workspaces/${workspace.id}`)),
    ]);
    expect(refusals).toEqual([
      '404 chat_not_found',
      '404 chat_not_found',
      '404 chat_not_found',
      '404 workspace_not_found',
    ]);
    expect((await ada.api.get<PageBody<unknown>>('/v1/workspaces')).body.items).toEqual([]);
    expect((await admin.api.get<PageBody<{ userId: string }>>(at('bans'))).body.items).toHaveLength(1);
    while ((await ada.api.get(`${chat}/messages`)).status !== 200);
    expect((await admin.api.get<PageBody<unknown>>(at('bans'))).body.items).toEqual([]);
    const log = await logOf(workspace);
    expect(log.at(-1)).toMatchObject({ action: 'ban', actorId: admin.id, userId: ada.id });
    expect(log.at(-1)?.details['reason']).toMatch(/^mail <EMAIL_ADDRESS/);
  });

  it('can be lifted, and both are on record', async () => {
    const { workspace, ada, at } = await staffed();
    await service.admin.put(at(`bans/${ada.id}`), {});
    expect((await ada.api.get(`/v1/workspaces/${workspace.id}`)).status).toBe(404);
    for (let n = 0; n < 2; n++) expect((await service.admin.delete(at(`bans/${ada.id}`))).status).toBe(204);
    expect((await ada.api.get(`/v1/workspaces/${workspace.id}`)).status).toBe(200);
    const about = { actorId: owner.id, userId: ada.id };
    expect((await logOf(workspace)).slice(-2)).toEqual([
      expect.objectContaining({ ...about, action: 'ban', details: { expiresAt: null } }),
      expect.objectContaining({ ...about, action: 'ban_lifted' }),
    ]);
  });

  it('is in the hands of owners and admins, and out of reach for those above', async () => {
    const { admin, ada, bob, at } = await staffed();
    const other = await service.admin.user('Other admin');
    await service.admin.put(at(`members/${other.id}`), { role: 'admin' });
    const ban = (by: Person, id: string, body: object = {}) => refusal(by.api.put(at(`bans/${id}`), body));
    expect(await ban(ada, bob.id)).toBe('403 forbidden');
    expect(await ban(admin, owner.id)).toBe('403 forbidden');
    expect(await ban(admin, other.id)).toBe('403 forbidden');
    expect(await ban(admin, admin.id)).toBe('403 forbidden');
    expect(await ban(owner, owner.id)).toBe('403 forbidden');
    expect(await ban(admin, '0198f2b3-51aa-7f10-8a3e-6c2d4e8f0a1b')).toBe('404 user_not_found');
    expect(await ban(admin, bob.id, { expiresAt: soon(-1_000) })).toBe('400 validation_failed');
    expect(await ban(owner, other.id)).toBe('200 undefined');
    for (const path of ['bans', 'mutes', 'moderation', 'invitations']) {
      expect(await refusal(ada.api.get(at(path)))).toBe('403 forbidden');
    }
  });
});

describe('a mute', () => {
  it('lets read and nothing else, over REST and the socket, until it is lifted', async () => {
    const { workspace, ada, admin, at } = await staffed();
    const chat = `/v1/chat/${workspace.defaultChatId}`;
    const client = await ChatClient.open(ada.api, workspace.defaultChatId);
    const mine = (await client.send('mine')).data as MessageBody;
    await admin.api.put(at(`mutes/${ada.id}`), { expiresAt: soon(600_000) });
    // Whatever the session still believes: the statement that writes looks for itself.
    expect((await client.send('muted')).error?.code).toBe('forbidden');
    const refused = await ada.api.post<{ reason?: string }>(`${chat}/messages`, { message: 'muted' });
    expect([refused.status, refused.body.reason]).toEqual([403, 'muted']);
    expect(await refusal(ada.api.put(`${chat}/typing`, { typing: true }))).toBe('403 forbidden');
    for (const change of [
      ada.api.patch(`${chat}/messages/${mine.id}`, { message: 'changed' }),
      ada.api.put(`${chat}/messages/${mine.id}/pin`, {}),
      ada.api.put(`${chat}/messages/${mine.id}/reactions/:tada:`, {}),
    ]) {
      expect(await refusal(change)).toBe('403 forbidden');
    }
    expect((await ada.api.get<PageBody<MessageBody>>(`${chat}/messages`)).body.items).toHaveLength(1);
    expect((await ada.api.delete(`${chat}/messages/${mine.id}`)).status).toBe(204);
    expect(client.socket.connected).toBe(true);
    await admin.api.delete(at(`mutes/${ada.id}`));
    expect((await ada.api.post(`${chat}/messages`, { message: 'again' })).status).toBe(201);
    client.close();
  });

  it('silences all guests together, as a ban keeps all of them out', async () => {
    const { workspace, at } = await staffed({ visibility: 'public' });
    const guest = new Api(service.url);
    const path = `/v1/spaces/${workspace.id}/chat`;
    await service.admin.put(at(`mutes/${GUEST_ID}`), {});
    expect(await refusal(guest.post(path, { message: 'hello' }))).toBe('403 forbidden');
    expect((await guest.get(path)).status).toBe(200);
    await service.admin.put(at(`bans/${GUEST_ID}`), {});
    expect(await refusal(guest.get(path))).toBe('401 unauthenticated');
  });
});

describe('the log of moderation', () => {
  it('tells who let in, promoted and removed whom, and who deleted what others said', async () => {
    const { workspace, admin, ada, at } = await staffed();
    const send = `/v1/chat/${workspace.defaultChatId}/messages`;
    const [first, second] = [
      (await ada.api.post<MessageBody>(send, { message: 'one' })).body,
      (await ada.api.post<MessageBody>(send, { message: 'two' })).body,
    ];
    await ada.api.delete(`${send}/${first.id}`);
    await admin.api.delete(`${send}/${second.id}`);
    await admin.api.put(at(`members/${ada.id}`), { role: 'reader' });
    await admin.api.delete(at(`members/${ada.id}`));
    const details = { chatId: workspace.defaultChatId, messageId: second.id };
    const about = { actorId: admin.id, userId: ada.id };
    expect((await logOf(workspace)).slice(3)).toEqual([
      expect.objectContaining({ ...about, action: 'message_deleted', details }),
      expect.objectContaining({ ...about, action: 'member_set', details: { role: 'reader' } }),
      expect.objectContaining({ ...about, action: 'member_removed' }),
    ]);
  });

  it('tells in all of their workspaces that a user was removed altogether, and by whom', async () => {
    const [one, two] = [await staffed(), await staffed()];
    await service.admin.put(two.at(`members/${one.ada.id}`), { role: 'reader' });
    expect((await service.admin.delete(`/v1/users/${one.ada.id}`)).status).toBe(204);
    const entry = { action: 'user_removed', actorId: owner.id, userId: one.ada.id, details: {} };
    for (const { workspace } of [one, two]) expect((await logOf(workspace)).at(-1)).toMatchObject(entry);
    const other = await staffed();
    expect((await logOf(other.workspace)).map(({ action }) => action)).not.toContain('user_removed');
  });

  it('is paged, and cannot be changed', async () => {
    const { workspace, at } = await staffed();
    const read = async (query: string) => (await service.admin.get<PageBody<LogEntry>>(at(`moderation?${query}`))).body;
    const first = await read('limit=2');
    const rest = await read(`limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest.items].toReversed()).toEqual(await logOf(workspace));
    expect(rest.nextCursor).toBeNull();
    const client = new Client({ connectionString: service.database.url });
    await client.connect();
    for (const change of [
      `UPDATE moderation_log SET action = 'x'`,
      'DELETE FROM moderation_log',
      'TRUNCATE moderation_log',
    ]) {
      await expect(client.query(change)).rejects.toMatchObject({ code: '42501' });
    }
    await client.end();
  });
});

describe('an invitation', () => {
  const invite = async (api: Api, workspace: WorkspaceBody, body: object) =>
    api.post<{ id: string; token: string }>(`/v1/workspaces/${workspace.id}/invitations`, body);
  const accept = (api: Api, token: string) => api.post<{ role: string }>('/v1/invitations/accept', { token });

  it('makes a member of a role that is no owner, shows its token once and stores a hash', async () => {
    const { workspace, admin, ada, at } = await staffed();
    const stranger = await service.admin.user('Stranger');
    const { status, body } = await invite(admin.api, workspace, { role: 'reader', maxUses: 2 });
    expect(status).toBe(201);
    expect(body.token).toMatch(/^cki_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$/);
    const joined = await accept(stranger.api, body.token);
    expect(joined.body).toMatchObject({
      workspaceId: workspace.id,
      userId: stranger.id,
      role: 'reader',
      piiAccess: false,
    });
    expect((await stranger.api.get(`/v1/workspaces/${workspace.id}`)).status).toBe(200);
    // Members stay what they are, and use nothing up.
    expect((await accept(ada.api, body.token)).body).toMatchObject({ role: 'member' });
    const listed = await admin.api.get<PageBody<object>>(at('invitations'));
    expect(listed.body.items).toEqual([expect.objectContaining({ id: body.id, uses: 1, maxUses: 2, role: 'reader' })]);
    expect(listed.text).not.toContain('cki_');
    for (const role of ['owner', 'king']) {
      expect(await refusal(invite(owner.api, workspace, { role }))).toBe('400 validation_failed');
    }
    expect(await refusal(invite(ada.api, workspace, { role: 'reader' }))).toBe('403 forbidden');
    const later = { role: 'reader', expiresAt: soon(31 * 86_400_000) };
    expect(await refusal(invite(admin.api, workspace, later))).toBe('400 validation_failed');
    const client = new Client({ connectionString: service.database.url });
    await client.connect();
    const { rows } = await client.query<{ row: string }>('SELECT row_to_json(i)::text AS row FROM invitations i');
    await client.end();
    expect(JSON.stringify(rows)).not.toContain(body.token.slice(16));
    expect(service.logs.join()).not.toContain(body.token.slice(16));
  });

  it('answers alike whether it is unknown, expired, revoked, used up, orphaned or for somebody banned', async () => {
    const { workspace, admin, bob, at } = await staffed();
    const [one, two] = [await service.admin.user('One'), await service.admin.user('Two')];
    const token = async (body: object = { role: 'member' }, by = owner.api) =>
      (await invite(by, workspace, body)).body.token;
    const known = await token();
    const expired = await token({ role: 'member', expiresAt: soon(300) });
    const revoked = await invite(owner.api, workspace, { role: 'member' });
    await owner.api.delete(at(`invitations/${revoked.body.id}`));
    const used = await token();
    expect((await accept(one.api, used)).status).toBe(200);
    const orphaned = await token({ role: 'admin' }, admin.api);
    await owner.api.put(at(`members/${admin.id}`), { role: 'member' });
    await owner.api.delete(at(`members/${bob.id}`));
    await owner.api.put(at(`bans/${bob.id}`), {});
    while ((await owner.api.get<PageBody<unknown>>(at('invitations'))).body.items.length > 2);

    const answers = await Promise.all([
      accept(two.api, `${known.slice(0, 16)}${used.slice(16)}`),
      accept(two.api, 'cki_00000000000_0000000000000000000000000000000000000000000000000'),
      accept(two.api, 'anything'),
      accept(two.api, expired),
      accept(two.api, revoked.body.token),
      accept(two.api, used),
      accept(two.api, orphaned),
      accept(bob.api, known),
    ]);
    const faces = answers.map(({ status, text }) => [status, text.replace(/"requestId":"[^"]*"/, '')].join(' '));
    expect(new Set(faces).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ code: 'invitation_invalid' });
    expect(await refusal(accept(new Api(service.url), known))).toBe('401 unauthenticated');
    expect((await accept(two.api, known)).status).toBe(200);
  });

  it('lets in as many as it is for, however many come at once', async () => {
    const { workspace } = await staffed();
    const people = await Promise.all(Array.from({ length: 6 }, (_, n) => service.admin.user(`Guest ${n}`)));
    const { body } = await invite(owner.api, workspace, { role: 'member', maxUses: 2 });
    const answers = await Promise.all(people.map(({ api }) => accept(api, body.token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
  });
});

describe('guessing invitations', () => {
  it('is limited like guessing keys', async () => {
    const strict = await startTestApp({ RATE_LIMIT_ADDRESS_FAILURES_PER_MINUTE: '3' });
    const guess = () => refusal(strict.admin.post('/v1/invitations/accept', { token: 'cki_guess' }));
    for (let n = 0; n < 3; n++) expect(await guess()).toBe('404 invitation_invalid');
    expect(await guess()).toBe('429 too_many_failures');
    await strict.close();
  });
});
