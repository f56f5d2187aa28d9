import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';

/** A process that uses the server, and what it said about it. */
interface User {
  readonly process: ChildProcess;
  readonly url: string;
  readonly pid: number;
  readonly shared: boolean;
}

jest.setTimeout(60_000);

describe('startEmbeddedPostgres', () => {
  let directory: string;
  let cluster: string;
  const users = new Set<ChildProcess>();

  beforeEach(() => {
    // Mode 0700, so that as root this is also the case of a private directory through which PostgreSQL cannot walk.
    directory = mkdtempSync(join(tmpdir(), 'cloakroom-embedded-'));
    cluster = join(directory, 'data', 'postgres');
  });

  afterEach(async () => {
    for (const user of users) await kill(user, 'SIGKILL');
    await until(() => !isAlive(postmasterPid()));
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  const postmasterPid = (): number => {
    const file = join(cluster, 'postmaster.pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : NaN;
  };

  async function start(): Promise<User> {
    const child = spawn(
      process.execPath,
      ['--import', './test/support/typescript.mjs', 'test/support/embedded-postgres.process.ts', cluster],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    users.add(child);
    for await (const line of createInterface({ input: child.stdout })) {
      return { process: child, ...(JSON.parse(line) as Omit<User, 'process'>) };
    }
    throw new Error('The process ended before its server was ready');
  }

  async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    users.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  it('starts on nothing, keeps the data, and ends when it is told to', async () => {
    const first = await startEmbeddedPostgres({ dataDir: cluster });
    await query(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    await until(() => !isAlive(first.pid));
    const second = await startEmbeddedPostgres({ dataDir: cluster });
    expect(second.shared).toBe(false);
    expect(await query(second.url, 'TABLE kept')).toEqual([{ one: 1 }]);
    await second.stop();
  });

  it('is reachable for its owner only, and by no TCP port', async () => {
    const server = await startEmbeddedPostgres({ dataDir: cluster });
    expect(statSync(cluster).mode & 0o777).toBe(0o700);
    expect(statSync(join(server.host, `.s.PGSQL.${server.port}`)).mode & 0o777).toBe(0o700);
    expect(await query(server.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '' }]);
    expect(statSync(join(cluster, 'server.log')).mode & 0o777).toBe(0o600);
    await server.stop();
  });

  it('does not write values into its log', async () => {
    const server = await startEmbeddedPostgres({ dataDir: cluster });
    await expect(query(server.url, `SELECT 'ada.canary@example.org'::uuid`)).rejects.toThrow();
    await server.stop();
    expect(readFileSync(join(cluster, 'server.log'), 'utf8')).not.toContain('canary');
  });

  it('ends soon after its process was killed', async () => {
    const user = await start();
    await kill(user.process, 'SIGKILL');
    await until(() => !isAlive(user.pid));
  });

  it('starts again at once on the same data when its process was killed in the middle of traffic', async () => {
    const user = await start();
    await query(user.url, 'CREATE TABLE traffic (id int)');
    const writers = await Promise.all(Array.from({ length: 4 }, () => writer(user.url)));
    await until(() => writers.every(({ acknowledged }) => acknowledged > 20));
    await kill(user.process, 'SIGKILL');
    const next = await startEmbeddedPostgres({ dataDir: cluster });
    // The server that they write to has ended, or lives on where the new user came before anybody missed the old one.
    await Promise.all(writers.map((each) => each.stop()));
    const [row] = await query(next.url, 'SELECT count(*)::int AS rows FROM traffic');
    expect(row?.['rows']).toBeGreaterThanOrEqual(writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0));
    await next.stop();
  });

  it('does not join a server whose watchdog has seen its last user go, and is about to end it', async () => {
    const user = await start();
    const watchdog = watchdogOf(user);
    process.kill(watchdog, 'SIGSTOP');
    const lease = openSync(join(cluster, 'lease'), constants.O_RDONLY | constants.O_NONBLOCK);
    await kill(user.process, 'SIGKILL');
    const starting = startEmbeddedPostgres({ dataDir: cluster });
    await until(() => hasData(lease));
    closeSync(lease);
    // What the watchdog would do next.
    process.kill(user.pid, 'SIGINT');
    const next = await starting;
    process.kill(watchdog, 'SIGKILL');
    expect(next.shared).toBe(false);
    expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await next.stop();
  });

  it('starts when the whole server was killed with its process', async () => {
    const user = await start();
    await query(user.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    const connected = new Client({ connectionString: user.url });
    connected.on('error', () => undefined);
    await connected.connect();
    process.kill(user.pid, 'SIGKILL');
    await kill(user.process, 'SIGKILL');
    const next = await startEmbeddedPostgres({ dataDir: cluster });
    expect(await query(next.url, 'TABLE kept')).toEqual([{ one: 1 }]);
    await connected.end().catch(() => undefined);
    await next.stop();
  });

  it('replaces an orphan that nobody watches', async () => {
    const user = await start();
    process.kill(watchdogOf(user), 'SIGKILL');
    await kill(user.process, 'SIGKILL');
    await delay(200);
    expect(isAlive(user.pid)).toBe(true);
    const next = await startEmbeddedPostgres({ dataDir: cluster });
    expect(next.shared).toBe(false);
    expect(next.pid).not.toBe(user.pid);
    await next.stop();
    await until(() => !isAlive(user.pid));
  });

  it('is not stopped by a lock file whose process id is a stranger now', async () => {
    await (await startEmbeddedPostgres({ dataDir: cluster })).stop();
    const stale = [process.ppid, cluster, 1, 5432, '.', '', '1 1', 'ready', ''].join('\n');
    writeFileSync(join(cluster, 'postmaster.pid'), stale);
    const server = await startEmbeddedPostgres({ dataDir: cluster });
    expect(server.shared).toBe(false);
    expect(isAlive(process.ppid)).toBe(true);
    await server.stop();
  });

  it('lives as long as any of the processes that share it', async () => {
    const first = await start();
    const second = await start();
    expect([first.shared, second.shared]).toEqual([false, true]);
    await kill(first.process, 'SIGKILL');
    await delay(500);
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await kill(second.process, 'SIGTERM');
    await until(() => !isAlive(second.pid));
  });

  it('lets one of two win that start at the same moment on nothing', async () => {
    const both = await Promise.all([start(), start()]);
    expect(new Set(both.map(({ pid }) => pid)).size).toBe(1);
    expect(both.filter(({ shared }) => shared)).toHaveLength(1);
    expect(readdirSync(join(directory, 'data'))).toEqual(['postgres']);
  });

  it('keeps its socket elsewhere when the path is too long for an address', async () => {
    cluster = join(directory, 'long'.repeat(25), 'postgres');
    mkdirSync(join(directory, 'long'.repeat(25)));
    const server = await startEmbeddedPostgres({ dataDir: cluster });
    expect(await query(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    expect(existsSync(server.host)).toBe(false);
  });
});

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

interface Writer {
  readonly acknowledged: number;
  /** Ends after the row that is under way. */
  stop(): Promise<void>;
}

/** Writes rows, one after the other, until its connection is cut or it is told to stop. */
async function writer(url: string): Promise<Writer> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const progress = { acknowledged: 0, stopped: false };
  const write = async (): Promise<void> => {
    while (!progress.stopped) {
      await client.query('INSERT INTO traffic VALUES (1)');
      progress.acknowledged += 1;
    }
    await client.end();
  };
  const written = write().catch(() => undefined);
  return {
    get acknowledged() {
      return progress.acknowledged;
    },
    stop() {
      progress.stopped = true;
      return written;
    },
  };
}

function watchdogOf(user: User): number {
  const watchdog = childrenOf(user.pid).find(({ name }) => name === 'sh');
  if (!watchdog) throw new Error('There is no watchdog');
  return watchdog.pid;
}

/** Whether something was written into a pipe that is open for reading without waiting. */
function hasData(descriptor: number): boolean {
  try {
    return readSync(descriptor, Buffer.alloc(256)) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function childrenOf(parent: number): { pid: number; name: string }[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const [, pid, name, ppid] = /^(\d+) \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
        return Number(ppid) === parent && name !== undefined ? [{ pid: Number(pid), name }] : [];
      } catch {
        return [];
      }
    });
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 15_000; !holds(); await delay(20)) {
    if (Date.now() > deadline) throw new Error('It did not happen within 15 s');
  }
}
