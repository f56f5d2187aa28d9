import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { toCodePointOffsets } from './codePoints.js';
import type { MaskedText } from './masked-text.js';
import { assemble } from './masker.js';
import { type Finding, MaskingDraft } from './masking-draft.js';
import { findPlaceholders, formatPlaceholder } from './placeholder.js';
import { rehydrate, rehydrateWritten } from './rehydrate.js';

/** A masked text in which every placeholder of `own` was placed by the service, and every other one was typed. */
function maskedText(text: string, own: readonly string[]): MaskedText {
  const found = findPlaceholders(text).filter((placeholder) => own.includes(placeholder.text));
  const offsets = toCodePointOffsets(
    text,
    found.flatMap(({ start, end }) => [start, end]),
  );
  const positions = found.map((placeholder, index) => ({
    start: offsets[2 * index] ?? 0,
    end: offsets[2 * index + 1] ?? 0,
    type: placeholder.type,
    placeholder: placeholder.text,
  }));
  return { text, positions };
}

const values = (entries: Readonly<Record<string, string>>): Map<string, string> => new Map(Object.entries(entries));

describe('rehydrate', () => {
  it.each<[string, string, string[], Record<string, string>, string]>([
    ['puts a value back', 'Hi <P_1>!', ['<P_1>'], { '<P_1>': 'Ada' }, 'Hi Ada!'],
    ['every time', '<P_1><P_1>', ['<P_1>'], { '<P_1>': 'Ada' }, 'AdaAda'],
    ['leaves what was typed', 'Hi <P_1>!', [], { '<P_1>': 'Ada' }, 'Hi <P_1>!'],
    ['leaves what has no value', '<P_1> <P_2>', ['<P_1>', '<P_2>'], { '<P_2>': 'Bo' }, '<P_1> Bo'],
    ['knows 1 from 10', '<P_1> <P_10>', ['<P_1>', '<P_10>'], { '<P_1>': 'Ada', '<P_10>': 'Bo' }, 'Ada Bo'],
    ['never looks at a value again', '<P_1>', ['<P_1>'], { '<P_1>': '<P_1><P_2>', '<P_2>': 'Bo' }, '<P_1><P_2>'],
    ['takes patterns as text', '<P_1>', ['<P_1>'], { '<P_1>': "$& $1 $` $' $$" }, "$& $1 $` $' $$"],
    ['counts in code points', '👩‍💻<P_1>𝒳<P_2>', ['<P_1>', '<P_2>'], { '<P_1>': '王', '<P_2>': '👨‍👩‍👧' }, '👩‍💻王𝒳👨‍👩‍👧'],
    ['asks for no inherited member', '<P_1>', ['<P_1>'], {}, '<P_1>'],
  ])('%s', (_, text, own, mapping, expected) => {
    expect(rehydrate(maskedText(text, own), values(mapping))).toBe(expected);
  });

  it('tells the placed from the typed one in the same text', () => {
    const text = 'typed <P_1>, placed <P_1>';
    const position = { start: 20, end: 25, type: 'P', placeholder: '<P_1>' };
    expect(rehydrate({ text, positions: [position] }, values({ '<P_1>': 'Ada' }))).toBe('typed <P_1>, placed Ada');
  });

  it('gives back any text, whatever is masked in it and whatever looks like a placeholder', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('<P_1>', '<P_2>', '<P_10', '_1>', '<', '$&', '<P_<P_1>', '\u200b', '𝒳'),
    );
    const segment = fc.oneof(piece, fc.record({ finding: piece.filter((text) => text !== '') }));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 12 }), (drawn) => {
        const segments = drawn.map((part) =>
          typeof part === 'string' ? part : { type: 'P', value: part.finding, surface: part.finding },
        );
        const draft = new MaskingDraft(segments, new Set());
        const numbers = new Map<string, number>();
        const names = new Map<Finding, string>();
        for (const finding of draft.findings()) {
          numbers.set(finding.value, numbers.get(finding.value) ?? numbers.size + 1);
          names.set(finding, formatPlaceholder('P', numbers.get(finding.value) ?? 0));
        }
        const placed = assemble(draft, names, new Map());
        expect(rehydrate(placed, placed.mapping)).toBe(draft.original());
        expect(rehydrate(placed, new Map())).toBe(placed.text);
      }),
      { numRuns: 500 },
    );
  });
});

describe('rehydrateWritten', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['every placeholder of the mapping', 'Hi <P_1> <P_1>', { '<P_1>': 'Ada' }, 'Hi Ada Ada'],
    ['no other', '<P_2> <P_10> <P_01>', { '<P_1>': 'Ada' }, '<P_2> <P_10> <P_01>'],
    ['other forms of it', '<p_1> &lt;P_1&gt; &#60;p_1>', { '<P_1>': 'A&B' }, 'A&B A&B A&B'],
    ['in one pass', '<P_1>', { '<P_1>': '<P_2>', '<P_2>': 'Bo' }, '<P_2>'],
    ['nothing that comes into being by replacing', '<P_<P_1>', { '<P_1>': '1>', '<P_11>': 'x' }, '<P_1>'],
    ['patterns as text', 'a <P_1> b', { '<P_1>': '[$& / $`]' }, 'a [$& / $`] b'],
  ])('replaces %s', (_, text, mapping, expected) => {
    expect(rehydrateWritten(text, values(mapping))).toBe(expected);
  });
});
