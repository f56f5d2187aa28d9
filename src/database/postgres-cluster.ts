import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from './postmaster.js';
import type { Account } from './unprivileged-account.js';

const run = promisify(execFile);

/** Environment of every PostgreSQL program: nothing of ours, where secrets live, gets through. */
export const postgresEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' });

/**
 * How a program that runs as `account` with the cluster as working directory calls that directory. Root may keep it below
 * a private directory such as /root, through which the account cannot walk: there the working directory, entered while
 * still root, is the only way in.
 */
export const clusterPath = (cluster: string, account: Account | undefined): string =>
  account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : cluster;

/**
 * Creates the cluster when there is none: C.UTF-8 sort order, everybody who reaches the socket is trusted (only its owner
 * does). It is built aside and renamed, so that a start that is cut short leaves no half cluster and of two processes that
 * come at once one wins. `fast` leaves out waiting for the disk.
 */
export async function initializeCluster(
  initdb: string,
  cluster: string,
  account: Account | undefined,
  fast: boolean,
): Promise<void> {
  if (existsSync(join(cluster, 'PG_VERSION'))) return;
  const parent = dirname(cluster);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  removeAbandonedDrafts(parent, basename(cluster));
  const draft = `${cluster}.new-${process.pid}`;
  mkdirSync(draft, { mode: 0o700 });
  if (account) chownSync(draft, account.uid, account.gid);
  const options = ['-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--locale-provider=builtin'];
  options.push('--builtin-locale=C.UTF-8', '--no-instructions', ...(fast ? ['--no-sync'] : []));
  try {
    await run(initdb, ['-D', clusterPath(draft, account), ...options], {
      ...account,
      cwd: draft,
      env: postgresEnvironment(),
    });
    renameSync(draft, cluster);
  } catch (error) {
    if (!existsSync(join(cluster, 'PG_VERSION'))) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function removeAbandonedDrafts(parent: string, name: string): void {
  for (const entry of readdirSync(parent)) {
    const pid = /^\.new-(\d+)$/.exec(entry.slice(name.length))?.[1];
    if (!entry.startsWith(name) || pid === undefined) continue;
    if (Number(pid) === process.pid || !isAlive(Number(pid)))
      rmSync(join(parent, entry), { recursive: true, force: true });
  }
}
