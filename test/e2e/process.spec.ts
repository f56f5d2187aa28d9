import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createApiKey } from '../../src/auth/api-key.js';
import { Api, type MessageBody, type ProblemBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import {
  newDataDir,
  removeDataDir,
  runProgram,
  type ServiceProcess,
  startServiceProcess,
} from '../support/service-process.js';
import { TEST_SECRETS } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase, withAdministrator } from '../support/test-database.js';

jest.setTimeout(120_000);

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const dataOf = (ack: AckBody): MessageBody => ack.data as MessageBody;

/** Every message of a chat, in the order of the history. */
async function historyOf(api: Api, chatId: string): Promise<MessageBody[]> {
  const all: MessageBody[] = [];
  for (;;) {
    const after = all.at(-1)?.seq ?? 0;
    const { body } = await api.get<{ items: MessageBody[] }>(`/v1/chat/${chatId}/messages?limit=200&after=${after}`);
    if (body.items.length === 0) return all;
    all.push(...body.items);
  }
}

/** Sends for as long as the connection lives; whatever was acked is kept. */
function startWriting(client: ChatClient, acked: Map<string, string>, tried: Map<string, string>): Promise<void> {
  const write = async (): Promise<void> => {
    for (let n = 0; client.socket.connected; n += 1) {
      const clientMessageId = randomUUID();
      const text = n % 3 ? `plain ${n}` : `mail ${clientMessageId.slice(0, 8)}@example.org`;
      tried.set(clientMessageId, text);
      const ack = await client.send(text, { clientMessageId }).catch(() => undefined);
      if (ack?.ok) acked.set(clientMessageId, dataOf(ack).id);
    }
  };
  return Promise.all(oneTo(4).map(write)).then(() => undefined);
}

