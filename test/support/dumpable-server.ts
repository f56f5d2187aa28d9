import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { runMigrations } from '../../src/database/migrate.js';
import { unprivilegedAccount } from '../../src/database/unprivileged-account.js';

/** Where Debian keeps each version of PostgreSQL, with its own pg_dump. */
const INSTALLED = '/usr/lib/postgresql';

/** A PostgreSQL of the system that its own pg_dump can read, holding the rows of another server. */
export interface DumpableServer {
  readonly url: string;
  /** A backup as an operator makes one. */
  dump(...options: readonly string[]): Buffer;
  stop(): void;
}

/** Programs of the newest complete installation; undefined where the system has none. */
function programs(): ((name: string) => string) | undefined {
  const versions = existsSync(INSTALLED)
    ? readdirSync(INSTALLED)
        .map(Number)
        .toSorted((a, b) => b - a)
    : [];
  const directory = versions
    .map((version) => join(INSTALLED, String(version), 'bin'))
    .find((path) => ['initdb', 'pg_ctl', 'pg_dump', 'psql'].every((name) => existsSync(join(path, name))));
  return directory === undefined ? undefined : (name) => join(directory, name);
}

/**
 * pg_dump refuses a server that is newer than itself, as the embedded one is: its tables are made again by the migrations
 * on a server of the system, and filled with the same rows. Undefined where the system has no PostgreSQL.
 */
export async function takeOver(source: string): Promise<DumpableServer | undefined> {
  const program = programs();
  if (!program) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'cloakroom-dump-'));
  const account = unprivilegedAccount(directory);
  if (account) chownSync(directory, account.uid, account.gid);
  const run = (name: string, args: readonly string[]): Buffer =>
    execFileSync(program(name), args, { ...account, cwd: directory, env: { LC_ALL: 'C' }, maxBuffer: 1 << 30 });
  const cluster = join(directory, 'cluster');
  run('initdb', ['-D', cluster, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
  const settings = `-k ${directory} -c listen_addresses= -c fsync=off`;
  // Its output must not be the pipe of ours, which would stay open as long as the server.
  spawnSync(program('pg_ctl'), ['-D', cluster, '-w', '-o', settings, '-l', join(directory, 'log'), 'start'], {
    ...account,
    cwd: directory,
    stdio: 'ignore',
  });
  const stop = (): void => {
    run('pg_ctl', ['-D', cluster, '-m', 'immediate', 'stop']);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  const url = `postgres://postgres@${encodeURIComponent(directory)}:5432/postgres`;
  try {
    await runMigrations({ url, poolSize: 2 });
    for (const { table, columns } of await tablesOf(source)) {
      const copied = `${table} (${columns})`;
      const rows = execFileSync(program('psql'), ['-qXc', `COPY ${copied} TO STDOUT`, source], { maxBuffer: 1 << 30 });
      // As a restore does: without triggers, which have run when the rows were written.
      const fill = `SET session_replication_role = replica; COPY ${copied} FROM STDIN`;
      execFileSync(program('psql'), ['-qX', '-v', 'ON_ERROR_STOP=1', '-c', fill, url], { input: rows, stdio: 'pipe' });
    }
  } catch (error) {
    stop();
    throw error;
  }
  return { url, dump: (...options) => run('pg_dump', [...options, url]), stop };
}

async function tablesOf(url: string): Promise<{ table: string; columns: string }[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ table: string; columns: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS table,
              string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS columns
         FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
          AND table_name <> 'migrations'
        GROUP BY table_schema, table_name`,
    );
    return rows;
  } finally {
    await client.end();
  }
}
