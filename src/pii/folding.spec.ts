import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { fold } from './folding.js';

/** What the original text holds at the place where `part` stands in the folded one. */
function originalOf(text: string, part: string): string {
  const folded = fold(text);
  const start = folded.text.indexOf(part);
  return text.slice(folded.toOriginalStart(start), folded.toOriginalEnd(start + part.length));
}

describe('fold', () => {
  it.each([
    ['plain ASCII', 'plain ASCII'],
    ['Zoë Łukasz 李', 'Zoë Łukasz 李'],
    ['４１１１', '4111'],
    ['٤١١١', '4111'],
    ['४१११', '4111'],
    ['𝟒𝟏𝟏𝟏', '4111'],
    ['④①①① ➃➀ ⓿❾', '4111 41 09'],
    ['4️⃣1️⃣', '41'],
    ['a\u200bda@ex\u00adample.org', 'ada@example.org'],
    ['ada＠example．org', 'ada@example.org'],
    ['ada@example。org', 'ada@example.org'],
    ['030\u00a0123\u20114567', '030 123-4567'],
    ['1\u22122\u20133\u20144', '1-2-3-4'],
    ['driver’s', "driver's"],
    ['e\u0301', 'é'],
    ['김철수'.normalize('NFD'), '김철수'],
    ['ﾡￂ ㄱㅏ', '가 가'],
    ['ﬁn', 'fin'],
    ['a\u2028b', 'a\nb'],
    ['👩‍👧', '👩👧'],
    ['', ''],
  ])('%j becomes %j', (text, plain) => expect(fold(text).text).toBe(plain));

  it.each([
    ['mail a\u200bda\u200b@example.org now', 'ada@example.org', 'a\u200bda\u200b@example.org'],
    ['👩 ４１１１ 👩', '4111', '４１１１'],
    ['xﬁy', 'fi', 'ﬁ'],
    ['xﬁy', 'i', 'ﬁ'],
    ['\u200bada\u200b', 'ada', 'ada'],
    ['a\u200b\u200bb', 'b', 'b'],
    ['a\u200b１b', '1', '１'],
    ['cafe\u0301 bar', 'bar', 'bar'],
    ['cafe\u0301 bar', 'café', 'cafe\u0301'],
    ['각각님'.normalize('NFD'), '님', '님'.normalize('NFD')],
  ])('of %j leads from %j back to %j', (text, part, original) => expect(originalOf(text, part)).toBe(original));

  it('changes nothing more when letters of Hangul are folded again', () => {
    const letters = fc.constantFrom(...'ㄱ ㅏ ㅠ ㅋ ﾡ ￂ \u1100 \u1161 \u11a8 가 각 a \u302e'.split(' '));
    fc.assert(
      fc.property(fc.string({ unit: letters }), (text) => {
        const plain = fold(text).text;
        expect(fold(plain).text).toBe(plain);
      }),
    );
  });

  it('maps every offset into the text, in order, and the ends to the ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const folded = fold(text);
        let last = 0;
        for (let index = 0; index < folded.text.length; index += 1) {
          const start = folded.toOriginalStart(index);
          const end = folded.toOriginalEnd(index + 1);
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          last = start;
        }
        expect(fold(folded.text).text).toBe(folded.text);
      }),
    );
  });
});
