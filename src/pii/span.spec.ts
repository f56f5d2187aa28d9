import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { mergeDetections, resolveOverlaps, type Span } from './span.js';

const span = (start: number, end: number, type = 'PERSON', score = 1): Span => ({ start, end, type, score });
const text = 'Ada Lovelace wrote to Charles Babbage';

describe('resolveOverlaps', () => {
  it('prefers positions to the mapping, and the mapping to detection', () => {
    const positions = [span(0, 3, 'A')];
    const mapping = [span(0, 12, 'B'), span(13, 18, 'B')];
    const automatic = [span(13, 18, 'C'), span(22, 37, 'C')];
    expect(resolveOverlaps(text, { positions, mapping, automatic })).toEqual([
      span(0, 3, 'A'),
      span(13, 18, 'B'),
      span(22, 37, 'C'),
    ]);
  });

  it('prefers the longer of equals, then the earlier', () => {
    expect(resolveOverlaps(text, { mapping: [span(0, 3), span(0, 12), span(4, 12)] })).toEqual([span(0, 12)]);
    expect(resolveOverlaps(text, { mapping: [span(2, 6), span(0, 4)] })).toEqual([span(0, 4)]);
  });

  it('keeps adjacent spans apart', () => {
    expect(resolveOverlaps(text, { positions: [span(4, 12), span(0, 4)] })).toEqual([span(0, 4), span(4, 12)]);
  });

  it('covers the rest of a detected span that a stronger source cuts', () => {
    expect(resolveOverlaps(text, { positions: [span(0, 3)], automatic: [span(0, 12, 'PERSON', 0.9)] })).toEqual([
      span(0, 3),
      span(4, 12, 'PERSON', 0.9),
    ]);
  });

  it('leaves no overlap, and loses nothing that a source covers but edges', () => {
    const spans = fc.array(
      fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 7 })).map(([start, length]) => span(start, start + length)),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(spans, spans, spans, (positions, mapping, automatic) => {
        const result = resolveOverlaps('x'.repeat(40), { positions, mapping, automatic });
        result.forEach((one, index) => expect(one.start).toBeGreaterThanOrEqual(result[index - 1]?.end ?? 0));
        for (const { start, end } of automatic) {
          for (let unit = start; unit < end; unit += 1) {
            expect(result.some((one) => one.start <= unit && unit < one.end)).toBe(true);
          }
        }
      }),
    );
  });
});

describe('mergeDetections', () => {
  it('prefers the surer span and keeps the rest of the other', () => {
    const merged = mergeDetections('call 555 Ada', [span(5, 12, 'PERSON', 0.6), span(5, 8, 'PHONE_NUMBER', 0.9)]);
    expect(merged).toEqual([span(5, 8, 'PHONE_NUMBER', 0.9), span(9, 12, 'PERSON', 0.6)]);
  });
});
