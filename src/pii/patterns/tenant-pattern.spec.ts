import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyzer.js';
import { PatternsTooSlow, type TenantPattern, tenantRecognizer } from './tenant-pattern.js';

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
    expect(() => tenantRecognizer([pattern(expression)])).toThrow(
      expect.objectContaining({ code: 'pattern_refused', details: { reason } }),
    );
  });
});

describe('patterns of a workspace that are too slow', () => {
  // Each search looks for y to the end of the text in vain and then takes one character: quadratic, whatever the engine.
  const quadratic = pattern('x[^y]*y|x');
  const hostile = 'x '.repeat(100_000);

  it('are stopped, and after three times not tried again for a while', () => {
    const recognizer = tenantRecognizer([quadratic]);
    const run = (text: string) => analyze(text, { own: recognizer });
    expect(run('x')).toHaveLength(1);
    for (let time = 0; time < 3; time += 1) expect(() => run(hostile)).toThrow(PatternsTooSlow);
    expect(() => run('x')).toThrow(PatternsTooSlow);
  });
});