describe('the process over an embedded database', () => {
  const directories: string[] = [];
  const services: ServiceProcess[] = [];
  const dataDir = (): string => {
    const directory = newDataDir();
    directories.push(directory);
    return directory;
  };
  const start = async (env: Readonly<Record<string, string>>): Promise<ServiceProcess> => {
    const service = await startServiceProcess(env);
    services.push(service);
    return service;
  };
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
    directories.splice(0).forEach(removeDataDir);
  });

  it('prints where the documents are, and the bootstrap key once; SIGTERM ends it with 0', async () => {
    const DATA_DIR = dataDir();
    const first = await start({ DATA_DIR });
    for (const path of ['/docs', '/docs/json', '/docs/asyncapi.json', '/health/ready']) {
      expect((await new Api(first.url).get(path)).status).toBe(200);
    }
    expect(first.printed()).toContain(`${first.url}/docs\n`);
    expect((await new Api(first.url, first.bootstrapKey).get('/v1/users/me')).status).toBe(200);
    expect(await first.stop()).toBe(0);

    const second = await start({ DATA_DIR });
    expect(second.printed()).not.toContain('ckr_');
    expect((await new Api(second.url, first.bootstrapKey).get('/v1/users/me')).status).toBe(200);
    expect(await second.stop()).toBe(0);
  });

  it('ends as well when its terminal is closed, and takes the database along', async () => {
    const DATA_DIR = dataDir();
    const service = await start({ DATA_DIR });
    const pidFile = join(DATA_DIR, 'postgres', 'postmaster.pid');
    expect(existsSync(pidFile)).toBe(true);
    process.kill(service.pid, 'SIGHUP');
    expect((await service.ended).code).toBe(0);
    expect(existsSync(pidFile)).toBe(false);
  });

  it('takes the key of BOOTSTRAP_API_KEY, and does not print it', async () => {
    const { key } = createApiKey('test');
    const service = await start({ DATA_DIR: dataDir(), BOOTSTRAP_API_KEY: key });
    expect((await new Api(service.url, key).get('/v1/users/me')).status).toBe(200);
    expect(service.printed()).not.toContain(key);
    expect(service.printed()).toContain('BOOTSTRAP_API_KEY');
  });

  it('killed in the middle of traffic, has every acked message once after the restart, without a gap', async () => {
    const DATA_DIR = dataDir();
    const first = await start({ DATA_DIR });
    const admin = new Api(first.url, first.bootstrapKey);
    const { defaultChatId: chatId } = await admin.workspace();
    const clients = await Promise.all(oneTo(3).map(() => ChatClient.open(admin, chatId)));
    const [acked, tried] = [new Map<string, string>(), new Map<string, string>()];
    const writing = clients.map((client) => startWriting(client, acked, tried));
    await clients[0]?.until('message:created', 100);
    await first.kill();
    await Promise.all(writing);

    const second = await start({ DATA_DIR });
    const again = new Api(second.url, first.bootstrapKey);
    const history = await historyOf(again, chatId);
    expect(history.map(({ seq }) => seq)).toEqual(oneTo(history.length));
    const ids = history.map(({ id }) => id);
    expect([...acked.values()].filter((id) => ids.filter((other) => other === id).length !== 1)).toEqual([]);

    // Whoever got no answer sends again under the same id.
    const client = await ChatClient.open(again, chatId);
    for (const [clientMessageId, text] of tried) {
      const ack = await client.send(text, { clientMessageId });
      expect(ack.ok).toBe(true);
      if (acked.has(clientMessageId)) expect(dataOf(ack).id).toBe(acked.get(clientMessageId));
    }
    client.close();
    const whole = await historyOf(again, chatId);
    expect(whole).toHaveLength(tried.size);
    expect(whole.map(({ seq }) => seq)).toEqual(oneTo(tried.size));
  });

  it('answers 503 and acks nothing that is lost when its database is killed, and lives on', async () => {
    const DATA_DIR = dataDir();
    const service = await start({ DATA_DIR });
    const admin = new Api(service.url, service.bootstrapKey);
    const { defaultChatId: chatId } = await admin.workspace();
    const client = await ChatClient.open(admin, chatId);
    const pidFile = join(DATA_DIR, 'postgres', 'postmaster.pid');
    expect(existsSync(pidFile)).toBe(true);
    const first = await client.send('before');
    const sends = oneTo(50).map((n) => client.send(`m${n}`));
    await Promise.race(sends);
    process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGKILL');
    const acks = [first, ...(await Promise.all(sends))];
    for (const _ of oneTo(3)) {
      const ack = await client.send('is anybody there?');
      expect(ack).toMatchObject({ ok: false, error: { code: 'unavailable', retryable: true } });
      const answer = await admin.post<ProblemBody>(`/v1/chat/${chatId}/messages`, { message: 'or here?' });
      expect([answer.status, answer.body.code]).toEqual([503, 'unavailable']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await admin.get('/health/live')).status).toBe(200);
    expect((await admin.get('/health/ready')).status).toBe(503);
    client.close();
    expect(await service.stop()).toBe(0);

    const again = await start({ DATA_DIR });
    const kept = (await historyOf(new Api(again.url, service.bootstrapKey), chatId)).map(({ id }) => id);
    for (const ack of acks) {
      if (ack.ok) expect(kept).toContain(dataOf(ack).id);
      else expect(ack.error?.code).toBe('unavailable');
    }
  });
});

