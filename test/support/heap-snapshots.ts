import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Pictures of the heap of a process that was started with `nodeOptions`: of all that its program still holds, since V8
 * collects its garbage before it takes one.
 */
export class HeapSnapshots {
  private readonly directory = mkdtempSync(join(tmpdir(), 'cloakroom-heap-'));
  private taken = 0;

  /** On SIGUSR2 the process writes what it holds. Strings are written in full; by itself V8 cuts them at 1,024 characters. */
  get nodeOptions(): string {
    const program = `
      import { renameSync } from 'node:fs';
      import { setFlagsFromString, writeHeapSnapshot } from 'node:v8';
      setFlagsFromString('--heap-snapshot-string-limit=16777216');
      let taken = 0;
      process.on('SIGUSR2', () => {
        const partial = writeHeapSnapshot(${JSON.stringify(join(this.directory, 'partial'))});
        renameSync(partial, ${JSON.stringify(this.directory)} + '/' + ++taken);
      });`;
    return `--import=data:text/javascript,${encodeURIComponent(program)}`;
  }

  /**
   * All strings that the process holds now, as JSON.
   * @param wait resolves when some work of the process is done, for instance a call that it answered
   */
  async strings(pid: number, wait: () => Promise<unknown>): Promise<Buffer> {
    const path = join(this.directory, String((this.taken += 1)));
    process.kill(pid, 'SIGUSR2');
    while (!existsSync(path)) await wait();
    const snapshot = readFileSync(path);
    rmSync(path);
    const start = snapshot.indexOf('"strings":[');
    if (start < 0) throw new Error('This is no picture of a heap.');
    return snapshot.subarray(start);
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
