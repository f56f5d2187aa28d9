import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A running PostgreSQL server, by its lock file `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  /** Absolute directory of its socket; empty while it is not open yet. */
  readonly socketDirectory: string;
  readonly status: 'starting' | 'ready' | 'stopping';
}

/**
 * The live server of a cluster, or undefined when the lock file is missing or stale. After a crash its process id may
 * belong to any program by now, so that being alive is not enough.
 */
export function livePostmaster(cluster: string): Postmaster | undefined {
  // Lines: pid, data directory, start time, port, socket directory, address, shared memory, status.
  const lines = lockFile(cluster)?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid) || !worksIn(pid, cluster)) return undefined;
  const status = lines[7]?.trim();
  const socketDirectory = lines[4]?.trim() ?? '';
  return {
    pid,
    socketDirectory: socketDirectory && resolve(cluster, socketDirectory),
    status: status === 'ready' || status === 'stopping' ? status : 'starting',
  };
}

/** Raw text of the lock file, undefined when there is none. */
export function lockFile(cluster: string): string | undefined {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a process with this id exists, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A postmaster's working directory is its cluster. Without /proc (macOS) a living process is believed to be one. */
function worksIn(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch {
    return false;
  }
}
