import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

const STEP_MS = 60_000;
const MARK = '@@ step';
/** Debian's Python knows Debian's packages; another one in the path does not. */
const DEBIAN = '/usr/bin/python3';

/** One bash for a whole page, as its reader has: what a step sets, the next ones know. */
export class Shell {
  #child = spawn('bash', ['-o', 'pipefail'], { stdio: ['pipe', 'pipe', 'inherit'] });
  #said = '';
  #told = () => {};

  constructor() {
    this.#child.stdout.setEncoding('utf8').on('data', (text) => {
      this.#said += text;
      this.#told();
    });
    this.#child.once('close', () => this.#told());
    if (existsSync(DEBIAN)) this.#child.stdin.write(`python3() { ${DEBIAN} "$@"; }\n`);
  }

  /** What the commands print, errors included, and the exit code of the last one. */
  async run(code) {
    this.#said = '';
    this.#child.stdin.write(`{ ${code}\n} 2>&1 </dev/null\nprintf '\\n${MARK} %s\\n' "$?"\n`);
    const end = new RegExp(`\\n${MARK} (\\d+)\\n$`);
    const deadline = AbortSignal.timeout(STEP_MS);
    await new Promise((resolve, reject) => {
      this.#told = () => {
        if (end.test(this.#said)) resolve();
        else if (this.#child.exitCode !== null) reject(new Error(`the shell has ended:\n${this.#said}`));
      };
      deadline.addEventListener('abort', () => reject(new Error(`no end after ${STEP_MS / 1_000} s:\n${this.#said}`)));
      this.#told();
    });
    const status = Number(end.exec(this.#said)?.[1]);
    return { status, output: this.#said.replace(end, '') };
  }

  close() {
    this.#child.stdin.end();
  }
}
