import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { argv, execArgv, execPath, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Fault } from './ledger.js';

/*
 * npm run chaos:prove: a harness that finds nothing proves nothing. Each module in faults/ seeds one bug into the servers
 * of a run, by patching a class before the service starts; the service itself knows nothing of it. Each must be caught,
 * under the right name. Arguments are names of faults; without any, all are tried.
 */
const CAUGHT_AS: Readonly<Record<string, readonly Fault[]>> = {
  'ack-before-commit': ['acked before the commit', 'lost'],
  'ack-forgotten': ['never healed'],
  'broadcast-before-commit': ['shown before the commit'],
  'forgery-accepted': ['a refused string had an effect'],
  'history-off-by-one': ['gap or disorder'],
  'leak-in-log': ['leak'],
  'leak-in-trace': ['leak'],
  'memory-leak': ['memory'],
  'no-dedupe': ['doubled'],
  'replay-accepted': ['a refused string had an effect'],
  'resume-off-by-one': ['gap or disorder'],
  'revocation-unnoticed': ['a revoked right lived on'],
  'string-used-twice': ['a refused string had an effect'],
  'unhandled-rejection': ['crash'],
};
/** Bugs that show by and by: what is waited for, or grows, must not be ended by a kill or a cut. */
const RUN_OF: Readonly<Record<string, readonly string[]>> = {
  'ack-forgotten': ['--calm', '--seconds', '60', '--rate', '20'],
  'memory-leak': ['--calm', '--seconds', '45'],
  'revocation-unnoticed': ['--calm', '--seconds', '30'],
};
const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const FAULTS = new URL('faults/', import.meta.url);

/** What the run with this bug found. */
async function run(name: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const length = RUN_OF[name] ?? ['--seconds', '20'];
  const options = [...length, '--seed', '8', '--quiet', '--fault', new URL(`${name}.mjs`, FAULTS).href];
  const child = spawn(execPath, [...execArgv, RUN, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

const seeded = readdirSync(FAULTS).map((file) => basename(file, '.mjs'));
const unnamed = seeded.filter((name) => CAUGHT_AS[name] === undefined);
if (unnamed.length > 0) throw new Error(`it is not said as what these are caught: ${unnamed.join(', ')}`);
const wanted = argv.length > 2 ? argv.slice(2) : seeded;
let missed = 0;
for (const name of wanted) {
  const { code, output } = await run(name);
  const caught = (CAUGHT_AS[name] ?? []).filter((fault) => output.includes(`FAULT ${fault}:`));
  const passed = code === 1 && caught.length > 0;
  if (!passed) missed += 1;
  stdout.write(passed ? `caught ${name}: ${caught.join(', ')}\n` : `MISSED ${name}:\n${output}\n`);
}
stdout.write(`chaos:prove: ${wanted.length - missed} of ${wanted.length} seeded bugs were caught\n`);
process.exit(missed === 0 ? 0 : 1);
