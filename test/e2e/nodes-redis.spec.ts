import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Api, type MessageBody, type ProblemBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { RedisServer, whyNoRedis } from '../support/redis-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { withAdministrator } from '../support/test-database.js';

jest.setTimeout(60_000);

if (whyNoRedis !== undefined) console.warn(`nodes-redis: skipped, since ${whyNoRedis}`);
const withRedis = whyNoRedis === undefined ? describe : describe.skip;

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

withRedis('two nodes with Redis', () => {
  let redis: RedisServer;
  let one: TestApp;
  let two: TestApp;
  let elsewhere: Api;
  beforeAll(async () => {
    redis = await RedisServer.start();
    const env = { REDIS_URL: redis.url, RATE_LIMIT_GUEST_PER_MINUTE: '20' };
    one = await startTestApp(env);
    two = await startTestApp(env, one);
    elsewhere = new Api(two.url, one.adminKey);
    await hintsAre('connected');
  });
  afterAll(async () => {
    await two.close();
    await one.close();
    await redis.close();
  });

  /** Waits until both nodes say so. */
  async function hintsAre(state: string): Promise<void> {
    for (const api of [one.admin, elsewhere]) {
      while ((await api.get<{ hints: string }>('/health/ready')).body.hints !== state);
    }
  }

  it('tell each other over Redis, and not over PostgreSQL, what each shows in the order of seq, once', async () => {
    const { defaultChatId } = await one.admin.workspace();
    const clients = [await ChatClient.open(one.admin, defaultChatId), await ChatClient.open(elsewhere, defaultChatId)];
    const acks = await Promise.all(oneTo(60).map(async (n) => clients[n % 2]?.send(`mail person${n}@example.org`)));
    expect(acks.filter((ack) => !ack?.ok)).toEqual([]);
    for (const client of clients) {
      const seen = await client.until<MessageBody>('message:created', 60);
      expect(seen.map(({ seq }) => seq)).toEqual(oneTo(60));
      client.close();
    }
    const { rows } = await withAdministrator((client) =>
      client.query(
        `SELECT 1 FROM pg_stat_activity WHERE application_name = 'cloakroom-notifications' AND datname = $1`,
        [one.database.url.split('/').at(-1)],
      ),
    );
    expect(rows).toEqual([]);
  });

  it('carry typing to the other node', async () => {
    const { defaultChatId } = await one.admin.workspace();
    const [here, there] = [
      await ChatClient.open(one.admin, defaultChatId),
      await ChatClient.open(elsewhere, defaultChatId),
    ];
    await here.emit('typing:set', { typing: true });
    expect(await there.until('typing', 1)).toMatchObject([{ chatId: defaultChatId, typing: true }]);
    here.close();
    there.close();
  });

  it('end the sessions of a member who was removed on the other one at once', async () => {
    const workspace = await one.admin.workspace();
    const member = await one.admin.user('Member');
    await one.admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
    const client = await ChatClient.open(new Api(two.url, member.api.key), workspace.defaultChatId);
    await one.admin.delete(`/v1/workspaces/${workspace.id}/members/${member.id}`);
    const removed = performance.now();
    expect(await client.until('session:ended', 1)).toEqual([{ code: 'access_revoked', reconnect: false }]);
    // Without the hint, the next look at the table would end it.
    expect(performance.now() - removed).toBeLessThan(1_000);
  });

  it('count a guest together', async () => {
    const { id } = await one.admin.workspace({ visibility: 'public' });
    const guests = [new Api(one.url), new Api(two.url)];
    const path = `/v1/spaces/${id}/chat`;
    const answers: (string | undefined)[] = [];
    for (const n of oneTo(30)) answers.push((await guests[n % 2]?.get<ProblemBody>(path))?.body.code);
    // A node hears that nothing is left with the answer to its own last charge: each may let one more through.
    expect(answers.filter((code) => code === undefined).length).toBeGreaterThanOrEqual(20);
    expect(answers.filter((code) => code === undefined).length).toBeLessThanOrEqual(22);
    expect(answers.at(-1)).toBe('rate_limited');
  });

  it.each(['killed', 'frozen'])(
    'go on from the table while Redis is %s, say so, and recover by themselves',
    async (how) => {
      const { defaultChatId } = await one.admin.workspace();
      const [here, there] = [
        await ChatClient.open(one.admin, defaultChatId),
        await ChatClient.open(elsewhere, defaultChatId),
      ];
      if (how === 'killed') await redis.kill();
      else redis.freeze();
      for (const n of oneTo(20)) {
        expect((await here.send(`m${n}`)).ok).toBe(true);
        await here.until('message:created', n);
      }
      await there.until('message:created', 20);
      await hintsAre('interrupted');
      const ready = await one.admin.get('/health/ready');
      expect([ready.status, ready.body]).toEqual([200, { status: 'degraded', hints: 'interrupted' }]);
      const member = await one.admin.user('Member');
      const workspace = await one.admin.workspace();
      const membership = `/v1/workspaces/${workspace.id}/members/${member.id}`;
      await one.admin.put(membership, { role: 'member' });
      const revoked = await ChatClient.open(new Api(two.url, member.api.key), workspace.defaultChatId);
      await one.admin.delete(membership);
      const removed = performance.now();
      expect(await revoked.until('session:ended', 1)).toEqual([{ code: 'access_revoked', reconnect: false }]);
      expect(performance.now() - removed).toBeLessThan(5_000);

      if (how === 'killed') await redis.run();
      else redis.thaw();
      await hintsAre('connected');
      await there.send('and back');
      for (const client of [here, there]) {
        const seen = await client.until<MessageBody>('message:created', 21);
        expect(seen.map(({ seq }) => seq)).toEqual(oneTo(21));
        client.close();
      }
    },
  );
});
