import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Report {
  readonly count: number;
  readonly composedIn: readonly string[];
  readonly vulnerable: readonly unknown[];
  readonly slow: readonly unknown[];
}

describe('every regular expression of the service', () => {
  let report: Report;
  beforeAll(async () => {
    const script = ['--import', './test/support/typescript.mjs', 'test/support/expressions.process.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, script, { timeout: 170_000 });
    report = JSON.parse(stdout) as Report;
  }, 180_000);

  it('is looked at, also where it is made of strings', () => {
    const composing = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
      .map((name) => join('src', name))
      .filter((name) => readFileSync(name, 'utf8').includes('new RegExp('));
    // Two constants of its own, and no text but /etc/passwd.
    const exempt = 'src/database/unprivileged-account.ts';
    expect([...report.composedIn, exempt].toSorted()).toEqual(composing.toSorted());
    expect(report.count).toBeGreaterThan(200);
  });

  it('passes recheck', () => expect(report.vulnerable).toEqual([]));

  it('takes time in proportion to what it is given', () => expect(report.slow).toEqual([]));
});
