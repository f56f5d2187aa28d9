import { fileURLToPath } from 'node:url';
import { built, installed } from './freshness.mjs';
import { run } from './run.mjs';

/*
 * npm run quickstart [-- --demo]: from a fresh clone to a running service. Installs and builds only what is missing or out of date.
 * Then this very process becomes the service: signals, arguments, environment and exit code need no passing on, and
 * nothing is left running when it is killed.
 */
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/**
 * @param {string} title
 * @param {readonly string[]} npm
 */
async function step(title, npm) {
  console.log(`quickstart: ${title}`);
  const code = await run('npm', npm);
  if (code === 0) return;
  console.error(`quickstart: ${title} failed`);
  process.exit(code);
}

/** A killed npm cannot tell its child. The service ends then as on SIGTERM, lest it keep port and database for nobody. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event !== 'quickstart') return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250).unref();
}

if (process.argv.includes('--demo')) process.env.DEMO = 'true';
if (!installed()) await step('installing packages', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
if (!built()) await step('building', ['run', '-s', 'build']);
console.log('quickstart: starting');
endWithNpm();
process.setSourceMapsEnabled(true);
process.argv[1] = fileURLToPath(new URL('../dist/src/main.js', import.meta.url));
await import('../dist/src/main.js');
