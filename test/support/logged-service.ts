import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from './free-port.js';
import { closedInTheEnd } from './leftovers.js';

/** Tells at the end how many members Object.prototype has gained: whoever can add one, owns every object of the process. */
const WATCH = `data:text/javascript,${encodeURIComponent(`
const names = () => Reflect.ownKeys(Object.prototype).length;
const before = names();
process.on('exit', () => process.stdout.write('Object.prototype has grown by ' + (names() - before) + '\\n'));
`)}`;

/** The service as a process of its own, with everything that it prints. */
export class LoggedService {
  private chunks: Buffer[] = [];
  private readonly ended: Promise<number | null>;

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.ended = new Promise((resolve) => child.once('close', resolve));
    const close = closedInTheEnd(async () => {
      child.kill('SIGKILL');
      await this.ended;
    });
    void this.ended.then(close);
  }

  /**
   * Resolves when the service is ready. The environment is `env` and nothing else.
   * @param preloaded modules that the process loads first
   */
  static async start(env: Readonly<Record<string, string>>, ...preloaded: readonly string[]): Promise<LoggedService> {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [
        ...['./test/support/typescript.mjs', WATCH, ...preloaded].flatMap((module) => ['--import', module]),
        'src/main.ts',
      ],
      { env: { PATH: process.env['PATH'], PORT: String(port), ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const service = new LoggedService(child, `http://127.0.0.1:${port}`);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', () => {
        if (service.output.includes('is listening')) resolve();
      });
      void service.ended.then((code) => reject(new Error(`the service ended with ${code}: ${service.output}`)));
    });
    return service;
  }

  /** Standard output and standard error so far. */
  get output(): string {
    return Buffer.concat(this.chunks).toString();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Resolves when the output is as wanted; looked at whenever there is more of it. */
  until(wanted: (output: string) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!wanted(this.output)) return;
        this.child.stdout?.off('data', look);
        resolve();
      };
      this.child.stdout?.on('data', look);
      look();
    });
  }

  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null> {
    if (this.child.exitCode === null) this.child.kill('SIGTERM');
    return this.ended;
  }
}
