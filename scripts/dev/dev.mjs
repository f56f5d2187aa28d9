import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { built, installed } from '../freshness.mjs';
import { run } from '../run.mjs';

/*
 * npm run dev: the service, begun anew at every change below src/ and migrations/. Types are left to the editor and to
 * `npm run -s typecheck`. Says how long each time took, from the change to the port.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WATCHED = ['src', 'migrations'];
/** Editors save in several steps, and several files at once. */
const SETTLE_MS = 30;
const LISTENING = 'Cloakroom is listening.';

chdir(ROOT);
for (const { title, done, npm } of [
  { title: 'installing packages', done: installed, npm: ['ci', '--no-audit', '--no-fund'] },
  { title: 'building', done: built, npm: ['run', '-s', 'build'] },
]) {
  if (done()) continue;
  console.log(`dev: ${title}`);
  const code = await run('npm', npm);
  if (code !== 0) process.exit(code);
}
const { transpile } = await import('./transpile.mjs');
const database = await holdDatabase();

/** Processes that wait are forked ahead: see standby.mjs. */
const standby = () =>
  fork(join(ROOT, 'scripts/dev/standby.mjs'), process.argv.slice(2), { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
let next = standby();
let service;
let reloading;
const changed = new Set();

begin(performance.now());
for (const folder of WATCHED) {
  watch(folder, { recursive: true }, (_, name) => {
    const path = join(folder, name ?? '');
    if (path.endsWith('.spec.ts') || statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    changed.add(path);
    reloading ??= reload(performance.now()).finally(() => (reloading = undefined));
  });
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void end());

/** Until nothing has changed any more. What does not compile leaves the service as it was. */
async function reload(since) {
  while (changed.size > 0) {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const paths = [...changed];
    changed.clear();
    try {
      await transpile(paths);
    } catch (error) {
      console.error(`dev: ${error.message}`);
      continue;
    }
    console.log(`dev: ${paths.join(', ')} changed`);
    await stop(service);
    begin(since);
  }
}

function begin(since) {
  service = next;
  let printed = '';
  service.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    if (printed.includes(LISTENING)) return;
    printed += text;
    if (!printed.includes(LISTENING)) return;
    console.log(`dev: listening after ${Math.round(performance.now() - since)} ms`);
    // Not before, since it would take the processor away.
    next = standby();
  });
  const begun = service;
  begun.once('exit', () => {
    // A start that failed has said why; the next change tries again.
    if (next === begun) next = standby();
  });
  begun.send('begin');
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** An embedded database goes on from one service to the next as long as somebody holds it. */
async function holdDatabase() {
  const { loadConfig } = await import('../../dist/src/config/config.js');
  const { openDatabase } = await import('../../dist/src/database/open-database.js');
  return openDatabase(loadConfig(process.env));
}

async function end() {
  changed.clear();
  await stop(service);
  if (next !== service) next.kill('SIGKILL');
  await database.close();
  process.exit(0);
}
