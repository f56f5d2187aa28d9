import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { Cluster } from '../support/cluster.js';
import { PersistentReader, PersistentWriter } from '../support/persistent-clients.js';
import { RedisServer, whyNoRedis } from '../support/redis-server.js';

/** `npm run test:simulation` takes a minute; SIMULATION_SEED repeats the order of the faults. */
const SECONDS = Number(process.env['SIMULATION_SECONDS'] ?? 6);
const SEED = Number(process.env['SIMULATION_SEED'] ?? 5);
const NODES = 3;

jest.setTimeout((SECONDS + 150) * 1_000);
if (whyNoRedis !== undefined) console.warn(`simulation: without Redis, since ${whyNoRedis}`);

/** A small generator of numbers from 0 to 1 (mulberry32): the same seed, the same faults. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Readers and writers on all nodes of a chat; they change nodes whenever they have to connect again. */
class Traffic {
  readonly readers: PersistentReader[];
  readonly writers: PersistentWriter[];
  private readonly running: Promise<unknown>[];
  private turn = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly chatId: string,
    count: number,
  ) {
    const api = () => cluster.api((this.turn += 1));
    this.readers = Array.from({ length: count }, () => new PersistentReader(api, chatId));
    this.writers = Array.from({ length: count }, () => new PersistentWriter(api, chatId));
    this.running = [...this.readers.map((reader) => reader.follow()), ...this.writers.map((writer) => writer.write())];
    for (const work of this.running) work.catch(() => undefined);
  }

  /** Lets the writers come to an end, and holds what everybody was told against the table. */
  async settle(): Promise<{ messages: number; connections: number }> {
    for (const writer of this.writers) writer.stop();
    await Promise.all(this.running.slice(this.readers.length));
    for (const reader of this.readers) reader.stop();
    await Promise.all(this.running);
    await Promise.all(this.readers.map((reader) => reader.finish()));

    const database = new Client({ connectionString: this.cluster.database.url });
    await database.connect();
    const { rows } = await database.query<{ id: string; seq: string; client_message_id: string }>(
      'SELECT id, seq, client_message_id FROM messages WHERE chat_id = $1 ORDER BY seq',
      [this.chatId],
    );
    await database.end();
    const acked = new Map(this.writers.flatMap((writer) => [...writer.acked]));
    const gapless = Array.from({ length: rows.length }, (_, n) => n + 1);
    expect(rows.map(({ seq }) => Number(seq))).toEqual(gapless);
    expect(new Map(rows.map((row) => [row.client_message_id, row.id]))).toEqual(acked);
    expect(rows).toHaveLength(acked.size);
    for (const reader of this.readers) expect(reader.seqs).toEqual(gapless);
    const connections = [...this.readers, ...this.writers].reduce((sum, client) => sum + client.line.connections, 0);
    return { messages: rows.length, connections };
  }
}

describe('three processes over one database', () => {
  let cluster: Cluster;
  let redis: RedisServer | undefined;
  const start = async (): Promise<Traffic> => {
    redis = whyNoRedis === undefined ? await RedisServer.start() : undefined;
    cluster = await Cluster.start(NODES, redis && { REDIS_URL: redis.url });
    return new Traffic(cluster, (await cluster.api(0).workspace()).defaultChatId, NODES);
  };
  afterEach(async () => {
    await cluster.close();
    await redis?.close();
  });

  it('lose, double and reorder nothing while Redis, listeners and sockets come and go', async () => {
    const traffic = await start();
    const random = chance(SEED);
    const counts: Record<string, number> = {};
    const clients = [...traffic.readers, ...traffic.writers];
    const faults: Record<string, () => Promise<void> | void> = {
      drop: () => clients[Math.floor(random() * clients.length)]?.line.drop(),
      dropAll: () => clients.forEach((client) => client.line.drop()),
      cutListeners: () => cluster.cutListeners(),
      ...(redis && {
        freezeRedis: async () => {
          redis?.freeze();
          await delay(random() * 1_500);
          redis?.thaw();
        },
        killRedis: async () => {
          await redis?.kill();
          await delay(random() * 1_500);
          await redis?.run();
        },
      }),
    };
    const names = Object.keys(faults);
    const end = performance.now() + SECONDS * 1_000;
    while (performance.now() < end) {
      // Sockets drop more often than servers.
      const name = random() < 0.7 ? 'drop' : (names[Math.floor(random() * names.length)] ?? 'drop');
      counts[name] = (counts[name] ?? 0) + 1;
      await faults[name]?.();
      await delay(random() * 200);
    }
    const { messages, connections } = await traffic.settle();
    console.log('simulation', JSON.stringify({ seconds: SECONDS, seed: SEED, messages, connections, faults: counts }));
    expect(messages).toBeGreaterThan(0);
    expect(connections).toBeGreaterThan(clients.length);
  });

  it('lose nothing while they are restarted one after the other, each within 10 seconds', async () => {
    const traffic = await start();
    const ends: { code: number | null; ms: number }[] = [];
    for (let node = 0; node < NODES; node += 1) ends.push(await cluster.restart(node));
    const { connections } = await traffic.settle();
    for (const { code, ms } of ends) {
      expect(code).toBe(0);
      expect(ms).toBeLessThan(10_000);
    }
    expect(connections).toBeGreaterThan(2 * NODES);
    const codes = new Set(traffic.readers.flatMap((reader) => reader.ends));
    expect([...codes]).toEqual(['server_shutdown']);
  });
});
