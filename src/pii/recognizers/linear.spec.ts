import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

interface Cost {
  readonly name: string;
  readonly ms: number;
  readonly 'ms for four times as much': number;
}

const LIMIT_MS = 50;
/** A pattern that is not linear fails every time; a machine that is busy elsewhere does not. */
const ATTEMPTS = 3;

it('20,000 hostile characters take 50 ms of CPU at most, and four times as many no more than in proportion', async () => {
  let broken: Cost[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const script = ['--import', './test/support/typescript.mjs', 'test/support/hostile.process.mjs'];
    const { stdout } = await promisify(execFile)(process.execPath, script, { timeout: 60_000 });
    const costs = JSON.parse(stdout) as Cost[];
    expect(costs.length).toBeGreaterThan(40);
    broken = costs.filter((cost) => cost.ms > LIMIT_MS || cost['ms for four times as much'] > 8 * cost.ms + 10);
    if (broken.length === 0) break;
  }
  expect(broken).toEqual([]);
}, 180_000);
