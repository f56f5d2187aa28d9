import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from '../../scripts/freshness.mjs';
import { closedInTheEnd } from './leftovers.js';

const isBuilt = built();
/** Those of `npm start`. */
const flags = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }).scripts.start
  .split(' ')
  .filter((word) => word.startsWith('--'));

/** What is built, where it is current: it starts many times faster than what is compiled while it loads. */
const command = (program: string): string[] =>
  isBuilt
    ? [...flags, program.replace(/^(.*)\.ts$/, 'dist/$1.js')]
    : ['--import', './test/support/typescript.mjs', program];

type Environment = Readonly<Record<string, string>>;

/** How a process ended, and what it printed. */
export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The service as a user starts it: a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  readonly url: string;
  /** As it was printed; empty when it was not. */
  readonly bootstrapKey: string;
  /** Resolves when the process is gone, for whatever reason. */
  readonly ended: Promise<Ended>;
  /** Everything printed so far. */
  printed(): string;
  kill(): Promise<Ended>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** A directory for the data of a service. */
export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'cloakroom-service-'));

export const removeDataDir = (directory: string): void =>
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });

/** Starts a program of the service and waits for nothing. Without DATABASE_URL and DATA_DIR it gets a directory of its own. */
function launch(program: string, env: Environment, args: readonly string[] = []) {
  const own = env['DATA_DIR'] === undefined ? newDataDir() : undefined;
  const child = spawn(process.execPath, [...command(program), ...args], {
    // Nothing of the environment of the tests: the defaults are what a reader has.
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn', ...(own && { DATA_DIR: own }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  const listeners = new Set<() => void>();
  const note = (take: (text: string) => void) => (chunk: Buffer) => {
    take(chunk.toString());
    for (const listener of listeners) listener();
  };
  child.stdout.on(
    'data',
    note((text) => (stdout += text)),
  );
  child.stderr.on(
    'data',
    note((text) => (stderr += text)),
  );
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => {
      if (own !== undefined) removeDataDir(own);
      resolve({ code, stdout, stderr });
    }),
  );
  const close = closedInTheEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  void ended.then(close);
  return { child, ended, listeners, printed: () => stdout + stderr };
}

/** Runs a program of the service that is meant to end by itself. */
export const runProgram = (program: string, env: Environment, args: readonly string[] = []): Promise<Ended> =>
  launch(program, env, args).ended;

/** A program of the service that goes on until it is stopped. */
export interface RunningProgram {
  /** Resolves when it has printed this; rejects when it ends before. */
  says(text: string): Promise<void>;
  /** SIGTERM; resolves with how it ended. */
  stop(): Promise<Ended>;
}

export function startProgram(program: string, env: Environment, args: readonly string[] = []): RunningProgram {
  const { child, ended, listeners, printed } = launch(program, env, args);
  return {
    says: (text) =>
      new Promise((resolve, reject) => {
        const check = (): void => void (printed().includes(text) && resolve());
        listeners.add(check);
        void ended.then(({ code }) => reject(new Error(`${program} ended with ${code}: ${printed()}`)));
        check();
      }),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Resolves when the service says that it is ready; rejects when it ends instead. */
export async function startServiceProcess(env: Environment = {}): Promise<ServiceProcess> {
  const { child, ended, listeners, printed } = launch('src/main.ts', env);
  const signal = async (name: NodeJS.Signals): Promise<Ended> => {
    child.kill(name);
    return ended;
  };
  const ready = /Socket events +(http:\/\/[^/\s]+).*\n(?: +Bootstrap key .*\n.*\n)?/;
  await new Promise<void>((resolve, reject) => {
    // The tour of the demo is the last thing that its start prints.
    const last = env['DEMO'] === 'true' ? 'ada.lovelace@example.org"}\'' : '';
    const check = (): void => void (ready.test(printed()) && printed().includes(last) && resolve());
    listeners.add(check);
    void ended.then(({ code }) => reject(new Error(`the service ended with ${code}: ${printed()}`)));
  });
  listeners.clear();
  return {
    pid: child.pid ?? 0,
    url: ready.exec(printed())?.[1] ?? '',
    bootstrapKey: /Bootstrap key +(ckr_\w+)/.exec(printed())?.[1] ?? '',
    ended,
    printed,
    kill: () => signal('SIGKILL'),
    stop: async () => (await signal('SIGTERM')).code,
  };
}
