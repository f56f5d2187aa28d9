import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { createApiKey } from '../../src/auth/api-key.js';
import { SECURITY_LINES } from '../../src/logging/security-log.js';
import { Api } from '../support/api.js';
import { ChatClient, ticketFor } from '../support/chat-client.js';
import { rawCall } from '../support/raw-http.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Line = Readonly<Record<string, unknown>>;

const toldIn = (logs: readonly string[], line: keyof typeof SECURITY_LINES): Line[] =>
  logs
    .map((text) => JSON.parse(text) as Line)
    .filter(({ context, msg }) => context === 'SecurityLog' && msg === SECURITY_LINES[line]);

describe('the log of security', () => {
  let service: TestApp;
  let ada: { readonly id: string; readonly keyId: string; readonly api: Api };
  let chatId: string;
  let workspaceId: string;
  beforeAll(async () => {
    service = await startTestApp({ ALLOWED_ORIGINS: 'https://app.example' });
    ({ id: workspaceId, defaultChatId: chatId } = await service.admin.workspace());
  });
  afterAll(() => service.close());

  // Somebody new each time: what one has told already is counted, and told later.
  beforeEach(async () => {
    ada = await service.admin.user('Ada');
    await service.admin.put(`/v1/workspaces/${workspaceId}/members/${ada.id}`, { role: 'reader' });
    service.logs.length = 0;
  });

  const told = (line: keyof typeof SECURITY_LINES): Line[] => toldIn(service.logs, line);
  const adas = () => ({ userId: ada.id, keyId: ada.keyId });

  it('names the key that a call came with, once', async () => {
    const first = await ada.api.get('/v1/users/me');
    await ada.api.get('/v1/users/me');
    expect(told('accepted')).toEqual([
      expect.objectContaining({ credential: 'api_key', ...adas(), requestId: first.headers.get('x-request-id') }),
    ]);
  });

  it('tells of a credential that is none, and nothing of it', async () => {
    const { key } = createApiKey('test');
    const { headers } = await new Api(service.url, key).get('/v1/users/me');
    const [line] = told('unauthenticated');
    expect(line).toMatchObject({
      code: 'unauthenticated',
      method: 'GET',
      route: '/v1/users/me',
      requestId: headers.get('x-request-id'),
    });
    expect(line).not.toHaveProperty('userId');
    expect(service.logs.join()).not.toContain(key.slice(9));
  });

  it('tells whom a call was refused, and on which route', async () => {
    const other = await service.admin.workspace();
    const route = '/v1/chat/:chatId/messages';
    await ada.api.get(`/v1/chat/${other.defaultChatId}/messages`);
    await ada.api.post(`/v1/chat/${chatId}/messages`, { message: 'from a reader' });
    expect(told('unauthorized')).toEqual([
      expect.objectContaining({ code: 'chat_not_found', method: 'GET', route, ...adas() }),
      expect.objectContaining({ code: 'forbidden', method: 'POST', route, ...adas() }),
    ]);
    expect(service.logs.join()).not.toContain(other.defaultChatId);
  });

  it('tells of input that was refused, also before any route was found', async () => {
    await ada.api.post(`/v1/chat/${chatId}/messages`, { message: 5 });
    await ada.api.get('/v1/%');
    await rawCall(`${service.url}/v1/users/me`, 'GET', ['Origin', 'https://foreign.example']);
    expect(told('unsound')).toEqual([
      expect.objectContaining({ code: 'validation_failed', route: '/v1/chat/:chatId/messages', ...adas() }),
      expect.objectContaining({ code: 'validation_failed', route: 'none' }),
    ]);
    expect(told('unauthorized')).toEqual([
      expect.objectContaining({ code: 'origin_not_allowed', method: 'GET', route: '/v1/users/me' }),
    ]);
    expect(service.logs.join()).not.toContain('foreign.example');
  });

  it('tells who opened which session, and how it was ended', async () => {
    const client = await ChatClient.open(ada.api, chatId);
    const session = { sessionId: client.session?.sessionId, workspaceId, chatId, ...adas() };
    expect(told('opened')).toEqual([expect.objectContaining({ credential: 'connection_string', ...session })]);
    await service.admin.delete(`/v1/api-keys/${ada.keyId}`);
    await client.closed();
    expect(told('ended')).toEqual([expect.objectContaining({ code: 'access_revoked', ...session })]);
    expect(told('keyRevoked')).toEqual([expect.objectContaining({ keyId: ada.keyId })]);
  });

  it('tells of forged message strings and refused events', async () => {
    const client = await ChatClient.open(ada.api, chatId);
    await client.send('sound', {}, { message: 'another' });
    await client.emit('message:sent', {});
    await client.emit('presence:get', { of: 'everybody' });
    client.close();
    expect(told('unauthenticated')).toEqual([
      expect.objectContaining({ code: 'message_string_invalid', event: 'message:send', ...adas() }),
    ]);
    expect(told('unsound')).toEqual([
      expect.objectContaining({ code: 'unknown_event', event: 'unknown', ...adas() }),
      expect.objectContaining({ code: 'malformed_payload', event: 'presence:get', ...adas() }),
    ]);
  });

  it('tells of connections that were not let in', async () => {
    const ticket = await ticketFor(ada.api, chatId);
    (await ChatClient.open(ada.api, chatId, {}, ticket)).close();
    await expect(ChatClient.open(ada.api, chatId, {}, ticket)).rejects.toThrow();
    await expect(ChatClient.open(ada.api, chatId, { connectionString: 'x.y.z' })).rejects.toThrow();
    await connectError('/', {});
    await connectError('/connect', { Origin: 'https://foreign.example' });
    expect(told('unauthenticated')).toEqual([
      expect.objectContaining({ code: 'connection_string_used', event: 'connect' }),
      expect.objectContaining({ code: 'connection_string_invalid', event: 'connect' }),
    ]);
    expect(told('unauthorized')).toEqual([
      expect.objectContaining({ code: 'namespace_not_served', event: 'connect' }),
      expect.objectContaining({ code: 'origin_not_allowed', event: 'upgrade' }),
    ]);
    expect(service.logs.join()).not.toContain(ticket.connectionString);
  });

  it('names the keys that are made, and who made them', async () => {
    const { body } = await ada.api.post<{ id: string; key: string }>(`/v1/users/${ada.id}/api-keys`, { name: 'mine' });
    expect(told('keyMade')).toEqual([expect.objectContaining({ userId: ada.id, keyId: body.id })]);
    expect(service.logs.join()).not.toContain(body.key);
  });

  it('tells who asked for the end of sessions', async () => {
    const client = await ChatClient.open(ada.api, chatId);
    const sessionId = client.session?.sessionId;
    const { id: userId } = (await service.admin.get<{ id: string }>('/v1/users/me')).body;
    await service.admin.delete(`/v1/users/${ada.id}/sessions/${sessionId}`);
    await client.closed();
    await ada.api.delete(`/v1/users/${ada.id}/sessions`);
    expect(told('sessionEnded')).toEqual([expect.objectContaining({ userId, sessionId })]);
    expect(told('sessionsEnded')).toEqual([expect.objectContaining({ userId: ada.id })]);
    expect(told('ended')).toEqual([expect.objectContaining({ code: 'access_revoked', sessionId, ...adas() })]);
  });

  it('tells of no guest who was let in', async () => {
    const open = await service.admin.workspace({ visibility: 'public' });
    service.logs.length = 0;
    expect((await new Api(service.url).get(`/v1/chat/${open.defaultChatId}/messages`)).status).toBe(200);
    expect(service.logs.filter((line) => line.includes('SecurityLog'))).toEqual([]);
  });

  function connectError(namespace: string, extraHeaders: Readonly<Record<string, string>>): Promise<void> {
    const options = { transports: ['websocket'], reconnection: false, forceNew: true, extraHeaders };
    const socket = io(`${service.url}${namespace}`, options);
    return new Promise((resolve) => {
      socket.once('connect_error', () => {
        socket.close();
        resolve();
      });
    });
  }
});

// A service of its own, after or before the other: a guest who was refused here would be refused in every other test.
describe('the log of security, where there are few calls to have', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '20' });
  });
  afterAll(() => service.close());

  it('tells that a limit was exceeded', async () => {
    const { defaultChatId } = await service.admin.workspace();
    for (let call = 0; call < 25; call++) await new Api(service.url).get(`/v1/chat/${defaultChatId}/messages`);
    expect(toldIn(service.logs, 'excessive')).toEqual([
      expect.objectContaining({ code: 'rate_limited', method: 'GET' }),
    ]);
  });
});
