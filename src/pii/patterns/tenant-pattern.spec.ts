import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyzer.js';
import { scan } from '../recognizers/scan.js';
import {
  allWorkspaces,
  checkPattern,
  PatternsTooSlow,
  type TenantPattern,
  tenantRecognizer,
  type TenantRecognizer,
} from './tenant-pattern.js';

const pattern = (expression: string, more: Partial<TenantPattern> = {}): TenantPattern => ({
  type: 'CASE_ID',
  expression,
  context: [],
  score: 0.85,
  ...more,
});

/** What is found with one pattern beside what the service knows itself. */
const found = (text: string, own: TenantPattern): string[] =>
  analyze(text, { own: tenantRecognizer([own]) }).map(({ start, end, type }) => `${type}:${text.slice(start, end)}`);

describe('a pattern of a workspace finds', () => {
  it.each<[string, string, string[]]>([
    ['AB-[0-9]{4}', 'see AB-4711 and AB-4712', ['CASE_ID:AB-4711', 'CASE_ID:AB-4712']],
    ['AB-[0-9]{4}', 'see XAB-4711, AB-47112', []],
    ['[0-9]{6}', 'order 4111111111111111', []],
    ['(?i)case (?P<value>[a-z]{3})', 'CASE Xyz', ['CASE_ID:Xyz']],
    ['case (?<value>[0-9]+)?', 'case closed', []],
    ['E[0-9]{3}', '工号E123是 😀 E124', ['CASE_ID:E123', 'CASE_ID:E124']],
    ['E[0-9]{3}', 'folded: Ｅ１２３', ['CASE_ID:Ｅ１２３']],
    ['[0-9]{4} [0-9]{4}', 'in a placeholder <X_1>, and 1234 5678', ['CASE_ID:1234 5678']],
    ['PERSON', 'typed <PERSON_1> stays', []],
    ['x+', 'axxa xx', ['CASE_ID:xx']],
  ])('%s in %s', (expression, text, expected) => {
    expect(found(text, pattern(expression)).filter((find) => find.startsWith('CASE_ID:'))).toEqual(expected);
  });

  it('only what stands near a word of its context, where it has one', () => {
    const staff = pattern('[0-9]{5}', { context: ['staff', 'übung'] });
    expect(found('Staff number 12345', staff)).toEqual(['CASE_ID:12345']);
    expect(found('12345 is an ÜBUNG', staff)).toEqual(['CASE_ID:12345']);
    expect(found('flagstaff 12345', staff)).toEqual([]);
    expect(found(`staff${' '.repeat(60)}12345`, staff)).toEqual([]);
    expect(found(`12345${' '.repeat(30)}staff`, staff)).toEqual([]);
    expect(found('12345', staff)).toEqual([]);
  });

  it('what the service finds too, and the surer one wins', () => {
    const text = 'mail ada@example.org';
    expect(found(text, pattern('ada@example', { score: 0.5 }))).toEqual(['EMAIL_ADDRESS:ada@example.org']);
    expect(found(text, pattern('mail [a-z]+@[a-z]+', { score: 1 }))[0]).toBe('CASE_ID:mail ada@example');
    expect(found(text, pattern('mail', { type: 'EMAIL_ADDRESS' }))).toEqual([
      'EMAIL_ADDRESS:mail',
      'EMAIL_ADDRESS:ada@example.org',
    ]);
  });
});

describe('a pattern of a workspace is refused', () => {
  it.each([
    ['(', 'not_re2'],
    ['a{2000}', 'not_re2'],
    ['(a)\\1', 'not_re2'],
    ['(?=a)a', 'not_re2'],
    ['[0-9]{200}', 'too_complex'],
    ['(a|b|c|d){60}', 'too_complex'],
    ['a*', 'matches_empty'],
    ['(?P<value>a)|', 'matches_empty'],
  ])('when it is %s', (expression, reason) => {
    expect(() => checkPattern(pattern(expression))).toThrow(
      expect.objectContaining({ code: 'pattern_refused', details: { reason } }),
    );
  });
});

describe('patterns of a workspace that are too slow', () => {
  // Each search looks for y to the end of the text in vain and then takes one character: quadratic, whatever the engine.
  const quadratic = pattern('x[^y]*y|x');
  const hostile = 'x '.repeat(32_768);

  it('are stopped, and have to rest when their time is used up, also with quick texts in between', () => {
    const recognizer = tenantRecognizer([quadratic]);
    const rests = () => isTooSlow('x', recognizer);
    let texts = 0;
    for (; texts < 4 && !rests(); texts += 1) expect(isTooSlow(hostile, recognizer)).toBe(true);
    expect([1, 2, 3]).toContain(texts);
    expect(rests()).toBe(true);
  });

  it('are not those of a process that did not get to run', () => {
    const recognizer = tenantRecognizer([pattern('EMP-[0-9]{6}')]);
    const blocked = new Int32Array(new SharedArrayBuffer(4));
    const seen: string[] = [];
    const text = 'EMP-004711, EMP-004712 and EMP-004713';
    recognizer.find(text, scan(text), 0, (_, start, end) => {
      seen.push(text.slice(start, end));
      // As a processor that is busy with others: the clock goes on, and nothing is done.
      Atomics.wait(blocked, 0, 0, 150);
    });
    expect(seen).toEqual(['EMP-004711', 'EMP-004712', 'EMP-004713']);
    expect(isTooSlow('x', recognizer)).toBe(false);
  });

  it('of many workspaces have to rest together, and no others', () => {
    const all = allWorkspaces();
    const quick = tenantRecognizer([pattern('x')], all);
    const slow: TenantRecognizer[] = [];
    while (slow.length < 100 && !all.isUsedUp(performance.now())) {
      const own = tenantRecognizer([quadratic], all);
      expect(isTooSlow(hostile, own)).toBe(true);
      slow.push(own);
    }
    // Each owes a tenth of a second; all may owe 1.25, beside what comes back meanwhile.
    expect(slow.length).toBeGreaterThan(11);
    expect(slow.length).toBeLessThan(100);
    expect(isTooSlow('x', slow.at(-1) ?? quick)).toBe(true);
    expect(isTooSlow('x', quick)).toBe(false);
  });
});

describe('one search of any pattern that is taken', () => {
  // Bounded repetitions of overlapping classes defeat the cache of states, so that each character costs the whole program.
  it.each(['[a-z]{1,45}[0-9]', '(?i)(?:[\\pL]{1,9}[^y]){4}y'])(
    'of %s takes time in proportion to the text',
    (expression) => {
      // One that has not run yet each time, since a share that is used up would end the work at once.
      const fresh = () => tenantRecognizer([pattern(expression)]);
      const cost = (length: number): number =>
        Math.min(...Array.from({ length: 5 }, fresh).map((own) => cpuOf(() => isTooSlow('a'.repeat(length), own))));
      cost(2_000);
      // Ten times the text: a hundred times the work if it were quadratic.
      expect(cost(20_000)).toBeLessThan(30 * Math.max(cost(2_000), 1));
    },
  );
});

/** Looks with the patterns alone. @returns whether they ran out of time */
function isTooSlow(text: string, own: TenantRecognizer): boolean {
  try {
    analyze(text, { own, builtin: false });
    return false;
  } catch (error) {
    if (error instanceof PatternsTooSlow) return true;
    throw error;
  }
}

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
