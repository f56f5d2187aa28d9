import { describe, expect, it } from '@jest/globals';
import { analyze } from './analyzer.js';
import { draftMessage } from './draft-message.js';
import { exactOccurrences, type MappedSpan, variantOccurrences } from './mapping-occurrences.js';

const mappingOf = (values: readonly string[]): Map<string, string> =>
  new Map(values.map((value, index) => [`<X_${index + 1}>`, value]));

const show = (text: string, spans: readonly MappedSpan[]): string[] =>
  spans.map(({ start, end, proposed, form }) => `${start} ${text.slice(start, end)} ${proposed} ${form}`);

/** What the text becomes when nothing but the mapping speaks. */
function masked(text: string, ...values: string[]): string {
  const draft = draftMessage(text, { mapping: mappingOf(values) }, []);
  return draft.segments().reduce<string>((done, part) => done + (typeof part === 'string' ? part : part.proposed), '');
}

describe('values of a mapping in a text', () => {
  it.each([
    ['a word', 'Ann called Ann.', ['Ann'], '<X_1> called <X_1>.'],
    ['part of a longer word', 'Annual, Joann, xAnnx, AnnAnn', ['Ann'], '<X_1>ual, Jo<X_1>, x<X_1>x, <X_1><X_1>'],
    ['part of a longer word, in another form', 'MÜLLERS, mu\u0308llers', ['Müller'], '<X_1>S, <X_1>s'],
    ['part of a word that goes on with a mark', 'Zoe\u0301 and Zoe', ['Zoe'], '<X_1>\u0301 and <X_1>'],
    ['part of a longer number', '4711 147110 47 4711.', ['4711'], '<X_1> 1<X_1>0 47 <X_1>.'],
    ['a single letter', 'banana', ['a'], 'b<X_1>n<X_1>n<X_1>'],
    ['part of an emoji', '👩‍💻👩🏽', ['👩'], '<X_1>\u200d💻<X_1>🏽'],
    ['no half of a pair', '𝒳𝒴', ['𝒳', '𝒴'], '<X_1><X_2>'],
    ['beside the other kind of character', 'x4711y Ann2', ['4711', 'Ann'], 'x<X_1>y <X_2>2'],
    ['beside punctuation', '(Ann) "Ann" Ann_Ann Ann-Marie', ['Ann'], '(<X_1>) "<X_1>" <X_1>_<X_1> <X_1>-Marie'],
    ['another case', 'ANN ann aNN', ['Ann'], '<X_1> <X_1> <X_1>'],
    ['another form', 'Ａｎｎ A\u200bnn Ann', ['Ann'], '<X_1> <X_1> <X_1>'],
    ['composed and decomposed', 'Zo\u00eb Zoe\u0308', ['Zo\u00eb'], '<X_1> <X_1>'],
    [
      'composed, and decomposed around what is not seen',
      'Zoe\u200b\u0308 ZOE\ufeff\u200d\u0308\u200b \u1112\u200b\u1161\u200d\u11ab하\u2060\u11ab',
      ['Zo\u00eb', '한'],
      '<X_1> <X_1>\u200b <X_2><X_2>',
    ],
    [
      'no other mark or letter behind what is not seen',
      'e\u200b\u0300 e\u200bx\u0301 e \u0301 \u1100\u200b\u1165 \u1100\u200b\u1161\u200b\u11a8 ㄱ\u200bㅓ',
      ['é', '가'],
      'e\u200b\u0300 e\u200bx\u0301 e \u0301 \u1100\u200b\u1165 \u1100\u200b\u1161\u200b\u11a8 ㄱ\u200bㅓ',
    ],
    [
      'letters of Hangul that stand alone',
      'ㄱ\u3164ㅏ \u1100\u1160\u115f\u1161 ANN\u200bㅠㅠ ANN\u200d\u1172 철수\u200bㅠㅠ ＡＮＮ\u200b\u11a8',
      ['Ann', '철수', '가'],
      'ㄱ\u3164ㅏ \u1100\u1160\u115f\u1161 <X_1>\u200bㅠㅠ <X_1>\u200d\u1172 <X_2>\u200bㅠㅠ <X_1>\u200b\u11a8',
    ],
    ['cases of other lengths', 'STRASSE straße Stra\u00dfen', ['Straße'], '<X_1> <X_1> <X_1>n'],
    ['a sigma at the end', 'ΟΔΟΣ οδος οδοσ', ['ΟΔΟΣ'], '<X_1> <X_1> <X_1>'],
    ['other white space', 'Ann  Lee, ann\n\tLEE, Ann\u00a0Lee. AnnLee', ['Ann Lee'], '<X_1>, <X_1>, <X_1>. AnnLee'],
    ['other white space in the value', 'Ann Lee', ['Ann \r\n Lee'], '<X_1>'],
    ['digits of another script', '٠١٢٣٤', ['01234'], '<X_1>'],
    ['scripts without spaces', '我叫王小明。王小明是我', ['王小明'], '我叫<X_1>。<X_1>是我'],
    ['Thai', 'ผมชื่อสมชายครับ', ['สมชาย'], 'ผมชื่อ<X_1>ครับ'],
    [
      'Hangul, whose particles follow without a space',
      '김철수 김철수님 Ann은',
      ['김철수', 'Ann'],
      '<X_1> <X_1>님 <X_2>은',
    ],
    ['Hangul, letter by letter', '김철수님'.normalize('NFD'), ['김철수'], `<X_1>${'님'.normalize('NFD')}`],
    [
      'beside letters of Hangul',
      'ANNㅠㅠ ANN\u1172 철수ㅠㅠ ＡＮＮ\u11a8',
      ['Ann', '철수'],
      '<X_1>ㅠㅠ <X_1>\u1172 <X_2>ㅠㅠ <X_1>\u11a8',
    ],
    ['Cyrillic', 'Анна и АННА, Аннасофия', ['Анна'], '<X_1> и <X_1>, <X_1>софия'],
    ['emoji as neighbours', '👩Ann👩 👩‍💻Ann', ['Ann'], '👩<X_1>👩 👩‍💻<X_1>'],
    ['emoji as values', 'a👩b', ['👩'], 'a<X_1>b'],
    ['beyond the basic plane', '𝒳y 𝒳', ['𝒳'], '<X_1>y <X_1>'],
    ['the longer wins', 'Ann Lee and Ann', ['Ann', 'Ann Lee'], '<X_2> and <X_1>'],
    ['the longer wins, given first', 'Ann Lee and Ann', ['Ann Lee', 'Ann'], '<X_1> and <X_2>'],
    ['of equals the earlier wins', 'Al Bo Cy', ['Bo Cy', 'Al Bo'], '<X_2> Cy'],
    ['of one value twice the first entry wins', 'Ann', ['Ann', 'Ann'], '<X_1>'],
    ['to the letter beats another case', 'ann Ann', ['Ann', 'ann'], '<X_2> <X_1>'],
    ['to the letter beats a longer variant', 'Ann LEE', ['Ann', 'ann lee'], '<X_1> LEE'],
    ['overlapping itself, from the left', '....', ['...'], '<X_1>.'],
    ['its placeholder', 'call <X_1>, <X_1> or <X_10>', ['Ann'], 'call <X_1>, <X_1> or <X_10>'],
    ['patterns of a replacement', "$& and $'", ['$&', "$'"], '<X_1> and <X_2>'],
    ['patterns of an expression', '.* (x', ['.*', '(x'], '<X_1> <X_2>'],
    ['no part of a character', '½ kg, ﬁne, Straße, ㍿', ['1', 'f', 's', '株'], '½ kg, ﬁne, <X_3>traße, ㍿'],
    ['a character that folds into the value', '½ kg, ﬁne', ['1/2', 'FI'], '<X_1> kg, <X_2>ne'],
    ['what reaches into a character', 'Maß, Mass', ['Mas'], 'Maß, <X_1>s'],
    ['a dotted capital I, which grows in lower case', 'İstanbul ISTANBUL', ['Istanbul'], 'İstanbul <X_1>'],
    ['nothing that folds away', 'a\u200bb', ['\u200b'], 'a<X_1>b'],
  ])('%s', (_, text, values, expected) => {
    expect(masked(text, ...values)).toBe(expected);
  });

  it('tells where and in which form', () => {
    const text = '<X_2> Ann ANN';
    const mapping = mappingOf(['Ann', 'Lee']);
    const exact = exactOccurrences(text, mapping, []);
    expect(show(text, exact)).toEqual(['0 <X_2> <X_2> placeholder', '6 Ann <X_1> exact']);
    expect(show(text, variantOccurrences(text, mapping, exact))).toEqual(['10 ANN <X_1> variant']);
  });

  it('stays clear of what is taken, in either text', () => {
    const text = 'Ａｎｎ Ann Ann';
    const taken = [{ start: 0, end: 2, type: 'X', score: 1 }];
    expect(show(text, exactOccurrences(text, mappingOf(['Ann']), taken))).toHaveLength(2);
    expect(show(text, variantOccurrences(text, mappingOf(['Ann']), taken))).toEqual([
      '4 Ann <X_1> variant',
      '8 Ann <X_1> variant',
    ]);
  });

  it('finds a second place where the first is taken', () => {
    const taken = [{ start: 0, end: 1, type: 'X', score: 1 }];
    expect(show('.....', exactOccurrences('.....', mappingOf(['..']), taken))).toEqual([
      '1 .. <X_1> exact',
      '3 .. <X_1> exact',
    ]);
  });

  it('gives way to detection around a value in another case, not to one of the same extent', () => {
    const mapping = mappingOf(['Ada', 'ada@EXAMPLE.net']);
    const text = 'ada@example.org, ADA, ADA@example.net';
    const detected = analyze(text, { types: new Set(['EMAIL_ADDRESS']) });
    const findings = draftMessage(text, { mapping }, detected).findings();
    expect(findings.map(({ type, surface, proposed }) => [type, surface, proposed])).toEqual([
      ['EMAIL_ADDRESS', 'ada@example.org', undefined],
      ['X', 'ADA', '<X_1>'],
      ['X', 'ADA@example.net', '<X_2>'],
    ]);
  });

  // All overlapping hits together were millions: one message of 20 KB took 75 seconds and two gigabytes.
  it.each([
    ['dots', '.', '.'],
    ['letters', 'a', 'a'],
    ['letters in another case', 'a', 'A'],
    ['words', 'a ', 'a '],
    ['Han', '的', '的'],
    ['letters that are half a character', 'ß', 's'],
    ['pairs', 'ab.', 'AB.'],
    ['accents behind what is not seen', 'e\u200b\u0301', 'É'],
    ['nothing that is seen', '\u200b', 'é'],
  ])('stays fast when text and values repeat: %s', (_, text, value) => {
    const values = Array.from({ length: 250 }, (_, index) => value.repeat(index + 1).slice(0, 200 + (index % 3)));
    const started = process.cpuUsage();
    masked(text.repeat(20_000 / text.length), ...values);
    // Time of the processor, which other work on the machine does not lengthen; a tenth of this is usual.
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1_000).toBeLessThan(4_000);
  });
});
