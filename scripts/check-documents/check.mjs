import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.mjs';

/*
 * Holds docs/openapi.json to Spectral's rules with those of OWASP, and to Redocly's recommended ones; warnings count. The
 * linters live in a package of their own, which is installed when its lock file has changed.
 */
process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const here = 'scripts/check-documents';
const [asked, present] = [`${here}/package-lock.json`, `${here}/node_modules/.installed-lock.json`];
const isCurrent = existsSync(present) && readFileSync(asked, 'utf8') === readFileSync(present, 'utf8');
// Neither linter may call home.
Object.assign(process.env, {
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  SUPPRESS_SUPPORT_NOTICE: 'true',
});

const bin = (name) => join(here, 'node_modules/.bin', name);
const steps = [
  ...(isCurrent ? [] : [['npm', ['ci', '--prefix', here, '--ignore-scripts', '--no-audit', '--no-fund', '--silent']]]),
  [bin('spectral'), ['lint', 'docs/openapi.json', '--ruleset', `${here}/spectral.yaml`, '--fail-severity', 'warn']],
  [bin('redocly'), ['lint', 'docs/openapi.json', '--config', `${here}/redocly.yaml`, '--max-problems', '20']],
];
for (const [command, args] of steps) {
  const code = await run(command, args);
  if (code !== 0) process.exit(code);
  if (command === 'npm') cpSync(asked, present);
}
