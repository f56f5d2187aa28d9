import { readFileSync, statSync } from 'node:fs';

/** Numbers of an account of the operating system. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The account that PostgreSQL must run as: undefined for an ordinary user (their own). As root it refuses to start: then
 * it is the owner of the cluster where there is one, else an unprivileged account that every system has. None is created.
 */
export function unprivilegedAccount(cluster: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(cluster, { throwIfNoEntry: false });
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const accounts = readFileSync('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const found = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(accounts);
    if (found) return { uid: Number(found[1]), gid: Number(found[2]) };
  }
  throw new Error(
    'PostgreSQL cannot run as root, and neither "postgres" nor "nobody" exists: set DATABASE_URL instead',
  );
}
