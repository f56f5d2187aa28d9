import { readdirSync, readFileSync } from 'node:fs';

/** Ticks per second of the CPU clocks in /proc (USER_HZ), the same on every Linux. */
const TICKS = 100;

function stat(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const [parent, user, system, childrenUser, childrenSystem] = [1, 11, 12, 13, 14].map((index) =>
    Number(fields[index]),
  );
  return { parent, own: (user + system) / TICKS, ended: (childrenUser + childrenSystem) / TICKS };
}

/** CPU seconds that a process has used so far, its ended children included. */
export function cpuOf(pid) {
  const { own, ended } = stat(pid);
  return own + ended;
}

/** CPU seconds of PostgreSQL: the postmaster and every one of its backends and workers. */
export function cpuOfPostgres(postmaster) {
  let seconds = cpuOf(postmaster);
  for (const name of readdirSync('/proc')) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      const { parent, own } = stat(name);
      if (parent === postmaster) seconds += own;
    } catch {
      // Ended meanwhile; the postmaster has its time.
    }
  }
  return seconds;
}

/** Resident bytes of a process. */
export function residentOf(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}
