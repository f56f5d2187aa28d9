import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { MaskedText } from './masked-text.js';
import { rehydrate } from './rehydrate.js';
import { bytesOfJson, rehydratedJson } from './written-text.js';

const VALUES = new Map([
  ['<PERSON_1>', 'Ada "the \\ first" 🧮\n'],
  ['<PERSON_2>', ',"text":'],
  ['<PERSON_4>', 'Grace'],
]);

/** A message as the database writes it. */
const written = ({ text, positions }: MaskedText): string =>
  JSON.stringify({ id: 'x', name: ',"text":', text, positions });

const texts = fc.array(
  fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(',"text":', '"', '\\', ',"positions":[]}', '\t', '<PERSON_1>', '<PERSON_3>'),
  ),
);
/** Texts in which some placeholders were put by the service, and others were typed. */
const messages = fc
  .tuple(texts, fc.array(fc.constantFrom('<PERSON_1>', '<PERSON_2>', '<PERSON_3>', '<PERSON_4>')))
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

  it('is the same where each character of the JSON is one of the text', () => {
    const plain = fc.tuple(fc.stringMatching(/^[a-z é<>_1]*$/), fc.constantFrom(...VALUES.keys(), '<PERSON_3>'));
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1 }), (parts) => {
        let text = '';
        const positions = parts.map(([before, placeholder]) => {
          const start = (text += before).length;
          text += placeholder;
          return { start, end: text.length, type: 'PERSON', placeholder };
        });
        expect(JSON.parse(rehydratedJson(written({ text, positions }), VALUES))).toBe(
          rehydrate({ text, positions }, VALUES),
        );
      }),
    );
  });

  it('is the same where the positions are written in another way', () => {
    const position = '{"placeholder":"<PERSON_4>", "type":"PERSON", "start":3, "end":13}';
    expect(rehydratedJson(`{"id":"x","text":"to <PERSON_4>","positions":[${position}]}`, VALUES)).toBe('"to Grace"');
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
