import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { built } from '../../scripts/freshness.mjs';

const WHAT_IT_NEEDS = ['src', 'migrations', 'scripts', 'dist', 'package.json', 'package-lock.json', '.swcrc'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];

describe('npm run dev', () => {
  // Of its own: it changes the source, and what is built of it.
  const directory = mkdtempSync(join(tmpdir(), 'cloakroom-dev-'));
  beforeAll(() => {
    if (!built()) throw new Error('npm run build first');
    for (const name of [...WHAT_IT_NEEDS, ...SETTINGS]) {
      cpSync(name, join(directory, name), { recursive: true, preserveTimestamps: true });
    }
    symlinkSync(resolve('node_modules'), join(directory, 'node_modules'));
  });
  let dev: ChildProcess | undefined;
  afterAll(() => {
    dev?.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });

  it('begins the service anew at a change, and keeps it where a change is no TypeScript', async () => {
    const started = spawn(process.execPath, [join(directory, 'scripts/dev/dev.mjs')], {
      env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn', DATA_DIR: join(directory, '.data') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    dev = started;
    let printed = '';
    const listeners = new Set<() => void>();
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        for (const check of listeners) check();
      });
    }
    /** Forgets what was printed before, and waits until the pattern is. */
    const says = (pattern: RegExp): Promise<RegExpExecArray> =>
      new Promise((done, fail) => {
        const check = (): void => {
          const found = pattern.exec(printed);
          if (!found) return;
          listeners.delete(check);
          printed = printed.slice(found.index + found[0].length);
          done(found);
        };
        listeners.add(check);
        started.once('exit', () => fail(new Error(`it has ended: ${printed}`)));
        check();
      });
    const listening = async (): Promise<string> =>
      (await says(/OpenAPI +(http:\S+)\/docs\/json[^]*?dev: listening after \d+ ms\n/))[1] ?? '';
    const page = async (url: string): Promise<string> => (await fetch(`${url}/docs/errors/chat_not_found`)).text();

    expect(await page(await listening())).toContain('No such chat.');
    const table = join(directory, 'src/errors/code-table.ts');
    const source = readFileSync(table, 'utf8');
    writeFileSync(table, source.replace('No such chat.', 'There is no such chat.'));
    const url = await listening();
    expect(await page(url)).toContain('There is no such chat.');
    writeFileSync(table, `${source}\nconst = ;`);
    await says(/code-table\.ts:\d+/);
    expect(await page(url)).toContain('There is no such chat.');
    writeFileSync(table, source);
    expect(await page(await listening())).toContain('>No such chat.');
    const ended = once(started, 'exit');
    started.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  }, 120_000);
});
