import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { analyze } from './analyzer.js';
import { draftMessage } from './draft-message.js';
import type { PiiInstructions } from './instructions.js';
import { typedNumbers } from './placeholder.js';
import { normalizeValue } from './normalize.js';
import { numberedAlone } from './numbered-alone.js';
import { rehydrate } from './rehydrate.js';

const masked = (text: string, instructions: PiiInstructions, detect: 'auto' | 'off' = 'off') =>
  numberedAlone(draftMessage(text, instructions, detect === 'auto' ? analyze(text) : []));

/** `npm run test:nightly` asks for many more. */
const RUNS = Number(process.env['ROUND_TRIP_RUNS'] ?? 2_000);
const RUN_MS = 5;

describe('a message between detection and the store', () => {
  it('gives way in the order positions, mapping, detection; the longer, then the earlier', () => {
    const text = 'Ada Byron, ada@example.org';
    const mapping = new Map([
      ['<A_1>', 'Ada'],
      ['<B_1>', 'Ada Byron'],
    ]);
    expect(masked(text, { mapping }).text).toBe('<B_1>, <A_1>@example.org');
    expect(masked(text, { mapping }, 'auto').text).toBe('<B_1>, <EMAIL_ADDRESS_1>');
    const positions = [{ start: 4, end: 9, type: 'SURNAME' }];
    expect(masked(text, { mapping, positions }, 'auto').text).toBe('<A_1> <SURNAME_1>, <EMAIL_ADDRESS_1>');
  });

  it('keeps spans apart that touch', () => {
    const positions = [
      { start: 0, end: 2, type: 'A' },
      { start: 2, end: 4, type: 'A' },
    ];
    expect(masked('abcd', { positions }).text).toBe('<A_1><A_2>');
    expect(masked('abab', { positions }).text).toBe('<A_1><A_1>');
  });

  // Names, addresses and texts that trip up replacement, among characters of every plane.
  const TRAPS = [
    'Ada',
    'ada',
    'ADA',
    'Ada Byron',
    'ada@example.org',
    '+49 151 23456789',
    '4111 1111 1111 1111',
    '<PERSON_1>',
    '<PERSON_2>',
    '<PERSON_10>',
    '<EMAIL_ADDRESS_1>',
    '<person_1>',
    '&lt;PERSON_10&gt;',
    '&#60;Person_2&#x3e;',
    '<PERSON_0>',
    '<<PERSON_1>>',
    '<PERSON_',
    '1>',
    '$&',
    '$1',
    '$`',
    "$'",
    '$$',
    '👩‍🚀',
    '𝒳',
    'e\u0301',
    '\u200b',
    '½',
    'ß',
    'İ',
    ' ',
    '\n',
  ];
  const fragment = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...TRAPS) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 4 }) },
  );
  const text = fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join(''));
  const placeholder = fc
    .tuple(fc.constantFrom('PERSON', 'EMAIL_ADDRESS', 'X'), fc.integer({ min: 1, max: 11 }))
    .map(([type, number]) => `<${type}_${number}>`);
  const mapping = fc
    .array(fc.tuple(placeholder, fragment), { maxLength: 6 })
    .map((entries) => new Map(entries.filter(([, value]) => value.trim() !== '' && !value.includes('\0'))));
  const instructed = text.chain((message) => {
    const length = Array.from(message).length;
    const edges = fc.uniqueArray(fc.integer({ min: 0, max: length }), { maxLength: 6 });
    const positions = edges.map((all) => {
      const sorted = all.toSorted((a, b) => a - b);
      return sorted.flatMap((start, at) => {
        const end = sorted[at + 1];
        return end === undefined || at % 2 ? [] : [{ start, end, type: 'SPAN' }];
      });
    });
    return fc.record({ message: fc.constant(message), mapping, positions, auto: fc.boolean() });
  });

  it(
    'is the same after masking and rehydrating, whatever it says',
    () => {
      fc.assert(
        fc.property(instructed, ({ message, auto, ...instructions }) => {
          const draft = draftMessage(message, instructions, auto ? analyze(message) : []);
          const placed = numberedAlone(draft);
          // Values that mean the same come back in the spelling that was seen first.
          const spelling = new Map<string, string>();
          const expected = draft.segments().map((segment) => {
            if (typeof segment === 'string') return segment;
            const key = normalizeValue(segment.type, segment.value);
            if (!spelling.has(key)) spelling.set(key, segment.value);
            return spelling.get(key);
          });
          expect(rehydrate(placed, placed.mapping)).toBe(expected.join(''));
          // Nothing of the message is lost or moved; only placeholders that the caller brought stand for their values.
          const written = typedNumbers(message);
          const brought = [...instructions.mapping.keys()].some((name) => written.has(name));
          if (!brought) expect(draft.original()).toBe(message);
          // Without respelling and without placeholders of the caller it is the message itself, to the byte.
          const findings = draft.findings();
          if (findings.every(({ type, value, surface }) => spelling.get(normalizeValue(type, value)) === surface)) {
            expect(rehydrate(placed, placed.mapping)).toBe(draft.original());
          }
          const characters = Array.from(placed.text);
          for (const { start, end, placeholder: name } of placed.positions) {
            expect(characters.slice(start, end).join('')).toBe(name);
          }
          // What somebody typed is never given to a value.
          for (const typed of draft.typed) {
            const proposed = instructions.mapping.has(typed);
            if (!proposed) expect(placed.mapping.has(typed)).toBe(false);
          }
        }),
        { numRuns: RUNS },
      );
    },
    Math.max(30_000, RUNS * RUN_MS),
  );
});
