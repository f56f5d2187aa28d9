import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { closedInTheEnd } from './leftovers.js';

/** Undefined where tests with Redis can run; otherwise why they cannot. */
export const whyNoRedis =
  spawnSync('redis-server', ['--version']).status === 0
    ? undefined
    : 'redis-server is not installed (apt-get install redis-server)';

const ATTEMPTS = 5;

/** A Redis of a test's own, that can be killed, frozen and started again at the same address. */
export class RedisServer {
  private readonly directory = mkdtempSync(join(tmpdir(), 'cloakroom-redis-'));
  private child: ChildProcess | undefined;

  /** Removes what it has written, too. */
  readonly close = closedInTheEnd(async () => {
    await this.kill();
    rmSync(this.directory, { recursive: true, force: true });
  });

  private constructor(private readonly port: number) {}

  static async start(): Promise<RedisServer> {
    for (let attempt = 1; ; attempt += 1) {
      const server = new RedisServer(await freePort());
      try {
        await server.run();
        return server;
      } catch (error) {
        // Somebody else took the port meanwhile.
        await server.close();
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves when it takes connections. */
  async run(): Promise<void> {
    const child = spawn(
      'redis-server',
      ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', this.directory],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.child = child;
    let printed = '';
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('redis-server ended')));
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.includes('Ready to accept connections')) resolve();
      });
    });
  }

  /** Gone from one moment to the next, connections and all. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  /** Keeps its connections and answers nothing. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }
}
