import { describe, expect, it } from '@jest/globals';
import { maskForGood } from './mask-for-good.js';
import type { Span } from './span.js';

/** Spans of the words between brackets, with their types: `[PERSON|Ada]`. */
function parse(marked: string): { text: string; spans: Span[] } {
  let text = '';
  const spans: Span[] = [];
  for (const [, plain = '', type, value = ''] of marked.matchAll(/([^[]*)(?:\[([A-Z_]+)\|([^\]]*)\])?/g)) {
    text += plain;
    if (type !== undefined) spans.push({ start: text.length, end: text.length + value.length, type, score: 1 });
    text += value;
  }
  return { text, spans };
}

describe('maskForGood', () => {
  it.each([
    ['nothing', 'Returns', 'Returns'],
    ['the whole text', '[PERSON|Ada]', '<PERSON_1>'],
    ['values side by side', '[PERSON|Ada][PERSON|Bo]!', '<PERSON_1><PERSON_2>!'],
    ['each type with numbers of its own', '[PERSON|Ada], [URL|x.org], [PERSON|Bo]', '<PERSON_1>, <URL_1>, <PERSON_2>'],
    ['equal values with one number', '[PERSON|Ada] [PERSON|ADA] [PERSON|Bo]', '<PERSON_1> <PERSON_1> <PERSON_2>'],
    ['equal values of two types apart', '[PERSON|Paris] [LOCATION|Paris]', '<PERSON_1> <LOCATION_1>'],
    [
      'past what was typed',
      '<PERSON_1> [PERSON|Ada] <PERSON_2> [PERSON|Bo]',
      '<PERSON_1> <PERSON_3> <PERSON_2> <PERSON_4>',
    ],
    ['beside emoji', '👩[PERSON|王小明]👩', '👩<PERSON_1>👩'],
    ['patterns', '$& [PERSON|$&] $1', '$& <PERSON_1> $1'],
  ])('masks %s', (_, marked, expected) => {
    const { text, spans } = parse(marked);
    expect(maskForGood(text, spans)).toBe(expected);
  });
});
