import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { clusterPath, initializeCluster, postgresEnvironment } from './postgres-cluster.js';
import { livePostmaster, lockFile, type Postmaster } from './postmaster.js';
import { ServerLease, WATCHED_SERVER } from './server-lease.js';
import { unprivilegedAccount, type Account } from './unprivileged-account.js';

/** A PostgreSQL server that belongs to the processes that use it: it ends with the last one, however that one ends. */
export interface EmbeddedPostgres {
  /** Connection URL of the database `postgres`, over the Unix socket. */
  readonly url: string;
  /** Directory of the socket. */
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Another process started the server; this one uses it too. */
  readonly shared: boolean;
  /** Gives the server up and, unless others still use it, waits until it has shut down. Close connections first. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Directory of the cluster; created with mode 0700 when missing. */
  readonly dataDir: string;
  /** Trades durability for speed. For tests only. */
  readonly fast?: boolean;
}

/** Everything that starting and joining need to know. */
interface Installation {
  readonly cluster: string;
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly fast: boolean;
}

/** Names the socket file; no TCP port is ever opened. */
const PORT = 5432;
/** Longest directory with which the socket's path fits into a socket address on every platform (104 bytes on macOS). */
const LONGEST_SOCKET_DIRECTORY = 85;
const SOCKET_DIRECTORY_PREFIX = join(tmpdir(), 'cloakroom-pg-');
const START_SECONDS = 60;
const POLL_MS = 15;
/** In this time the watchdog has noticed that nobody uses the server any more. */
const NOTICE_MS = 1_000;
const POLITE_SHUTDOWN_MS = 10_000;
const LOG_BYTES = 8 * 1024 * 1024;

/**
 * Starts PostgreSQL on `dataDir`, or joins the one that another process runs there. Copes with what a crash leaves
 * behind: a lock file of a dead server, a server without an owner, one that is still shutting down, half a cluster.
 * Throws when it cannot run here, or is not ready within a minute.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const cluster = resolve(options.dataDir);
  const account = unprivilegedAccount(cluster);
  const installation = {
    cluster,
    binaries: await postgresBinaries(account),
    account,
    fast: options.fast ?? false,
  };
  await initializeCluster(installation.binaries.initdb, cluster, account, installation.fast);
  for (const deadline = Date.now() + START_SECONDS * 1_000; Date.now() < deadline; await delay(POLL_MS)) {
    const running = livePostmaster(cluster);
    const server = running ? await joinServer(cluster, running) : await launchServer(installation, deadline);
    if (server) return server;
  }
  throw new Error(
    `The embedded PostgreSQL did not start. The end of ${join(cluster, 'server.log')}:\n${logTail(cluster)}`,
  );
}

/** Undefined as long as the server is neither usable nor gone; ends it when it has no watchdog. */
async function joinServer(cluster: string, running: Postmaster): Promise<EmbeddedPostgres | undefined> {
  if (running.status === 'stopping') return undefined;
  const lease = ServerLease.open(cluster);
  if (lease === undefined) {
    await endOrphan(cluster, running.pid);
    return undefined;
  }
  if (running.status === 'ready' && (await isCountedIn(lease)) && statusOf(cluster, running.pid) === 'ready') {
    return describe(cluster, running, lease, true);
  }
  lease.release();
  return undefined;
}

async function isCountedIn(lease: ServerLease): Promise<boolean> {
  const answer = lease.announce();
  const countedIn = await until(() => existsSync(answer), NOTICE_MS);
  rmSync(answer, { force: true });
  return countedIn;
}

/** A server whose watchdog was killed would outlive every user: it is shut down, gently at first. */
async function endOrphan(cluster: string, pid: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGINT', POLITE_SHUTDOWN_MS],
    ['SIGQUIT', POLITE_SHUTDOWN_MS],
  ] as const) {
    if (statusOf(cluster, pid) === undefined) return;
    process.kill(pid, signal);
    if (await until(() => statusOf(cluster, pid) === undefined, patience)) return;
  }
}

