import { describe, expect, it } from '@jest/globals';
import {
  findPlaceholders,
  findWrittenPlaceholders,
  formatPlaceholder,
  parsePlaceholder,
  typedNumbers,
} from './placeholder.js';

describe('placeholders', () => {
  it.each([
    ['<PERSON_1>', { type: 'PERSON', number: 1 }],
    ['<US_SSN_42>', { type: 'US_SSN', number: 42 }],
    ['<A1_2_3>', { type: 'A1_2', number: 3 }],
    [`<${'A'.repeat(32)}_999999>`, { type: 'A'.repeat(32), number: 999_999 }],
  ])('%s is one', (text, placeholder) => expect(parsePlaceholder(text)).toEqual(placeholder));

  it.each([
    '<PERSON_0>',
    '<PERSON_01>',
    '<PERSON_1000000>',
    '<PERSON>',
    '<PERSON_>',
    '<person_1>',
    '<1PERSON_1>',
    '<_1>',
    'PERSON_1',
    '<PERSON_1',
    ' <PERSON_1>',
    '<PERSON_1>\n',
    '&lt;PERSON_1&gt;',
    `<${'A'.repeat(33)}_1>`,
    '<PERSON_１>',
  ])('%j is none', (text) => expect(parsePlaceholder(text)).toBeUndefined());

  it('are found from left to right, and none inside another', () => {
    const found = findPlaceholders('<<PERSON_1><PERSON_10> <PERSON_1');
    expect(found.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['<PERSON_1>', 1, 11],
      ['<PERSON_10>', 11, 22],
    ]);
    expect(typedNumbers('<A_1> <A_1> <B_2>')).toEqual(new Set(['<A_1>', '<B_2>']));
  });

  it.each([
    ['<PERSON_1>', '<PERSON_1>'],
    ['&lt;PERSON_1&gt;', '<PERSON_1>'],
    ['<Person_12>', '<PERSON_12>'],
    ['&LT;person_1&#62;', '<PERSON_1>'],
    ['&#060;A_1&#x3E;', '<A_1>'],
  ])('may be meant by %s', (form, meant) => {
    const [found] = findWrittenPlaceholders(`😀 ${form}!`);
    expect([found?.text, found?.start, found?.end]).toEqual([meant, 3, 3 + form.length]);
    expect(typedNumbers(form)).toEqual(new Set([meant]));
  });

  it.each(['&lt;PERSON_1', '&lt PERSON_1&gt;', '&amp;lt;PERSON_1&amp;gt;', '<PERSON_01>', '&lt;PERSON_1000000&gt;'])(
    'are not meant by %s',
    (form) => expect(findWrittenPlaceholders(form)).toEqual([]),
  );

  it('are written as they are read', () => {
    expect(formatPlaceholder('PERSON', 7)).toBe('<PERSON_7>');
    for (const number of [0, 1_000_000, 1.5, NaN])
      expect(() => formatPlaceholder('PERSON', number)).toThrow(RangeError);
  });
});
