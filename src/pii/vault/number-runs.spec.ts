import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Placeholder } from '../placeholder.js';
import { runsOf } from './number-runs.js';

const numbered = (type: string, ...numbers: number[]): Placeholder[] => numbers.map((number) => ({ type, number }));

describe('runs of numbers', () => {
  it('join what follows each other in one type, in whatever order and however often it is named', () => {
    const asked = [...numbered('PERSON', 3, 1, 12, 2, 3), ...numbered('EMAIL_ADDRESS', 4, 13)];
    expect(runsOf(asked)).toEqual([
      { type: 'PERSON', first: 1, last: 3 },
      { type: 'PERSON', first: 12, last: 12 },
      { type: 'EMAIL_ADDRESS', first: 4, last: 4 },
      { type: 'EMAIL_ADDRESS', first: 13, last: 13 },
    ]);
    expect(runsOf([])).toEqual([]);
  });

  it('hold each placeholder that was asked for once, no other, and are as few as can be', () => {
    const placeholder = fc.record({
      type: fc.constantFrom('PERSON', 'US_SSN'),
      number: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(placeholder), (asked) => {
        const named = (all: readonly Placeholder[]): string[] => all.map(({ type, number }) => `${type} ${number}`);
        const runs = runsOf(asked);
        const held = named(
          runs.flatMap(({ type, first, last }) =>
            Array.from({ length: last - first + 1 }, (_, index) => ({ type, number: first + index })),
          ),
        );
        expect([...held].sort()).toEqual([...new Set(named(asked))].sort());
        for (const { type, last } of runs) expect(held).not.toContain(`${type} ${last + 1}`);
      }),
    );
  });
});
