import { cpSync, existsSync, readFileSync } from 'node:fs';
import { run } from './run.mjs';

/**
 * Installs the packages of a script that has a package.json of its own, unless they are what its lock file asks for. None
 * of their install scripts runs. Ends the process when that fails.
 *
 * @param {string} directory
 */
export async function installOwnPackages(directory) {
  const [asked, present] = [`${directory}/package-lock.json`, `${directory}/node_modules/.installed-lock.json`];
  if (existsSync(present) && readFileSync(asked, 'utf8') === readFileSync(present, 'utf8')) return;
  const code = await run('npm', [
    'ci',
    '--prefix',
    directory,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--silent',
  ]);
  if (code !== 0) process.exit(code);
  cpSync(asked, present);
}
