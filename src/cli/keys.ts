import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { loadConfig } from '../config/config.js';
import { Database } from '../database/database.js';
import { dataSourceOptions } from '../database/data-source.js';
import { openDatabase } from '../database/open-database.js';
import { createKeyProvider } from '../pii/vault/keys/create-key-provider.js';
import { KeyRotation, type MasterKeyState } from '../pii/vault/keys/key-rotation.js';
import { MasterKeyUseStore } from '../pii/vault/keys/master-key-use.store.js';
import { Progress } from './progress.js';

/*
 * npm run -s keys -- list|rotate|retire <kid> [--json]: the master keys of the vault.
 *   list    how many keys of chats each one wraps, and how many erasures wait for its end
 *   rotate  with MASTER_KEYS_FILE a new first key; then everything is wrapped with the first key. Cut off, it goes on where
 *           it stopped. Servers go on running.
 *   retire  destroys a master key that wraps nothing any more
 */
const USAGE = 'Usage: npm run -s keys -- list | rotate | retire <kid>, each with --json\n';

const { positionals, values } = given();

function given() {
  try {
    return parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
  } catch {
    process.stderr.write(USAGE);
    return process.exit(2);
  }
}

/** The result: as JSON, one document a line, or in words. */
function answer(result: object, words: string): void {
  process.stdout.write(`${values.json ? JSON.stringify(result) : words}\n`);
}

async function list(rotation: KeyRotation): Promise<number> {
  const states = await rotation.list();
  if (values.json) for (const state of states) answer(state, '');
  else process.stdout.write(tableOf(states));
  return 0;
}

function tableOf(states: readonly MasterKeyState[]): string {
  const rows = states.map(({ kid, current, present, chatKeys, pendingErasures }) => [
    kid,
    current ? 'current' : present === false ? 'MISSING' : 'old',
    String(chatKeys),
    String(pendingErasures),
  ]);
  const table = [['kid', 'state', 'chat keys', 'pending erasures'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

async function rotate(rotation: KeyRotation): Promise<number> {
  const { kid, isNew } = await rotation.begin();
  process.stderr.write(isNew ? `New master key ${kid}\n` : `Wrapping with the master key ${kid}\n`);
  const start = performance.now();
  const waiting = (await rotation.list()).reduce((sum, { current, chatKeys }) => sum + (current ? 0 : chatKeys), 0);
  const progress = new Progress(waiting, 'keys rewrapped');
  let last = { rewrapped: 0, unreadable: 0 };
  for await (last of rotation.rewrapAll()) progress.at(last.rewrapped);
  progress.end();
  const seconds = (performance.now() - start) / 1_000;
  const rate = Math.round(last.rewrapped / Math.max(seconds, 0.001));
  const unreadable = last.unreadable > 0 ? `\n${last.unreadable} keys cannot be opened and stay as they are` : '';
  answer(
    { kid, isNew, ...last, seconds },
    `${last.rewrapped} keys rewrapped with ${kid} in ${seconds.toFixed(1)} s (${rate} keys/s)${unreadable}`,
  );
  return last.unreadable > 0 ? 1 : 0;
}

async function retire(rotation: KeyRotation, kid: string): Promise<number> {
  const refusal = await rotation.retire(kid);
  if (refusal === undefined) {
    answer(
      { kid, retired: true },
      `The master key ${kid} is destroyed. Destroy the backups of the file that held it, too.`,
    );
    return 0;
  }
  const reason =
    refusal === 'unknown'
      ? 'there is none of that name'
      : refusal === 'current'
        ? 'it is the current one; rotate first'
        : `it still wraps ${refusal.chatKeys} keys; rotate first`;
  if (values.json) answer({ kid, retired: false, reason }, '');
  else process.stderr.write(`The master key ${kid} stays: ${reason}\n`);
  return 1;
}

function command(): ((rotation: KeyRotation) => Promise<number>) | undefined {
  const [name, kid] = positionals;
  if (name === 'retire' && kid !== undefined && positionals.length === 2) return (rotation) => retire(rotation, kid);
  if (positionals.length !== 1) return undefined;
  return name === 'list' ? list : name === 'rotate' ? rotate : undefined;
}

async function main(): Promise<number> {
  const work = command();
  if (!work) {
    process.stderr.write(USAGE);
    return 2;
  }
  const config = loadConfig(process.env);
  const opened = await openDatabase(config);
  const dataSource = await new DataSource(dataSourceOptions(opened.connection)).initialize();
  try {
    return await work(new KeyRotation(new MasterKeyUseStore(new Database(dataSource)), createKeyProvider(config)));
  } finally {
    await dataSource.destroy();
    await opened.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  // Errors of ours quote nothing: a variable and its rule, or a state of the database.
  process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`);
  process.exitCode = 1;
}
