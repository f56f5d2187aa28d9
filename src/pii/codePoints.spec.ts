import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { NO_OFFSET, spansToCodePoints, spansToUtf16, toCodePointOffsets, toUtf16Offsets } from './codePoints.js';

describe('offsets', () => {
  it.each([
    ['Bob', [0, 1, 3], [0, 1, 3]],
    ['👩 Bob', [0, 2, 3, 6], [0, 1, 2, 5]],
    ['👩‍👧', [2, 3, 5], [1, 2, 3]],
    ['', [0], [0]],
  ])('of %j in UTF-16 and in code points', (text, units, points) => {
    expect(toCodePointOffsets(text, units)).toEqual(points);
    expect(toUtf16Offsets(text, points)).toEqual(units);
  });

  it.each([-1, 4, 1.5, NaN, Infinity])('%p is no offset of a text of three', (offset) => {
    expect(toCodePointOffsets('Bob', [offset])).toEqual([NO_OFFSET]);
    expect(toUtf16Offsets('Bob', [offset])).toEqual([NO_OFFSET]);
    expect(toUtf16Offsets('👩bo', [offset])).toEqual([NO_OFFSET]);
  });

  it('inside a surrogate pair does not exist', () => {
    expect(toCodePointOffsets('a👩b', [2])).toEqual([NO_OFFSET]);
    expect(() => spansToCodePoints('a👩b', [{ start: 0, end: 2 }])).toThrow(RangeError);
  });

  it('there and back is the identity', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const length = Array.from(text).length;
        const spans = Array.from({ length }, (_, start) => ({ start, end: start + 1 }));
        const units = spansToUtf16(text, spans);
        expect(units.map(({ start, end }) => text.slice(start, end))).toEqual(Array.from(text));
        expect(spansToCodePoints(text, units)).toEqual(spans);
      }),
    );
  });
});
