import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOwnPackages } from '../own-package.mjs';
import { run } from '../run.mjs';

/*
 * Holds docs/openapi.json to Spectral's rules with those of OWASP, and to Redocly's recommended ones; warnings count.
 */
process.chdir(fileURLToPath(new URL('../..', import.meta.url)));
const here = 'scripts/check-documents';
// Neither linter may call home.
Object.assign(process.env, {
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  SUPPRESS_SUPPORT_NOTICE: 'true',
});

await installOwnPackages(here);
const bin = (name) => join(here, 'node_modules/.bin', name);
const steps = [
  [bin('spectral'), ['lint', 'docs/openapi.json', '--ruleset', `${here}/spectral.yaml`, '--fail-severity', 'warn']],
  [bin('redocly'), ['lint', 'docs/openapi.json', '--config', `${here}/redocly.yaml`, '--max-problems', '20']],
];
for (const [command, args] of steps) {
  const code = await run(command, args);
  if (code !== 0) process.exit(code);
}
