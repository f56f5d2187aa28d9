import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import {
  CONNECTION_AUDIENCE,
  CONNECTION_ISSUER,
  CONNECTION_TYPE,
  type ConnectionClaims,
  newJti,
  signConnectionString,
} from '../../src/auth/connection-string.js';
import { KeyRing } from '../../src/auth/key-ring.js';
import { messageString } from '../../src/auth/message-string.js';
import { Api, type MessageBody, type WorkspaceBody } from '../support/api.js';
import { ChatClient, type Ticket, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1_000);
const CONNECT_ERROR = '44/connect,';

describe('the handshake', () => {
  let service: TestApp;
  let admin: Api;
  let member: { id: string; api: Api; keyId: string };
  let workspace: WorkspaceBody;
  let chatId: string;

  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
    member = await admin.user('Mo');
    workspace = await admin.workspace();
    chatId = workspace.defaultChatId;
    await admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
  });
  afterAll(() => service.close());

  const secondChat = async (): Promise<string> =>
    (await admin.post<{ id: string }>('/chat', { workspaceId: workspace.id })).body.id;

  /** A string that the service itself could have made. */
  const sign = (change: Partial<ConnectionClaims> = {}): string =>
    signConnectionString(
      {
        iss: CONNECTION_ISSUER,
        aud: CONNECTION_AUDIENCE,
        sub: member.id,
        wsp: workspace.id,
        cht: chatId,
        scp: 'chat',
        jti: newJti(member.keyId),
        iat: now(),
        nbf: now(),
        exp: now() + 60,
        sxp: now() + 3_600,
        ...change,
      },
      service.app.get(KeyRing),
    );

  const dial = (auth: object, namespace = '/connect'): Socket =>
    io(`${service.url}${namespace}`, { transports: ['websocket'], reconnection: false, forceNew: true, auth });

  /** Connects in vain: resolves with the code, once the connection is closed as well. */
  async function refusal(auth: object, namespace?: string): Promise<string> {
    const socket = dial(auth, namespace);
    const events: string[] = [];
    socket.onAny((event: string) => events.push(event));
    const gone = new Promise<void>((resolve) =>
      socket.io.once('open', () => socket.io.engine.once('close', () => resolve())),
    );
    const error = await new Promise<Error & { data?: { code?: string } }>((resolve, reject) => {
      socket.once('connect_error', resolve);
      socket.once('connect', () => reject(new Error('connected')));
    });
    await gone;
    expect(events).toEqual([]);
    return error.data?.code ?? error.message;
  }

  it('lets in with a sound string, and says who and where one is', async () => {
    const client = await ChatClient.open(member.api, chatId);
    expect(client.session).toEqual({
      sessionId: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      chat: { id: chatId, workspaceId: workspace.id, title: 'Chat' },
      user: { id: member.id, displayName: 'Mo' },
      seq: 0,
      recovered: false,
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    client.close();
  });

  it('asks for both chat and string', async () => {
    for (const auth of [{}, { chatId }, { connectionString: sign() }]) {
      expect(await refusal(auth)).toBe('connection_string_missing');
    }
  });

  it('refuses what is no string, members that it does not know, and a sequence that cannot be', async () => {
    expect(await refusal({ chatId, connectionString: 7 })).toBe('connection_string_invalid');
    expect(await refusal({ chatId: [chatId], connectionString: sign() })).toBe('connection_string_invalid');
    expect(await refusal({ chatId, connectionString: sign(), admin: true })).toBe('malformed_payload');
    expect(await refusal({ chatId, connectionString: sign(), lastSeq: '1' })).toBe('malformed_payload');
    expect(await refusal({ chatId, connectionString: sign(), lastSeq: -1 })).toBe('validation_failed');
    expect(await refusal({ chatId, connectionString: sign(), rehydrate: 'yes' })).toBe('malformed_payload');
  });

  it('refuses every forgery', async () => {
    const [header = '', payload = '', mac = ''] = sign().split('.');
    const unsigned = encode(`{"alg":"none","typ":"${CONNECTION_TYPE}"}`);
    const foreign = createHmac('sha256', Buffer.alloc(32, 9)).update(`${header}.${payload}`).digest('base64url');
    const unknownKid = encode(`{"alg":"HS256","kid":"t9","typ":"${CONNECTION_TYPE}"}`);
    const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
    const forgeries = [
      'x',
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${payload}.${flipped}`,
      `${header}.${payload}.${foreign}`,
      `${unsigned}.${payload}.`,
      `${unsigned}.${payload}.${mac}`,
      `${unknownKid}.${payload}.${mac}`,
      `${header}.${payload}.${mac}=`,
      ` ${header}.${payload}.${mac}`,
      `${header}.${payload}.${mac}.${mac}`,
      sign({ jti: newJti(member.keyId) }).padEnd(3_000, 'A'),
    ];
    for (const connectionString of forgeries) {
      expect(await refusal({ chatId, connectionString })).toBe('connection_string_invalid');
    }
  });

  it('knows when a string begins and ends, with 30 seconds for clocks that differ', async () => {
    const expiredFor = (seconds: number): string => sign({ iat: now() - 100, nbf: now() - 100, exp: now() - seconds });
    expect(await refusal({ chatId, connectionString: expiredFor(31) })).toBe('connection_string_expired');
    const early = sign({ iat: now() + 40, nbf: now() + 40, exp: now() + 100 });
    expect(await refusal({ chatId, connectionString: early })).toBe('connection_string_invalid');
    const overslept = sign({ iat: now() - 40, nbf: now() - 40, exp: now() + 20, sxp: now() });
    expect(await refusal({ chatId, connectionString: overslept })).toBe('connection_string_expired');

    const ticket = { connectionString: expiredFor(20), messageKey: '' } as Ticket;
    (await ChatClient.open(member.api, chatId, {}, ticket)).close();
  });

  it('lives as long as CONNECTION_STRING_SECONDS says, a minute by default', async () => {
    const patient = await startTestApp({ CONNECTION_STRING_SECONDS: '200', SESSION_SECONDS: '900' }, service);
    try {
      for (const [url, string, session] of [
        [service.url, 60, 3_600],
        [patient.url, 200, 900],
      ] as const) {
        const { connectionString, expiresAt, sessionExpiresAt } = await ticketFor(new Api(url, member.api.key), chatId);
        expect(Math.abs(Date.parse(expiresAt) / 1_000 - now() - string)).toBeLessThanOrEqual(2);
        expect(Math.abs(Date.parse(sessionExpiresAt) / 1_000 - now() - session)).toBeLessThanOrEqual(2);
        const { exp, sxp } = JSON.parse(
          Buffer.from(connectionString.split('.')[1] ?? '', 'base64url').toString(),
        ) as ConnectionClaims;
        expect([exp, sxp]).toEqual([expiresAt, sessionExpiresAt].map((time) => Date.parse(time) / 1_000));
      }
    } finally {
      await patient.close();
    }
  });

  it('opens the one chat that the string was made for', async () => {
    const other = await secondChat();
    expect(await refusal({ chatId: other, connectionString: sign() })).toBe('connection_string_invalid');
    expect(await refusal({ chatId: chatId.toUpperCase(), connectionString: sign() })).toBe('connection_string_invalid');
    const foreign = await admin.workspace();
    expect(await refusal({ chatId, connectionString: sign({ wsp: foreign.id }) })).toBe('chat_not_found');
  });

  it('opens once, also for two that come at the same instant', async () => {
    const connectionString = sign();
    const codes = await Promise.all(
      Array.from({ length: 5 }, () =>
        ChatClient.open(member.api, chatId, {}, { connectionString, messageKey: '' } as Ticket).then(
          (client) => client.close(),
          (error: { data?: { code?: string } }) => error.data?.code,
        ),
      ),
    );
    expect(codes.filter((code) => code === 'connection_string_used')).toHaveLength(4);
    expect(await refusal({ chatId, connectionString })).toBe('connection_string_used');
  });

  it('uses a string up only when everything else was right', async () => {
    const connectionString = sign();
    expect(await refusal({ chatId, connectionString, rehydrate: true })).toBe('pii_access_required');
    (await ChatClient.open(member.api, chatId, {}, { connectionString, messageKey: '' } as Ticket)).close();
  });

  it('checks in the order that the contract names', async () => {
    const other = await secondChat();
    const expired = { iat: now() - 100, nbf: now() - 100, exp: now() - 40 };
    const broken = `${sign(expired).slice(0, -4)}AAAA`;
    expect(await refusal({ chatId, connectionString: broken })).toBe('connection_string_invalid');
    expect(await refusal({ chatId: other, connectionString: sign(expired) })).toBe('connection_string_expired');

    const { connectionString } = await ticketFor(admin, other);
    const again = await ChatClient.open(admin, other, {}, { connectionString, messageKey: '' } as Ticket);
    again.close();
    await admin.delete(`/v1/chat/${other}`);
    expect(await refusal({ chatId: other, connectionString })).toBe('chat_not_found');
  });

  it('refuses a chat or workspace that was deleted', async () => {
    const deleted = await secondChat();
    const forChat = await ticketFor(admin, deleted);
    await admin.delete(`/v1/chat/${deleted}`);
    expect(await refusal({ chatId: deleted, ...only(forChat) })).toBe('chat_not_found');

    const doomed = await admin.workspace();
    const forWorkspace = await ticketFor(admin, doomed.defaultChatId);
    await admin.delete(`/v1/workspaces/${doomed.id}`);
    expect(await refusal({ chatId: doomed.defaultChatId, ...only(forWorkspace) })).toBe('chat_not_found');
  });

  it('refuses a user who was removed, and a key that was revoked', async () => {
    const guestOfHonour = await admin.user('Ines');
    const membership = `/v1/workspaces/${workspace.id}/members/${guestOfHonour.id}`;
    await admin.put(membership, { role: 'member' });
    const removed = await ticketFor(guestOfHonour.api, chatId);
    await admin.delete(membership);
    expect(await refusal({ chatId, ...only(removed) })).toBe('access_revoked');

    await admin.put(membership, { role: 'member' });
    // The refusal has not used it up.
    (await ChatClient.open(guestOfHonour.api, chatId, {}, removed)).close();
    const revoked = await ticketFor(guestOfHonour.api, chatId);
    await admin.delete(`/v1/api-keys/${guestOfHonour.keyId}`);
    expect(await refusal({ chatId, ...only(revoked) })).toBe('access_revoked');

    const nobody = sign({ sub: '019aa000-0000-7000-8000-000000000000' });
    expect(await refusal({ chatId, connectionString: nobody })).toBe('access_revoked');
  });

  it('lets guests into public workspaces only', async () => {
    const guest = new Api(service.url);
    const open = await admin.workspace({ visibility: 'public' });
    const client = await ChatClient.open(guest, open.defaultChatId);
    expect(client.session?.user).toEqual({ id: '00000000-0000-0000-0000-000000000000', displayName: 'Guest' });
    expect((await client.send('hello from outside')).ok).toBe(true);
    client.close();

    const closed = await guest.post<{ code: string }>(`/v1/chat/${chatId}/connection-string`);
    expect([closed.status, closed.body.code]).toEqual([401, 'unauthenticated']);
    const ticket = await ticketFor(guest, open.defaultChatId);
    await admin.patch(`/v1/workspaces/${open.id}`, { visibility: 'private' });
    expect(await refusal({ chatId: open.defaultChatId, ...only(ticket) })).toBe('access_revoked');
  });

  it('serves nobody on other namespaces, and closes the connection there too', async () => {
    expect(await refusal({ chatId, connectionString: sign() }, '/')).toBe('namespace_not_served');
    expect(await refusal({ chatId, connectionString: sign() }, '/admin')).toBe('Invalid namespace');
    for (const packet of ['40', '40/,', '40{"a":1}', '40/connected,', '40/connect/,{}']) {
      const raw = await RawSocket.open(service.url);
      raw.send(packet);
      await raw.closed;
      expect(raw.packets.filter((text) => text.startsWith('44'))).toHaveLength(1);
    }
  });

  it('looks at one CONNECT of a connection, whatever follows', async () => {
    const guesses = Array.from({ length: 50 }, (_, n) => ({ chatId, connectionString: `guess${n}` }));
    const raw = await RawSocket.open(service.url);
    raw.send(...guesses.map((auth) => `40/connect,${JSON.stringify(auth)}`));
    await raw.closed;
    expect(raw.packets.filter((text) => text.startsWith(CONNECT_ERROR)).length).toBeLessThanOrEqual(1);

    const late = await RawSocket.open(service.url);
    late.knock({ chatId, connectionString: 'guess' });
    await late.until((text) => text.startsWith(CONNECT_ERROR));
    late.knock({ chatId, connectionString: sign() });
    await late.closed;
    expect(late.packets.some((text) => text.startsWith('40/connect'))).toBe(false);

    const greedy = await RawSocket.open(service.url);
    const two = [sign(), sign()].map(
      (connectionString) => `40/connect,${JSON.stringify({ chatId, connectionString })}`,
    );
    greedy.send(...two);
    await greedy.closed;
    expect(greedy.of('session')).toEqual([]);
  });

  it('closes the connection when the client leaves the namespace', async () => {
    const raw = await RawSocket.open(service.url);
    raw.knock({ chatId, connectionString: sign() });
    await raw.until((text) => text.includes('"session"'));
    raw.send('41/connect,');
    await raw.closed;
  });

  it('runs no handler for whoever is not let in', async () => {
    const { connectionString, messageKey } = await ticketFor(admin, chatId);
    const pieces = {
      sessionId: '',
      counter: 1,
      event: 'message:send',
      chatId,
      clientMessageId: 'early',
      message: 'early',
    };
    const payload = {
      message: 'early',
      clientMessageId: 'early',
      counter: 1,
      messageString: messageString(Buffer.from(messageKey, 'base64url'), pieces),
    };
    for (const auth of [
      { chatId, connectionString: 'forged' },
      { chatId, connectionString },
    ]) {
      const raw = await RawSocket.open(service.url);
      raw.send(`40/connect,${JSON.stringify(auth)}`, `42/connect,1${JSON.stringify(['message:send', payload])}`);
      await raw.closed;
      expect(raw.packets.filter((text) => text.startsWith('43'))).toEqual([]);
    }
    const history = await admin.get<{ items: MessageBody[] }>(`/v1/chat/${chatId}/messages`);
    expect(history.body.items.filter(({ text }) => text === 'early')).toEqual([]);
  });

  it('refuses a foreign origin for WebSocket and HTTP alike', async () => {
    const foreign = { Origin: 'https://evil.example' };
    await expect(RawSocket.open(service.url, foreign)).rejects.toThrow('400');
    await expect(RawSocket.open(service.url, { Origin: 'null' })).rejects.toThrow('400');
    expect((await admin.get('/v1/users/me', foreign)).status).toBe(403);
    const own = { Origin: service.url };
    (await RawSocket.open(service.url, own)).close();
    expect((await admin.get('/v1/users/me', own)).status).toBe(200);
    expect((await admin.get('/v1/users/me')).status).toBe(200);
  });

  it('serves no long polling unless configured', async () => {
    const open = '/socket.io/?EIO=4&transport=polling';
    expect((await admin.get(open)).status).toBe(400);
    const polling = await startTestApp({ SOCKET_TRANSPORTS: 'websocket,polling' });
    try {
      const { defaultChatId } = await polling.admin.workspace();
      const { connectionString } = await ticketFor(polling.admin, defaultChatId);
      const socket = io(`${polling.url}/connect`, {
        transports: ['polling'],
        forceNew: true,
        auth: { chatId: defaultChatId, connectionString },
      });
      const session = await new Promise((resolve) => socket.once('session', resolve));
      expect(session).toMatchObject({ chat: { id: defaultChatId } });
      expect((await polling.admin.get(open, { Origin: 'https://evil.example' })).status).toBe(403);
      socket.disconnect();
    } finally {
      await polling.close();
    }
  });
});

describe('what a connection may carry', () => {
  let service: TestApp;
  let chatId: string;
  beforeAll(async () => {
    service = await startTestApp();
    chatId = (await service.admin.workspace()).defaultChatId;
  });
  afterAll(() => service.close());

  async function openRaw(): Promise<{ raw: RawSocket; payload: object }> {
    const { connectionString, messageKey } = await ticketFor(service.admin, chatId);
    const raw = await RawSocket.open(service.url);
    raw.knock({ chatId, connectionString });
    await raw.until((text) => text.includes('"session"'));
    const [session] = raw.of<{ sessionId: string }>('session');
    const pieces = { counter: 1, event: 'message:send', chatId, clientMessageId: 'raw', message: 'by hand' };
    const signed = messageString(Buffer.from(messageKey, 'base64url'), {
      sessionId: session?.sessionId ?? '',
      ...pieces,
    });
    return { raw, payload: { message: 'by hand', clientMessageId: 'raw', counter: 1, messageString: signed } };
  }

  it('closes on a frame over 64 KiB with 1009, and takes one of exactly 64 KiB', async () => {
    const { raw } = await openRaw();
    const event = (bytes: number): string => {
      const empty = `42/connect,7${JSON.stringify(['history:get', { cursor: '' }])}`;
      return `42/connect,7${JSON.stringify(['history:get', { cursor: 'x'.repeat(bytes - empty.length) }])}`;
    };
    raw.send(event(65_536));
    expect(await raw.answer<{ error: { code: string } }>(7)).toMatchObject({ error: { code: 'invalid_cursor' } });
    raw.send(event(65_537));
    expect(await raw.closed).toBe(1009);
  });

  it('closes on binary frames and on events that announce them, and handles none', async () => {
    const history = async () =>
      (await service.admin.get<{ items: MessageBody[] }>(`/v1/chat/${chatId}/messages`)).body.items;
    const before = await history();
    const packets = ['450-/connect,1', '451-/connect,1', '460-/connect,1'];
    for (const head of packets) {
      const { raw, payload } = await openRaw();
      raw.send(`${head}${JSON.stringify(['message:send', payload])}`);
      await raw.closed;
    }
    const { raw } = await openRaw();
    raw.sendBinary(Buffer.from('4'));
    await raw.closed;
    expect(await history()).toEqual(before);
  });

  it('closes on packets that are none, and lives on', async () => {
    for (const packet of ['4x', '42/connect,{', '42/connect,["disconnect"]', '42/connect,[]', '9', '44/connect,{}']) {
      const { raw } = await openRaw();
      raw.send(packet);
      await raw.closed;
    }
    const { raw, payload } = await openRaw();
    raw.emit(1, 'message:send', payload);
    expect(await raw.answer(1)).toMatchObject({ ok: true });
    raw.close();
  });
});

/** What of a ticket goes into the handshake. */
const only = ({ connectionString }: Ticket): { connectionString: string } => ({ connectionString });