describe('the process over a PostgreSQL of its own', () => {
  let database: TestDatabase;
  let env: Readonly<Record<string, string>>;
  const adminKey = createApiKey('test').key;
  const services: ServiceProcess[] = [];
  const start = async (more: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> => {
    const service = await startServiceProcess({ ...env, ...more });
    services.push(service);
    return service;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    env = { DATABASE_URL: database.url, DATABASE_POOL_SIZE: '5', BOOTSTRAP_API_KEY: adminKey, ...TEST_SECRETS };
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
  });
  afterAll(() => database.drop());

  it('starts twice at the same instant on an empty database, with one administrator', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    const users = await Promise.all(
      [one, two].map(({ url }) => new Api(url, adminKey).get<{ id: string }>('/v1/users/me')),
    );
    expect(users.map(({ status }) => status)).toEqual([200, 200]);
    expect(users[0]?.body.id).toBe(users[1]?.body.id);
  });

  it('recovers by itself when its connections are cut in mid traffic', async () => {
    const service = await start();
    const admin = new Api(service.url, adminKey);
    const { defaultChatId: chatId } = await admin.workspace();
    const clients = await Promise.all(oneTo(3).map(() => ChatClient.open(admin, chatId)));
    const [acked, tried] = [new Map<string, string>(), new Map<string, string>()];
    const reader = await ChatClient.open(admin, chatId);
    const writing = clients.map((client) => startWriting(client, acked, tried));
    for (const round of oneTo(5)) {
      await clients[0]?.until('message:created', 60 * round);
      await withAdministrator((client) =>
        client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          database.url.split('/').at(-1),
        ]),
      );
    }
    await clients[0]?.until('message:created', 360);
    for (const client of clients) client.close();
    await Promise.all(writing);
    // A message of its own, behind whatever was under way when the writers left.
    expect((await reader.send('the last')).ok).toBe(true);
    const history = await historyOf(admin, chatId);
    expect(history.map(({ seq }) => seq)).toEqual(oneTo(history.length));
    // Who stayed has everything, in order, although some commits were never answered.
    const seen = await reader.until<MessageBody>('message:created', history.length);
    expect(seen.map(({ id }) => id)).toEqual(history.map(({ id }) => id));
    reader.close();
    const ids = new Set(history.map(({ id }) => id));
    expect(ids.size).toBe(history.length);
    expect([...acked.values()].filter((id) => !ids.has(id))).toEqual([]);
    expect(new Set(acked.values()).size).toBe(acked.size);
  });

  it('SIGTERM in mid traffic answers what is under way, tells the clients and ends with 0 within 10 seconds', async () => {
    const service = await start();
    const admin = new Api(service.url, adminKey);
    const { defaultChatId: chatId } = await admin.workspace();
    const clients = await Promise.all(oneTo(3).map(() => ChatClient.open(admin, chatId)));
    const [acked, tried] = [new Map<string, string>(), new Map<string, string>()];
    const writing = clients.map((client) => startWriting(client, acked, tried));
    // One that neither reads nor says goodbye must not keep the others waiting.
    const stalled = await RawSocket.open(service.url);
    const { connectionString } = await ticketFor(admin, chatId);
    stalled.knock({ chatId, connectionString });
    await stalled.until((packet) => packet.includes('"session"'));
    stalled.stopReading();
    await clients[0]?.until('message:created', 50);
    const asked = performance.now();
    expect(await service.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
    stalled.close();
    await Promise.all(writing);
    for (const client of clients) {
      expect(client.of('session:ended')).toEqual([{ code: 'server_shutdown', reconnect: true }]);
    }
    const next = await start();
    const history = await historyOf(new Api(next.url, adminKey), chatId);
    expect(history.map(({ id }) => id).filter((id) => ![...acked.values()].includes(id))).toEqual([]);
    expect(history).toHaveLength(acked.size);
  });

  it('lets no debugger in, in production: neither at its start nor by a signal', async () => {
    // Any port: the debugger of another process may be at the usual one.
    const NODE_OPTIONS = '--inspect-port=127.0.0.1:0';
    const random = () => randomBytes(32).toString('base64url');
    const production = {
      NODE_ENV: 'production',
      API_KEY_SECRET: random(),
      TOKEN_KEYS: `t1:${random()}`,
      MASTER_KEYS: `m1:${random()}`,
    };
    // Each with a database of its own, since what one secret made is nothing to another.
    const own = await createTestDatabase();
    const [closed, open] = await Promise.all([
      start({ ...production, NODE_OPTIONS, DATABASE_URL: own.url }),
      start({ NODE_OPTIONS }),
    ]);
    process.kill(closed.pid, 'SIGUSR1');
    process.kill(open.pid, 'SIGUSR1');
    const health = (service: ServiceProcess) => new Api(service.url).get('/health/live');
    const deadline = performance.now() + 30_000;
    while (!open.printed().includes('Debugger listening') && performance.now() < deadline) await health(open);
    expect(open.printed()).toContain('Debugger listening');
    expect((await health(closed)).status).toBe(200);
    expect(closed.printed()).not.toContain('Debugger');

    const started = await runProgram('src/main.ts', {
      ...env,
      ...production,
      NODE_OPTIONS: '--inspect=127.0.0.1:0',
    });
    expect(started.code).toBe(1);
    expect(started.stderr).toMatch(/^NODE_OPTIONS must not open a debugger in production$/m);
    await closed.stop();
    await own.drop();
  });

  describe('two processes', () => {
    let pair: ServiceProcess[];
    let one: Api;
    let two: Api;
    let chatId: string;
    beforeAll(async () => {
      pair = await Promise.all([startServiceProcess(env), startServiceProcess(env)]);
      [one, two] = pair.map(({ url }) => new Api(url, adminKey)) as [Api, Api];
      chatId = (await one.workspace()).defaultChatId;
    });
    afterAll(() => Promise.all(pair.map((service) => service.stop())));

    it('honour a connection string of the other, once between them', async () => {
      const ticket = await ticketFor(one, chatId);
      const opened = await Promise.allSettled([
        ChatClient.open(two, chatId, {}, ticket),
        ChatClient.open(one, chatId, {}, ticket),
      ]);
      const refused = opened.flatMap((result) => (result.status === 'rejected' ? [result.reason as object] : []));
      expect(refused).toMatchObject([{ data: { code: 'connection_string_used' } }]);
      for (const result of opened) if (result.status === 'fulfilled') result.value.close();
      const across = await ChatClient.open(two, chatId, {}, await ticketFor(one, chatId));
      expect((await across.send('signed with the key from the other')).ok).toBe(true);
      across.close();
    });

    it('write one message for one clientMessageId, and number without a gap or a deadlock', async () => {
      const chats = [(await one.workspace()).defaultChatId, (await two.workspace()).defaultChatId];
      const clients = await Promise.all([one, two].flatMap((api) => chats.map((chat) => ChatClient.open(api, chat))));
      const ids = oneTo(150).map((n) => `same-${n}`);
      const acks = await Promise.all(
        clients.map((client) =>
          Promise.all(
            ids.map((clientMessageId, n) =>
              client.send(n % 5 ? `m${n}` : `m${n} p${n}@example.org`, { clientMessageId }),
            ),
          ),
        ),
      );
      expect(acks.flat().filter(({ ok }) => !ok)).toEqual([]);
      for (const [index, chat] of chats.entries()) {
        const [mine, theirs] = [acks[index] ?? [], acks[index + 2] ?? []];
        expect(mine.map((ack) => dataOf(ack).id)).toEqual(theirs.map((ack) => dataOf(ack).id));
        const history = await historyOf(two, chat);
        expect(history.map(({ seq }) => seq)).toEqual(oneTo(150));
        const values = history.flatMap(({ positions }) => positions.map(({ placeholder }) => placeholder));
        expect(new Set(values).size).toBe(30);
      }
      for (const client of clients) client.close();
    });

    it('end what the other has revoked within five seconds', async () => {
      const user = await one.user('Mo');
      const workspace = await one.workspace();
      await one.put(`/v1/workspaces/${workspace.id}/members/${user.id}`, { role: 'member' });
      const client = await ChatClient.open(new Api(two.url, user.api.key), workspace.defaultChatId);
      const closed = client.closed();
      await one.delete(`/v1/api-keys/${user.keyId}`);
      const revoked = performance.now();
      await closed;
      expect(performance.now() - revoked).toBeLessThan(5_000);
      expect(client.of('session:ended')).toEqual([{ code: 'access_revoked', reconnect: false }]);
    });
  });
});

