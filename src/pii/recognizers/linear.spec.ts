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

const HOSTILE = {
  'a@': 'a@',
  'a.': 'a.',
  '1-': '1-',
  '1 ': '1 ',
  '1.': '1.',
  '(1': '(1',
  ' ': ' ',
  digits: '1',
  letters: 'a',
  capitals: 'A',
  at: '@',
  'http://': 'http://',
  'http://a:b@': 'http://a:b@',
  'www.': 'www.',
  '<': '<',
  '<PERSON_1': '<PERSON_1',
  '+': '+',
  '+1': '+1',
  ':': ':',
  'a:': 'a:',
  '::1': '::1',
  'a at ': 'a at ',
  'a [at] b dot ': 'a [at] b dot ',
  'Aa 1 ': 'Aa 1 ',
  '1 Aa ': '1 Aa ',
  'Suite 1 ': 'Suite 1 ',
  '1 Main Street, ': '1 Main Street, ',
  'rue ': 'rue ',
  'Aa, ': 'Aa, ',
  'password: ': 'password: ',
  'password=a ': 'password=a ',
  'phone 1 ': 'phone 1 ',
  'call 030 1234567 ': 'call 030 1234567 ',
  'user @a ': 'user @a ',
  'passport A1234567 ': 'passport A1234567 ',
  '4111 ': '4111 ',
  'GB29 ': 'GB29 ',
  'eyJ.': 'eyJaaaaaaaa.',
  '-----BEGIN PRIVATE KEY-----': '-----BEGIN PRIVATE KEY-----',
  '1A': '1A',
  'zero width': '\u200b',
  'full width': '１',
  'e + accent': 'e\u0301',
  accents: '\u0301',
  '"@': '"@',
  "a'": "a'",
  '0x': '0x',
  '1/1/': '1/1/',
  '#1': '#1',
} as const;

const LENGTH = 20_000;

// A pattern that is not linear fails every time; a machine that is busy elsewhere does not.
jest.retryTimes(2);

const ORDINARY = `Hi Maria, the parcel for Jonas Weber went to 12 Mill Lane, Leeds LS1 4AB on Tuesday; he said to call
+44 20 7946 0018 or to write to jonas.weber@example.org before noon. Can you have a look? Thanks! `;

describe('hostile text', () => {
  // What 20,000 characters of chat cost here and now. Milliseconds would fail on a busy machine, so the hostile text is
  // held against this; bench:pii is for absolute figures.
  const chat = ORDINARY.repeat(LENGTH / ORDINARY.length + 1).slice(0, LENGTH);
  analyze(chat);
  const ordinary = fastest(() => analyze(chat));

  it.each(Object.entries(HOSTILE))('of %s takes time in proportion to its length', (_name, unit) => {
    const short = unit.repeat(LENGTH / unit.length);
    const long = unit.repeat((4 * LENGTH) / unit.length);
    analyze(short);
    const once = fastest(() => analyze(short));
    // Four times the text: sixteen times the work if it were quadratic. The constant covers the timer and the collector.
    expect(once).toBeLessThan(10 * ordinary);
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
