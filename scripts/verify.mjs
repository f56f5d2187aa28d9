import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, chdir, env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { installed } from './freshness.mjs';
import { run } from './run.mjs';

/*
 * npm run verify: everything that must hold before a change is handed on. Stops at the first step that fails, with its
 * exit code. Once tests have run, the last line counts them. `npm run verify -- --long` adds what takes half an hour or more.
 */
chdir(fileURLToPath(new URL('..', import.meta.url)));

const directory = mkdtempSync(join(tmpdir(), 'cloakroom-verify-'));
const results = join(directory, 'jest.json');

const isLong = argv.includes('--long');
/** Home of a runtime for models, which is too large to be a dependency. */
const ONNX = 'test/onnx-runtime';

/** Arguments of npm that run a script of package.json without npm's own words. */
const script = (name, ...args) => ['run', '-s', name, ...(args.length > 0 ? ['--', ...args] : [])];

const steps = [
  { title: 'install', npm: ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], skip: !env.CI && installed() },
  {
    title: 'runtime of the model test',
    npm: ['ci', '--prefix', ONNX, '--ignore-scripts', '--no-audit', '--no-fund'],
    skip: existsSync(join(ONNX, 'node_modules')),
  },
  { title: 'types', npm: script('typecheck') },
  { title: 'lint', npm: script('lint') },
  { title: 'format', npm: script('format:check') },
  { title: 'boundaries', npm: script('boundaries') },
  { title: 'build', npm: script('build') },
  { title: 'documents', npm: script('documents', '--check') },
  { title: 'rules of API documents', npm: script('check:documents') },
  { title: 'files of an installation', npm: script('check:deploy') },
  // Asks the registry: in CI, and in the long mode.
  { title: 'known holes', npm: script('check:holes'), skip: !env.CI && !isLong },
  { title: 'tests', npm: script('jest', '--json', `--outputFile=${results}`) },
  // In CI, and in the long mode: servers and databases are killed a dozen times in a minute of traffic.
  { title: 'chaos', npm: script('chaos', '--seconds', '60', '--kills-per-minute', '12'), skip: !env.CI && !isLong },
  { title: 'seeded bugs', npm: script('chaos:prove'), skip: !isLong },
  { title: 'long properties', npm: script('test:nightly'), skip: !isLong },
  { title: 'simulation', npm: script('test:simulation'), skip: !isLong },
];

let code = 0;
for (const { title, npm, skip } of steps) {
  if (skip) {
    console.log(`verify: ${title}: nothing to do`);
    continue;
  }
  const start = performance.now();
  code = await run('npm', npm);
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  console.log(`verify: ${title}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  if (code !== 0) break;
}
if (existsSync(results)) {
  // A suite that could not even be loaded has no tests to count: it is one failure.
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(results, 'utf8'));
  console.log(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`);
}
rmSync(directory, { recursive: true, force: true });
process.exit(code);
