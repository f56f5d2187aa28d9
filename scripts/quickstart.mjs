import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { built, installed } from './freshness.mjs';
import { run } from './run.mjs';

/*
 * npm run quickstart: from a fresh clone to a running service. Installs and builds only what is missing or out of date,
 * then starts the service, to which signals, arguments and the environment pass unchanged. Its exit code is ours.
 */
chdir(fileURLToPath(new URL('..', import.meta.url)));

async function step(title, command, args) {
  console.log(`quickstart: ${title}`);
  const code = await run(command, args);
  if (code === 0) return;
  console.error(`quickstart: ${title} failed`);
  process.exit(code);
}

if (!installed()) await step('installing packages', 'npm', ['ci', '--no-audit', '--no-fund']);
if (!built()) await step('building', 'npm', ['run', '-s', 'build']);
console.log('quickstart: starting');
process.exit(await run(process.execPath, ['--enable-source-maps', 'dist/src/main.js', ...process.argv.slice(2)]));
