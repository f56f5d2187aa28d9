import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { MaskedText } from './masked-text.js';
import { rehydrate } from './rehydrate.js';
import { bytesOfJson, rehydratedJson } from './written-text.js';

const VALUES = new Map([
  ['<PERSON_1>', 'Ada "the \\ first" 🧮\n'],
  ['<PERSON_2>', ',"text":'],
]);

/** A message as the database writes it. */
const written = ({ text, positions }: MaskedText): string =>
  JSON.stringify({ id: 'x', name: ',"text":', text, positions });

const texts = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(',"text":', '"', '\\', ',"positions":[]}', '\t', '<PERSON_1>', '<PERSON_3>'),
  ),
);
/** Texts in which some placeholders were put by the service, and others were typed. */
const messages = fc
  .tuple(texts, fc.array(fc.constantFrom('<PERSON_1>', '<PERSON_2>', '<PERSON_3>')))
  .map(([parts, put]) => {
    const positions: { start: number; end: number; type: string; placeholder: string }[] = [];
    let text = parts.join('');
    for (const placeholder of put) {
      const start = Array.from(text).length;
      text += placeholder;
      positions.push({ start, end: start + placeholder.length, type: 'PERSON', placeholder });
      text += '…';
    }
    return { text, positions };
  });

describe('the JSON of a rehydrated message', () => {
  it('is that of the message taken apart', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(JSON.parse(rehydratedJson(written(message), VALUES))).toBe(rehydrate(message, VALUES));
      }),
    );
  });

  it('is taken over, to the letter, where nothing was masked', () => {
    const item = '{"id":"x","text":"caf\\u00e9 \\/","positions":[]}';
    expect(rehydratedJson(item, VALUES)).toBe('"caf\\u00e9 \\/"');
  });
});

describe('bytes of a text, by its JSON', () => {
  it('are those of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(bytesOfJson(JSON.stringify(text))).toBe(Buffer.byteLength(text));
      }),
    );
  });
});
