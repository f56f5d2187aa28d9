import { spawnSync } from 'node:child_process';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { verdictOf } from './holes.mjs';

/*
 * npm run check:holes: asks the registry for known holes in what is given on with the service, and fails on any. Where the
 * registry cannot be asked the line says so: that is no failure of ours, and no answer either.
 */
chdir(fileURLToPath(new URL('..', import.meta.url)));

const { stdout } = spawnSync('npm', ['audit', '--json', '--omit=dev'], { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
const { code, line } = verdictOf(stdout);
console.log(`holes: ${line}`);
process.exit(code);
