import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Who keeps an embedded server alive is written down nowhere; the kernel knows it. Every process that uses the server
 * has the named pipe `lease` of its cluster open for writing, and a watchdog beside the server waits at the reading end.
 * When the last writer is gone, in whatever way it died, the watchdog meets the end of file and shuts the server down.
 * Between these two a newcomer could still open the pipe of a server that is about to end. So it writes a name into it,
 * and has joined when the watchdog has made a file of that name.
 */

/**
 * Runs a server given as "$0" "$@" with its watchdog, which reads the lease from descriptor 3. The process id in the lock
 * file is compared first, since by then the server may have crashed and its id belong to another process.
 */
export const WATCHED_SERVER = `
( exec >&- 2>&-
  while read -r name <&3; do true >"$name"; done
  exec 3<&-
  [ "$(head -n 1 postmaster.pid)" = "$$" ] && kill -INT $$
) &
exec "$0" "$@" 3<&-`;

/** One process's share in keeping the server of a cluster alive. */
export class ServerLease {
  private constructor(
    private readonly cluster: string,
    private descriptor: number | undefined,
  ) {}

  /** Opens a lease and the watchdog's end of it, which goes to the server's shell and is closed here afterwards. */
  static create(cluster: string): { lease: ServerLease; watchdogEnd: number } {
    const path = join(cluster, 'lease');
    try {
      execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
    } catch (error) {
      if (!existsSync(path)) throw error;
    }
    // Opening one end of a named pipe waits for the other, except for both at once.
    const both = openSync(path, constants.O_RDWR);
    const watchdogEnd = openSync(path, constants.O_RDONLY);
    const lease = new ServerLease(cluster, openSync(path, constants.O_WRONLY));
    closeSync(both);
    return { lease, watchdogEnd };
  }

  /** Opens the lease of a running server; undefined when no watchdog listens, so that nobody would ever stop it. */
  static open(cluster: string): ServerLease | undefined {
    try {
      return new ServerLease(cluster, openSync(join(cluster, 'lease'), constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENXIO' || code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Asks the watchdog to count this share in. It has done so once the file exists whose path this gives; delete it then. */
  announce(): string {
    const name = `joined.${randomUUID()}`;
    try {
      if (this.descriptor !== undefined) writeSync(this.descriptor, `${name}\n`);
    } catch (error) {
      // The watchdog has ended, and answers nobody.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
    return join(this.cluster, name);
  }

  /** Gives the share up. Whoever is last thereby stops the server. */
  release(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}
