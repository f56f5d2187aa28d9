import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { unprivilegedAccount } from '../../src/database/unprivileged-account.js';
import { freePort } from './free-port.js';

const run = promisify(execFile);

const ROOT = '/usr/lib/postgresql';
const bin = (existsSync(ROOT) ? readdirSync(ROOT) : [])
  .map((version) => join(ROOT, version, 'bin'))
  .find((directory) => existsSync(join(directory, 'postgres')) && existsSync(join(directory, 'pg_dump')));

/** Undefined where a PostgreSQL with its tools is installed; otherwise why none can run. */
export const whyNoPostgres = bin === undefined ? `no PostgreSQL below ${ROOT} (apt-get install postgresql)` : undefined;

/** A PostgreSQL of the system, whose tools are of the same version; the embedded one has none. */
export interface DebianPostgres {
  /** Over TCP, of the database `cloakroom`. */
  readonly url: string;
  /** Folder of pg_dump, pg_restore, createdb and psql. */
  readonly bin: string;
  stop(): Promise<void>;
}

export async function startDebianPostgres(): Promise<DebianPostgres> {
  if (bin === undefined) throw new Error(whyNoPostgres);
  const directory = mkdtempSync(join(tmpdir(), 'cloakroom-debian-'));
  const cluster = join(directory, 'cluster');
  mkdirSync(cluster, { mode: 0o700 });
  const account = unprivilegedAccount(cluster);
  for (const path of account ? [directory, cluster] : []) chownSync(path, account?.uid ?? 0, account?.gid ?? 0);
  const options = { ...account, cwd: directory };
  await run(join(bin, 'initdb'), ['-D', cluster, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'], options);
  const port = await freePort();
  const settings = ['fsync=off', 'listen_addresses=127.0.0.1', `unix_socket_directories=${directory}`];
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...options, stdio: 'ignore' },
  );
  const ended = once(server, 'exit');
  const address = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres'];
  // pg_isready answers at once; a server that has ended never becomes ready.
  while (
    server.exitCode === null &&
    (await run(join(bin, 'pg_isready'), address).catch(() => undefined)) === undefined
  );
  await run(join(bin, 'createdb'), [...address, 'cloakroom']);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/cloakroom`,
    bin,
    stop: async () => {
      server.kill('SIGINT');
      await ended;
      rmSync(dirname(cluster), { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
