import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Sessions } from '../../src/chat/socket/sessions.js';
import { Api, type ProblemBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const codeOf = ({ error }: AckBody): string | undefined => error?.code;

/** Code and seconds of a refused handshake; undefined when it was let in. */
async function knock(api: Api, chatId: string, auth = {}): Promise<{ code: string; retryAfter?: number } | undefined> {
  try {
    (await ChatClient.open(api, chatId, auth)).close();
    return undefined;
  } catch (error) {
    return (error as { data: { code: string; retryAfter?: number } }).data;
  }
}

describe('flow control', () => {
  let service: TestApp;
  const start = async (env: Readonly<Record<string, string>>): Promise<{ admin: Api; chatId: string }> => {
    service = await startTestApp(env);
    return { admin: service.admin, chatId: (await service.admin.workspace()).defaultChatId };
  };
  afterEach(() => service.close());

  it('ends a session that goes on for seconds in spite of refusals', async () => {
    const { admin, chatId } = await start({ RATE_LIMIT_SOCKET_PER_SECOND: '5', RATE_LIMIT_SOCKET_BURST: '5' });
    const [flood, calm] = [await ChatClient.open(admin, chatId), await ChatClient.open(admin, chatId)];
    const began = performance.now();
    const codes = new Set<string | undefined>();
    while (flood.socket.connected) {
      const acks = oneTo(20).map(() => flood.emit('typing:set', { typing: true }).catch(() => undefined));
      for (const ack of await Promise.race([Promise.all(acks), flood.closed().then(() => [])])) {
        if (ack) codes.add(codeOf(ack));
      }
    }
    expect(flood.of('session:ended')).toEqual([{ code: 'rate_limited', reconnect: true }]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(2_000);
    expect(codes).toEqual(new Set(['rate_limited', undefined]));
    expect((await calm.send('I waited')).ok).toBe(true);
    calm.close();
  });

  it('counts the bytes of a socket', async () => {
    const { admin, chatId } = await start({ RATE_LIMIT_SOCKET_KIB_PER_SECOND: '64' });
    const client = await ChatClient.open(admin, chatId);
    const text = 'x'.repeat(30_000);
    const acks = await Promise.all(oneTo(30).map(() => client.send(text, { autoPiiMapping: 'false' })));
    expect(acks.slice(0, 4).map(codeOf)).toEqual([undefined, undefined, undefined, undefined]);
    const refused = acks.find(({ ok }) => !ok);
    expect(refused).toMatchObject({ ok: false, error: { code: 'byte_rate_limited', retryable: true, retryAfter: 1 } });
    client.close();
  });

  it('counts the bytes and the calls of a user over REST and all sockets', async () => {
    const { admin, chatId } = await start({
      RATE_LIMIT_USER_KIB_PER_MINUTE: '100',
      RATE_LIMIT_USER_PER_MINUTE: '20',
      TRUST_PROXY_HOPS: '1',
    });
    const member = await admin.user('Mo');
    const { defaultChatId } = await member.api.workspace();
    const [one, two] = [
      await ChatClient.open(member.api, defaultChatId),
      await ChatClient.open(member.api, defaultChatId),
    ];
    const text = 'x'.repeat(30_000);
    for (const client of [one, two]) expect((await client.send(text, { autoPiiMapping: 'false' })).ok).toBe(true);
    const path = `/v1/chat/${defaultChatId}/messages`;
    const post = async () =>
      (await member.api.post<ProblemBody>(path, { message: text, pii: { auto: 'false' } })).body.code;
    // The one that exceeds the limit still passes: what it costs is charged while it runs.
    expect([await post(), await post(), await post()]).toEqual([undefined, undefined, 'byte_rate_limited']);
    expect(codeOf(await one.send('short', {}))).toBe('byte_rate_limited');
    expect((await ChatClient.open(admin, chatId)).socket.connected).toBe(true);

    const other = await admin.user('Ada');
    const third = await ChatClient.open(other.api, (await other.api.workspace()).defaultChatId);
    const events: AckBody[] = [];
    for (const _ of oneTo(30)) events.push(await third.emit('typing:set', { typing: true }));
    const taken = events.filter(({ ok }) => ok).length;
    // The calls that made the workspace and the session are among the twenty.
    expect(taken).toBeGreaterThan(10);
    expect(taken).toBeLessThan(20);
    expect(events.at(-1)).toMatchObject({ ok: false, error: { code: 'rate_limited' } });
    const refused = await other.api.get<ProblemBody & { retryAfter: number }>('/v1/users/me');
    expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
    expect(refused.body.retryAfter).toBeGreaterThan(0);
    for (const client of [one, two, third]) client.close();
  });

  it('bounds how often a user and an address connect', async () => {
    const { admin, chatId } = await start({
      RATE_LIMIT_USER_CONNECTS_PER_MINUTE: '3',
      RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE: '6',
    });
    const client = await ChatClient.open(admin, chatId);
    expect((await client.switchTo(chatId, await ticketFor(admin, chatId))).ok).toBe(true);
    expect(
      (await client.emit('session:renew', { connectionString: (await ticketFor(admin, chatId)).connectionString })).ok,
    ).toBe(true);
    const ticket = await ticketFor(admin, chatId);
    expect(codeOf(await client.switchTo(chatId, ticket))).toBe('connect_rate_limited');
    const refused = await knock(admin, chatId);
    expect(refused).toMatchObject({ code: 'connect_rate_limited' });
    expect(refused?.retryAfter).toBeGreaterThan(0);
    client.close();

    const member = await admin.user('Mo');
    const { defaultChatId } = await member.api.workspace();
    const codes: (string | undefined)[] = [];
    for (const _ of oneTo(5)) codes.push((await knock(member.api, defaultChatId))?.code);
    // Two of the six of this address were the administrator's.
    expect(codes).toEqual([undefined, undefined, undefined, 'connect_rate_limited', 'connect_rate_limited']);
  });

  it('bounds connections that ask for no chat, of an IPv6 network together', async () => {
    const { admin } = await start({ RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE: '2', TRUST_PROXY_HOPS: '1' });
    const connect = async (address: string) => RawSocket.open(service.url, { 'X-Forwarded-For': address });
    const opened: RawSocket[] = [];
    for (const n of oneTo(4)) opened.push(await connect(`2001:db8:0:1::${n}`));
    await expect(connect('2001:db8:0:1:ffff::5')).rejects.toThrow(/^4\d\d$/);
    opened.push(await connect('2001:db8:0:2::1'));
    expect((await admin.get('/v1/users/me', { 'X-Forwarded-For': '2001:db8:0:1::1' })).status).toBe(200);
    for (const raw of opened) raw.close();
  });

  it('counts the handshakes of an IPv6 network together', async () => {
    const { admin, chatId } = await start({ RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE: '2', TRUST_PROXY_HOPS: '1' });
    const answers: string[] = [];
    for (const n of oneTo(3)) {
      const raw = await RawSocket.open(service.url, { 'X-Forwarded-For': `2001:db8:0:1::${n}` });
      raw.knock({ chatId, connectionString: (await ticketFor(admin, chatId)).connectionString });
      answers.push(await raw.until((text) => text.startsWith('44/connect') || text.includes('"session"')));
      raw.close();
    }
    expect(answers.slice(0, 2).filter((answer) => answer.includes('"session"'))).toHaveLength(2);
    expect(codeIn(answers[2] ?? '')).toBe('connect_rate_limited');
  });

  it('leaves the connection string of a refused handshake unused', async () => {
    const { admin, chatId } = await start({ MAX_SOCKETS_PER_USER: '1' });
    const first = await ChatClient.open(admin, chatId);
    const ticket = await ticketFor(admin, chatId);
    await expect(ChatClient.open(admin, chatId, {}, ticket)).rejects.toMatchObject({
      data: { code: 'too_many_sockets' },
    });
    first.close();
    await untilQuotaIsFree(() => ChatClient.open(admin, chatId, {}, ticket));
  });

  it('lets a user have so many sockets open, also when they come at once, and guests fewer for each address', async () => {
    const { admin, chatId } = await start({ MAX_SOCKETS_PER_USER: '5', MAX_SOCKETS_PER_GUEST: '2' });
    const opened = await Promise.allSettled(oneTo(8).map(() => ChatClient.open(admin, chatId)));
    const refused = opened.flatMap((result) => (result.status === 'rejected' ? [result.reason as object] : []));
    expect(refused).toHaveLength(3);
    for (const reason of refused) expect(reason).toMatchObject({ data: { code: 'too_many_sockets' } });

    const { defaultChatId } = await admin.workspace({ visibility: 'public' });
    const guest = new Api(service.url);
    const guests = [await ChatClient.open(guest, defaultChatId), await ChatClient.open(guest, defaultChatId)];
    expect((await knock(guest, defaultChatId))?.code).toBe('too_many_sockets');
    guests[0]?.close();
    await untilQuotaIsFree(() => ChatClient.open(guest, defaultChatId));
  });

  it('does not hear an address that sent too many wrong credentials, over REST or the socket, and hears others', async () => {
    const { admin, chatId } = await start({ RATE_LIMIT_ADDRESS_FAILURES_PER_MINUTE: '4', TRUST_PROXY_HOPS: '1' });
    const from = (address: string) => ({ 'X-Forwarded-For': address });
    const wrong = { 'X-API-Key': `${service.adminKey.slice(0, -1)}!` };
    const codes: string[] = [];
    for (const _ of oneTo(2)) {
      codes.push(
        (await new Api(service.url).get<ProblemBody>('/v1/users/me', { ...from('192.0.2.1'), ...wrong })).body.code,
      );
    }
    for (const guess of ['guess', '']) {
      const raw = await RawSocket.open(service.url, from('192.0.2.1'));
      raw.knock({ chatId, connectionString: guess });
      codes.push(codeIn(await raw.until((text) => text.startsWith('44/connect'))));
    }
    expect(codes).toEqual([
      'unauthenticated',
      'unauthenticated',
      'connection_string_invalid',
      'connection_string_missing',
    ]);

    const right = await admin.get<ProblemBody>('/v1/users/me', from('192.0.2.1'));
    expect([right.status, right.body.code]).toEqual([429, 'too_many_failures']);
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
    const { connectionString } = await ticketFor(admin, chatId);
    const late = await RawSocket.open(service.url, from('192.0.2.1'));
    late.knock({ chatId, connectionString });
    expect(codeIn(await late.until((text) => text.startsWith('44/connect')))).toBe('too_many_failures');

    expect((await admin.get('/v1/users/me', from('192.0.2.2'))).status).toBe(200);
    const elsewhere = await RawSocket.open(service.url, from('192.0.2.2'));
    elsewhere.knock({ chatId, connectionString });
    await elsewhere.until((text) => text.includes('"session"'));
    elsewhere.close();
  });

  it('tells a client that reads too slowly why it goes, after throwing away what waited', async () => {
    const { admin, chatId } = await start({});
    const writer = await ChatClient.open(admin, chatId);
    const { connectionString } = await ticketFor(admin, chatId);
    const slow = await RawSocket.open(service.url);
    slow.knock({ chatId, connectionString });
    await slow.until((text) => text.includes('"session"'));
    slow.stopReading();
    const sessions = service.app.get(Sessions, { strict: false });
    const text = 'x'.repeat(30_000);
    let sent = 0;
    while (sessions.live.size > 1) {
      await Promise.all(oneTo(10).map(() => writer.send(text, { autoPiiMapping: 'false' })));
      sent += 10;
    }
    slow.resumeReading();
    await slow.closed;
    expect(slow.of('session:ended')).toEqual([{ code: 'slow_consumer', reconnect: true }]);
    const heard = slow.of<{ seq: number }>('message:created').map(({ seq }) => seq);
    expect(heard).toEqual(oneTo(heard.length));
    expect(heard.length).toBeLessThan(sent);
    writer.close();
  });
});

const codeIn = (packet: string): string =>
  (JSON.parse(packet.slice(packet.indexOf('{'))) as { data: { code: string } }).data.code;

/** A place is free a moment after its socket was closed: the server has to hear of that first. */
async function untilQuotaIsFree(open: () => Promise<ChatClient>): Promise<void> {
  for (;;) {
    try {
      (await open()).close();
      return;
    } catch (error) {
      expect(error).toMatchObject({ data: { code: 'too_many_sockets' } });
    }
  }
}
