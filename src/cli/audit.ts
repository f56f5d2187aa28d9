import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { loadConfig } from '../config/config.js';
import { Database } from '../database/database.js';
import { dataSourceOptions } from '../database/data-source.js';
import { openDatabase } from '../database/open-database.js';
import {
  type AuditHead,
  auditHeads,
  type BrokenChain,
  contradictedHeads,
  verifyAudit,
} from '../pii/audit/verify-audit.js';
import { Progress } from './progress.js';

/*
 * npm run -s audit -- verify [--heads FILE] [--json]
 *   checks that no row of the audit was changed, removed or put in, and that the chains go through the heads in the file.
 *   Exit code 1 names the first row at fault of each workspace.
 * npm run -s audit -- heads
 *   the present ends of all chains, one JSON object a line: to be kept elsewhere.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { heads: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const [command] = positionals;
if (positionals.length !== 1 || (command !== 'verify' && command !== 'heads')) {
  process.stderr.write('Usage: npm run -s audit -- verify [--heads FILE] [--json] | heads\n');
  process.exit(2);
}

const opened = await openDatabase(loadConfig(process.env));
const dataSource = await new DataSource(dataSourceOptions(opened.connection)).initialize();
const database = new Database(dataSource);
if (command === 'heads') {
  for await (const head of auditHeads(database)) process.stdout.write(`${JSON.stringify(head)}\n`);
} else {
  const kept = values.heads === undefined ? [] : readHeads(values.heads);
  const broken = [...(await verified()), ...(await contradictedHeads(database, kept))];
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ whole: broken.length === 0, broken })}\n`);
  } else {
    for (const { workspaceId, seq } of broken) {
      process.stdout.write(`Workspace ${workspaceId}: the audit is broken at entry ${seq}\n`);
    }
    if (broken.length === 0) process.stdout.write('The audit is whole.\n');
  }
  process.exitCode = broken.length === 0 ? 0 : 1;
}
await dataSource.destroy();
await opened.close();

async function verified(): Promise<BrokenChain[]> {
  let progress: Progress | undefined;
  const broken = await verifyAudit(database, (done, all) => {
    progress ??= new Progress(all, 'workspaces checked');
    progress.at(done);
  });
  progress?.end();
  return broken;
}

function readHeads(path: string): AuditHead[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as AuditHead);
}