/** Undefined when the server ended at once: another process was faster, or the remains of a crash are still there. */
async function launchServer(installation: Installation, deadline: number): Promise<EmbeddedPostgres | undefined> {
  const { cluster, account } = installation;
  removeRemains(cluster);
  const socketDirectory = cluster.length > LONGEST_SOCKET_DIRECTORY ? mkdtempSync(SOCKET_DIRECTORY_PREFIX) : undefined;
  if (socketDirectory && account) chownSync(socketDirectory, account.uid, account.gid);
  const { lease, watchdogEnd } = ServerLease.create(cluster);
  const child = spawnServer(installation, socketDirectory ?? '.', watchdogEnd);
  closeSync(watchdogEnd);
  let ended = false;
  child.once('exit', () => (ended = true)).once('error', () => (ended = true));
  child.unref();

  const ready = (): Postmaster | undefined => {
    const running = livePostmaster(cluster);
    return running?.pid === child.pid && running?.status === 'ready' ? running : undefined;
  };
  await until(() => ended || ready() !== undefined, deadline - Date.now());
  const running = ready();
  if (running) return describe(cluster, running, lease, false);

  lease.release();
  if (child.pid !== undefined) killGroup(child.pid);
  if (socketDirectory) rmSync(socketDirectory, { recursive: true, force: true });
  await delay(100);
  return undefined;
}

function spawnServer(installation: Installation, socketDirectory: string, watchdogEnd: number): ChildProcess {
  const { cluster, binaries, account, fast } = installation;
  const settings = Object.entries(serverSettings(socketDirectory, fast)).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const logFile = join(cluster, 'server.log');
  const tooLong = (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES;
  const log = openSync(logFile, tooLong ? 'w' : 'a', 0o600);
  try {
    return spawn(
      '/bin/sh',
      ['-c', WATCHED_SERVER, binaries.postgres, '-D', clusterPath(cluster, account), '-p', String(PORT), ...settings],
      // A session of its own: Ctrl-C reaches our process only, which drains before it lets go of the database.
      {
        ...account,
        cwd: cluster,
        detached: true,
        stdio: ['ignore', log, log, watchdogEnd],
        env: postgresEnvironment(),
      },
    );
  } finally {
    closeSync(log);
  }
}

function serverSettings(socketDirectory: string, fast: boolean): Record<string, string> {
  return {
    listen_addresses: '',
    unix_socket_directories: socketDirectory,
    unix_socket_permissions: '0700',
    max_connections: '100',
    shared_buffers: '64MB',
    io_method: 'sync',
    jit: 'off',
    // Errors quote values even in their terse form: the server's own log keeps its life's events only.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    log_autovacuum_min_duration: '-1',
    log_lock_waits: 'off',
    log_parameter_max_length: '0',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    ...(fast ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
}

function describe(cluster: string, running: Postmaster, lease: ServerLease, shared: boolean): EmbeddedPostgres {
  const { pid, socketDirectory } = running;
  return {
    url: `postgres://postgres@${encodeURIComponent(socketDirectory)}:${PORT}/postgres`,
    host: socketDirectory,
    port: PORT,
    pid,
    shared,
    stop: async () => {
      lease.release();
      await until(() => statusOf(cluster, pid) !== 'ready', NOTICE_MS);
      if (statusOf(cluster, pid) === 'ready') return;
      await until(() => statusOf(cluster, pid) === undefined, POLITE_SHUTDOWN_MS);
      removeForeignSocketDirectory(socketDirectory);
    },
  };
}

/** Status of this very server, undefined once it is gone. */
function statusOf(cluster: string, pid: number): Postmaster['status'] | undefined {
  const running = livePostmaster(cluster);
  return running?.pid === pid ? running.status : undefined;
}

/** Clears away what a crashed server left: a lock file whose process id now is a stranger's would keep ours from starting. */
function removeRemains(cluster: string): void {
  const stale = lockFile(cluster);
  if (stale === undefined) return;
  removeForeignSocketDirectory(resolve(cluster, stale.split('\n')[4]?.trim() || '.'));
  // Another process may have started a server since.
  if (lockFile(cluster) === stale && livePostmaster(cluster) === undefined)
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

function removeForeignSocketDirectory(path: string): void {
  if (dirname(path) === dirname(SOCKET_DIRECTORY_PREFIX) && path.startsWith(SOCKET_DIRECTORY_PREFIX)) {
    rmSync(path, { recursive: true, force: true });
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // The watchdog was the last of the group and is gone already.
  }
}

async function until(holds: () => boolean, milliseconds: number): Promise<boolean> {
  for (const deadline = Date.now() + milliseconds; Date.now() < deadline; await delay(POLL_MS)) {
    if (holds()) return true;
  }
  return holds();
}

function logTail(cluster: string): string {
  try {
    return readFileSync(join(cluster, 'server.log'), 'utf8').trimEnd().split('\n').slice(-5).join('\n');
  } catch {
    return '(there is no log)';
  }
}
