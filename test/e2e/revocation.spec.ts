import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { Api, type MessageBody, refusal } from '../support/api.js';
import { ChatClient, ticketFor } from '../support/chat-client.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

const TOKEN_KEYS = `fresh:${Buffer.alloc(32, 7).toString('base64url')},${TEST_SECRETS.TOKEN_KEYS}`;
const REVOKED = { code: 'access_revoked', reconnect: false };
/** A new connection string, signed with another key, would do. */
const SIGNER_REVOKED = { code: 'access_revoked', reconnect: true };

describe('revocation', () => {
  let here: TestApp;
  let there: TestApp;
  let admin: Api;
  beforeAll(async () => {
    here = await startTestApp();
    there = await startTestApp({}, here);
    ({ admin } = here);
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  const member = async (settings = {}) => {
    const user = await admin.user('Mo');
    const workspace = await admin.workspace(settings);
    await admin.put(`/v1/workspaces/${workspace.id}/members/${user.id}`, { role: 'member' });
    return { ...user, workspace, chatId: workspace.defaultChatId, elsewhere: new Api(there.url, user.api.key) };
  };

  it('of a user ends their sockets on all nodes, their keys and memberships, and leaves what they wrote', async () => {
    const mo = await member();
    const sockets = [await ChatClient.open(mo.api, mo.chatId), await ChatClient.open(mo.elsewhere, mo.chatId)];
    expect((await sockets[0]?.send('I was here'))?.ok).toBe(true);
    const unused = await ticketFor(mo.api, mo.chatId);
    expect((await mo.elsewhere.get('/v1/users/me')).status).toBe(200);

    expect((await admin.delete(`/v1/users/${mo.id}`)).status).toBe(204);
    const removed = performance.now();
    for (const client of sockets) expect(await client.until('session:ended', 1)).toEqual([REVOKED]);
    expect(performance.now() - removed).toBeLessThan(5_000);
    expect(await refusal(mo.api.get('/v1/users/me'))).toBe('401 unauthenticated');
    await expect(ChatClient.open(mo.api, mo.chatId, {}, unused)).rejects.toMatchObject({
      data: { code: 'access_revoked' },
    });
    const { body } = await admin.get<{ items: { userId: string }[] }>(`/v1/workspaces/${mo.workspace.id}/members`);
    expect(body.items.map(({ userId }) => userId)).not.toContain(mo.id);
    const history = await admin.get<{ items: MessageBody[] }>(`/v1/chat/${mo.chatId}/messages`);
    expect(history.body.items.map(({ senderId, text }) => [senderId, text])).toEqual([[mo.id, 'I was here']]);
  });

  it('of a user holds in public workspaces too, where nobody needs to be a member', async () => {
    const mo = await member({ visibility: 'public' });
    await admin.delete(`/v1/workspaces/${mo.workspace.id}/members/${mo.id}`);
    const visitor = await ChatClient.open(mo.api, mo.chatId);
    await admin.delete(`/v1/users/${mo.id}`);
    expect(await visitor.until('session:ended', 1)).toEqual([REVOKED]);
  });

  it('of a user is for administrators, and not for oneself or the last owner of a workspace', async () => {
    const mo = await member();
    expect(await refusal(mo.api.delete(`/v1/users/${mo.id}`))).toBe('403 forbidden');
    const { id } = (await admin.get<{ id: string }>('/v1/users/me')).body;
    expect(await refusal(admin.delete(`/v1/users/${id}`))).toBe('409 conflict');
    expect(await refusal(admin.delete('/v1/users/019aa000-0000-7000-8000-000000000000'))).toBe('404 user_not_found');
    expect(await refusal(admin.delete('/v1/users/me'))).toBe('404 user_not_found');

    const own = await mo.api.workspace();
    expect(await refusal(admin.delete(`/v1/users/${mo.id}`))).toBe('409 conflict');
    expect((await mo.api.get('/v1/users/me')).status).toBe(200);
    await mo.api.put(`/v1/workspaces/${own.id}/members/${id}`, { role: 'owner' });
    expect((await admin.delete(`/v1/users/${mo.id}`)).status).toBe(204);
    expect(await refusal(admin.delete(`/v1/users/${mo.id}`))).toBe('404 user_not_found');
  });

  it('of a key holds for calls to the other node at once', async () => {
    const mo = await member();
    const client = await ChatClient.open(mo.elsewhere, mo.chatId);
    await admin.delete(`/v1/api-keys/${mo.keyId}`);
    expect(await client.until('session:ended', 1)).toEqual([REVOKED]);
    expect(await refusal(mo.elsewhere.get('/v1/users/me'))).toBe('401 unauthenticated');
  });

  it('is noticed where no hint of it comes', async () => {
    const [byKey, byUser] = [await member(), await member()];
    const sockets = await Promise.all(
      [byKey, byUser].map(({ elsewhere, chatId }) => ChatClient.open(elsewhere, chatId)),
    );
    const database = new Client({ connectionString: here.database.url });
    await database.connect();
    await database.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [byKey.keyId]);
    await database.query('DELETE FROM users WHERE id = $1', [byUser.id]);
    await database.end();
    const changed = performance.now();
    for (const client of sockets) expect(await client.until('session:ended', 1)).toEqual([REVOKED]);
    expect(performance.now() - changed).toBeLessThan(5_000);
  });

  it('that comes while a message waits for its commit holds for that message', async () => {
    const mo = await member();
    const client = await ChatClient.open(mo.api, mo.chatId);
    const database = new Client({ connectionString: here.database.url });
    await database.connect();
    await database.query('BEGIN');
    await database.query('SELECT 1 FROM chats WHERE id = $1 FOR UPDATE', [mo.chatId]);
    const late = mo.api.post<{ code?: string }>(`/v1/chat/${mo.chatId}/messages`, { message: 'too late' });
    await untilLocked(database);
    await admin.delete(`/v1/workspaces/${mo.workspace.id}/members/${mo.id}`);
    await database.query('COMMIT');
    await database.end();
    expect(await refusal(late)).toBe('403 forbidden');
    const history = await admin.get<{ items: MessageBody[] }>(`/v1/chat/${mo.chatId}/messages`);
    expect(history.body.items).toEqual([]);
    client.close();
  });
});

/** Waits until somebody waits for a row that this connection has locked. */
async function untilLocked(database: Client): Promise<void> {
  for (;;) {
    const { rows } = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rows.length > 0) return;
  }
}

