import { parseArgs } from 'node:util';
import { DataSource } from 'typeorm';
import { loadConfig } from '../config/config.js';
import { Database } from '../database/database.js';
import { dataSourceOptions } from '../database/data-source.js';
import { openDatabase } from '../database/open-database.js';
import { verifyAudit } from '../pii/audit/verify-audit.js';

/*
 * npm run -s audit -- verify: checks that no row of the audit was changed, removed or put in. Exit code 1 names the first
 * row at fault of each workspace.
 */
const { positionals } = parseArgs({ allowPositionals: true });
if (positionals.length !== 1 || positionals[0] !== 'verify') {
  process.stderr.write('Usage: npm run -s audit -- verify\n');
  process.exit(2);
}

const opened = await openDatabase(loadConfig(process.env));
const dataSource = await new DataSource(dataSourceOptions(opened.connection)).initialize();
const broken = await verifyAudit(new Database(dataSource));
for (const { workspaceId, seq } of broken) {
  process.stdout.write(`Workspace ${workspaceId}: the audit is broken at entry ${seq}\n`);
}
if (broken.length === 0) process.stdout.write('The audit is whole.\n');
await dataSource.destroy();
await opened.close();
process.exitCode = broken.length === 0 ? 0 : 1;
