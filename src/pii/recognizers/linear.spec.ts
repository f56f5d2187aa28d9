import { readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { checkSync } from 'recheck';
import { analyze } from '../analyzer.js';
import { RECOGNIZERS } from './registry.js';

// recheck starts a native or a Java backend unless told otherwise; its JavaScript one is the same code.
process.env.RECHECK_SYNC_BACKEND = 'pure';

// Long counted repetitions keep it busy for minutes; what it has not decided by then, the growth test below covers.
const TIMEOUT = Number(process.env['RECHECK_TIMEOUT'] ?? 600);

const patterns = new Map(
  RECOGNIZERS.flatMap((recognizer) => recognizer.patterns).map((pattern) => [pattern.toString(), pattern] as const),
);

describe('every pattern of the registry', () => {
  it.each([...patterns])('%s is linear', (_name, pattern) => {
    const result = checkSync(pattern.source, pattern.flags, { timeout: TIMEOUT });
    expect(result.status).not.toBe('vulnerable');
  });
});

/** What to repeat, by its name; the benchmark measures the same texts in milliseconds. */
const HOSTILE = JSON.parse(readFileSync('bench/pii/hostile.json', 'utf8')) as Readonly<Record<string, string>>;

const LENGTH = 20_000;

// A pattern that is not linear fails every time; a machine that is busy elsewhere does not.
jest.retryTimes(2);

const ORDINARY = `Hi Maria, the parcel for Jonas Weber went to 12 Mill Lane, Leeds LS1 4AB on Tuesday; he said to call
+44 20 7946 0018 or to write to jonas.weber@example.org before noon. Can you have a look? Thanks! `;

describe('hostile text', () => {
  // What 20,000 characters of chat cost here and now: some 8 ms of an idle machine, of which 50 ms are six times as much.
  // Milliseconds themselves would fail on a busy machine; bench:pii holds the texts to them.
  const chat = ORDINARY.repeat(LENGTH / ORDINARY.length + 1).slice(0, LENGTH);
  analyze(chat);
  const ordinary = fastest(() => analyze(chat));

  it.each(Object.entries(HOSTILE))('of %s takes time in proportion to its length', (_name, unit) => {
    const short = unit.repeat(LENGTH / unit.length);
    const long = unit.repeat((4 * LENGTH) / unit.length);
    analyze(short);
    const once = fastest(() => analyze(short));
    // Four times the text: sixteen times the work if it were quadratic. The constant covers the timer and the collector.
    expect(once).toBeLessThan(6 * ordinary);
    expect(fastest(() => analyze(long))).toBeLessThan(8 * once + 10);
  });
});

/** CPU milliseconds, so that a busy machine does not fail the test. */
function fastest(work: () => void): number {
  let best = Infinity;
  for (let run = 0; run < 6; run += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
