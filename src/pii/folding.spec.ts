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
    ['e\u200b\u0301 e\ufeff\u200d\u0301 Ａ\u2060\u030a', 'é é Å'],
    ['a\u0301\u200b\u0323', 'ạ́'],
    ['e\u200b\u0300 e\u200bx\u0301 e\u200b \u0301', 'è ex\u0301 e \u0301'],
    ['\u1112\u200b\u1161\u200d\u11ab 하\u200b\u11ab', '한 한'],
    ['ㄱ\u3164ㅏ \u1100\u1160\u115f\u1161', '\u1100\u1161 \u1100\u1161'],
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
    ['cafe\u200b\u0301\u200b bar', 'café', 'cafe\u200b\u0301'],
    ['cafe\u200b\u0301\u200b bar', 'é', 'e\u200b\u0301'],
    ['cafe\u200b\u0301\u200b bar', ' bar', ' bar'],
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

  it('is the same whatever stands between the characters without being seen', () => {
    const pieces = 'e E Ａ \u0301 \u0323 n ß ½ 가 ㄱ ㅏ ㅠ \u1112 \u1161 \u11ab ำ 👩 4 \u20e3 @ \u3164 \u1160'.split(
      ' ',
    );
    const unseen = fc.constantFrom('', '', '\u200b', '\u200d', '\ufeff', '\u034f', '\u00ad\u200c', '\ufe0f');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...pieces), unseen)), (parts) => {
        const disguised = parts.map(([piece, between]) => piece + between).join('');
        const plain = parts.map(([piece]) => piece).join('');
        expect(fold(disguised).text).toBe(fold(plain).text);
      }),
      { numRuns: 1_000 },
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
