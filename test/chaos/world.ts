import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createApiKey } from '../../src/auth/api-key.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { isAlive } from '../../src/database/postmaster.js';
import type { Collector } from '../support/collector.js';
import { RedisServer, whyNoRedis } from '../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import type { Ledger } from './ledger.js';
import { TcpProxy } from './tcp-proxy.js';

/** How often a node may fail to start, for want of a database, before that is a fault of its own. */
const STARTS = 60;
/** Looks, 20 ms apart, whether a process that got SIGKILL is gone. */
const PATIENCE = 1_500;
/** USER_HZ of Linux, in which /proc counts. */
const TICKS_PER_SECOND = 100;
const SECRETS = {
  API_KEY_SECRET: Buffer.alloc(32, 1).toString('base64url'),
  TOKEN_KEYS: `t1:${Buffer.alloc(32, 2).toString('base64url')}`,
  MASTER_KEYS: `m1:${Buffer.alloc(32, 3).toString('base64url')}`,
};

/** One server process at a time, behind a proxy whose address stays. */
export class Node {
  private process: ServiceProcess | undefined;
  private expected = false;
  /** A start that nobody asked for, after a process that ended by itself; a kill waits for it, or there would be two. */
  private returning: Promise<void> = Promise.resolve();
  stopped = false;

  constructor(
    readonly name: string,
    readonly proxy: TcpProxy,
    private readonly env: Readonly<Record<string, string>>,
    private readonly ledger: Ledger,
    private readonly logFile: string,
  ) {}

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get url(): string {
    return this.proxy.url;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const started = await startServiceProcess(this.env);
        this.process = started;
        this.proxy.target = Number(new URL(started.url).port);
        this.expected = false;
        void started.ended.then((ended) => this.gone(started, ended));
        return;
      } catch (error) {
        this.ledger.count('starts that failed');
        // While there is no database, there is nothing to start on; anything else would be told by the last attempt.
        if (attempt === STARTS) throw error;
        await delay(250);
      }
    }
  }

  /** SIGKILL, and another process in its place. */
  async kill(): Promise<void> {
    await this.returning;
    const dying = this.process;
    this.expected = true;
    this.proxy.target = undefined;
    await dying?.kill();
    this.proxy.drop();
    this.process = undefined;
    await this.start();
  }

  /** SIGSTOP for a while: the process is there and does nothing. */
  async freeze(milliseconds: number): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    this.stopped = true;
    try {
      process.kill(pid, 'SIGSTOP');
      await delay(milliseconds);
      process.kill(pid, 'SIGCONT');
    } catch {
      // It was killed meanwhile.
    } finally {
      this.stopped = false;
    }
  }

  async stop(): Promise<void> {
    this.expected = true;
    const code = await this.process?.stop();
    if (code !== 0) this.ledger.fault('crash', `${this.name} ended with ${code} after SIGTERM`);
  }

  async destroy(): Promise<void> {
    this.expected = true;
    await this.process?.kill();
    await this.proxy.close();
  }

  /** Resident memory in bytes; undefined when the process is not there. */
  memory(): number | undefined {
    try {
      const pages = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
      return pages === undefined ? undefined : Number(pages) * 1024;
    } catch {
      return undefined;
    }
  }

  /** For a process that loaded `collect-garbage.mjs`. */
  collectGarbage(): void {
    if (this.pid !== undefined) process.kill(this.pid, 'SIGUSR2');
  }

  /** Processor time in seconds, in user and kernel; undefined when the process is not there. */
  cpuSeconds(): number | undefined {
    try {
      // The name of the process stands in brackets and may hold spaces; what follows it is counted from field 3.
      const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    } catch {
      return undefined;
    }
  }

  private gone(
    who: ServiceProcess,
    ended: { readonly code: number | null; readonly stdout: string; readonly stderr: string },
  ): void {
    appendFileSync(this.logFile, `${ended.stdout}\n${ended.stderr}\n`);
    // An unhandled rejection ends a process of Node, so that it shows here as well.
    if (who === this.process && !this.expected) {
      const told = `${ended.stderr.slice(0, 300)} ${ended.stdout.slice(-500)}`;
      this.ledger.fault('crash', `${this.name} ended by itself with ${ended.code}: ${told}`);
      this.process = undefined;
      this.proxy.target = undefined;
      this.returning = this.start().catch(() =>
        this.ledger.fault('never healed', `${this.name} does not start any more`),
      );
    }
  }
}

/** Nodes over one database, all of them real processes in a directory of the run's own. */
export class World {
  readonly adminKey = createApiKey('test').key;
  readonly nodes: Node[] = [];
  private readonly retired: Promise<void>[] = [];

  private constructor(
    readonly directory: string,
    private database: EmbeddedPostgres,
    private readonly redis: RedisServer | undefined,
    private readonly collector: Collector | undefined,
    private readonly ledger: Ledger,
  ) {}

  /**
   * @param modules what every server loads first
   * @param collector gets the traces of all servers
   */
  static async start(count: number, ledger: Ledger, modules: readonly string[], collector?: Collector): Promise<World> {
    const directory = mkdtempSync(join(tmpdir(), 'cloakroom-chaos-'));
    const database = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres') });
    const redis = whyNoRedis === undefined ? await RedisServer.start() : undefined;
    const world = new World(directory, database, redis, collector, ledger);
    mkdirSync(join(directory, 'logs'));
    for (let index = 0; index < count; index += 1) {
      const env = {
        DATABASE_URL: world.database.url,
        BOOTSTRAP_API_KEY: world.adminKey,
        LOG_LEVEL: 'debug',
        ...(redis && { REDIS_URL: redis.url }),
        // Soon, since what a killed server still has is lost.
        ...(collector && { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '250' }),
        ...SECRETS,
        NODE_OPTIONS: modules.map((module) => `--import=${module}`).join(' '),
      };
      const log = join(directory, 'logs', `node-${index}.log`);
      const node = new Node(`node ${index}`, await TcpProxy.listen(), env, ledger, log);
      world.nodes.push(node);
      await node.start();
    }
    return world;
  }

  get databaseUrl(): string {
    return this.database.url;
  }

  /** SIGKILL for the postmaster, and another one on what it left behind. */
  async killDatabase(): Promise<void> {
    const { database } = this;
    process.kill(database.pid, 'SIGKILL');
    // As long as the dying one is still there, a new one would join it.
    for (let tries = 0; isAlive(database.pid) && tries < PATIENCE; tries += 1) await delay(20);
    this.retired.push(database.stop());
    this.database = await startEmbeddedPostgres({ dataDir: join(this.directory, 'postgres') });
    if (this.database.url !== database.url) this.ledger.fault('never healed', 'the database came back elsewhere');
  }

  /** SIGKILL for Redis, where there is one, and another one after a while. Nothing may depend on it. */
  async killRedis(milliseconds: number): Promise<void> {
    if (!this.redis) return;
    this.ledger.count('Redis killed');
    await this.redis.kill();
    await delay(milliseconds);
    await this.redis.run();
  }

  async stopNodes(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async stopDatabase(): Promise<void> {
    await Promise.all([...this.retired, this.database.stop(), this.redis?.close(), this.collector?.stop()]);
  }

  /** Leaves nothing behind, whatever became of the run. */
  async remove(): Promise<void> {
    await Promise.all([...this.nodes.map((node) => node.destroy()), this.redis?.close(), this.database.stop()]);
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