describe('revocation of a key that signs connection strings', () => {
  let here: TestApp;
  let there: TestApp;
  let admin: Api;
  let elsewhere: Api;
  beforeAll(async () => {
    here = await startTestApp({ TOKEN_KEYS });
    there = await startTestApp({ TOKEN_KEYS }, here);
    ({ admin } = here);
    elsewhere = new Api(there.url, here.adminKey);
  });
  afterAll(async () => {
    await there.close();
    await here.close();
  });

  it('ends what it opened on all nodes, refuses its strings, and leaves the others alone', async () => {
    const { defaultChatId: chatId } = await admin.workspace();
    const [one, two] = [await ChatClient.open(admin, chatId), await ChatClient.open(elsewhere, chatId)];
    const unused = await ticketFor(admin, chatId);
    expect(kidOf(unused.connectionString)).toBe('fresh');

    expect(await refusal(admin.delete('/v1/token-keys/unknown'))).toBe('404 token_key_not_found');
    const mo = await admin.user('Mo');
    expect(await refusal(mo.api.delete('/v1/token-keys/fresh'))).toBe('403 forbidden');
    expect((await admin.delete('/v1/token-keys/fresh')).status).toBe(204);
    const revoked = performance.now();
    for (const client of [one, two]) expect(await client.until('session:ended', 1)).toEqual([SIGNER_REVOKED]);
    expect(performance.now() - revoked).toBeLessThan(5_000);
    for (const api of [admin, elsewhere]) {
      await expect(ChatClient.open(api, chatId, {}, unused)).rejects.toMatchObject({
        data: { code: 'connection_string_invalid' },
      });
      const ticket = await ticketFor(api, chatId);
      expect(kidOf(ticket.connectionString)).toBe('t1');
      const client = await ChatClient.open(api, chatId, {}, ticket);
      expect((await client.send('signed anew')).ok).toBe(true);
      client.close();
    }
    expect(await refusal(admin.delete('/v1/token-keys/fresh'))).toBe('404 token_key_not_found');
    expect(await refusal(admin.delete('/v1/token-keys/t1'))).toBe('409 conflict');

    const restarted = await startTestApp({ TOKEN_KEYS }, here);
    const again = new Api(restarted.url, here.adminKey);
    await expect(ChatClient.open(again, chatId, {}, unused)).rejects.toMatchObject({
      data: { code: 'connection_string_invalid' },
    });
    await restarted.close();
  });

  it('leaves a node without any good key answering, not ready, and sending nobody on', async () => {
    const { defaultChatId: chatId } = await admin.workspace();
    const bare = await startTestApp({ TOKEN_KEYS: TOKEN_KEYS.split(',')[0] ?? '' }, here);
    const onBare = new Api(bare.url, here.adminKey);
    const refused = await onBare.post(`/v1/chat/${chatId}/connection-string`);
    expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: 'no_signing_key' })]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refusal(onBare.get('/health/ready'))).toBe('503 no_signing_key');
    expect((await onBare.get(`/v1/chat/${chatId}/messages`)).status).toBe(200);
    expect((await admin.get('/health/ready')).status).toBe(200);
    await bare.close();
  });
});

const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