describe('a process that cannot start', () => {
  it.each([
    [{ NODE_ENV: 'production' }, /^DATABASE_URL .+$/],
    [
      { NODE_ENV: 'production', DATABASE_URL: 'postgres://x@localhost/x' },
      /^(API_KEY_SECRET|TOKEN_KEYS|MASTER_KEYS) .+$/,
    ],
    [{ PORT: 'http' }, /^PORT .+$/],
    [{ SOCKET_TRANSPORTS: 'carrier-pigeon' }, /^SOCKET_TRANSPORTS .+$/],
  ])('says in one line which setting is wrong, as checkconfig does: %j', async (env, line) => {
    const settings = env as unknown as Readonly<Record<string, string>>;
    const [started, checked] = [
      await runProgram('src/main.ts', settings),
      await runProgram('src/config/checkconfig.ts', settings),
    ];
    for (const { code, stdout, stderr } of [started, checked]) {
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr.trimEnd()).toMatch(line);
    }
    expect(started.stderr).toBe(checked.stderr);
  });

  it('says in one line that its port is taken, and keeps the bootstrap key for the next start', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    const DATA_DIR = newDataDir();
    try {
      const { code, stdout, stderr } = await runProgram('src/main.ts', { DATA_DIR, PORT: String(port) });
      expect(code).toBe(1);
      expect(stderr.trimEnd()).toMatch(/^.*EADDRINUSE.*$/);
      expect(stdout).not.toContain('ckr_');
      await new Promise((resolve) => blocker.close(resolve));
      const service = await startServiceProcess({ DATA_DIR });
      expect((await new Api(service.url, service.bootstrapKey).get('/v1/users/me')).status).toBe(200);
      await service.stop();
    } finally {
      blocker.close();
      removeDataDir(DATA_DIR);
    }
  });
});
