import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';
import { minima, type Sample, slopeOf } from './slope.js';
import { judgeMemory } from './verdict.js';

const MB = 1024 * 1024;
const MINUTES = 45;

/** A sample every two seconds: a saw of garbage, noise, and a leak. */
function memory(seed: number, leakPerHour: number): Sample[] {
  const random = new Random(seed);
  return Array.from({ length: MINUTES * 30 }, (_, index) => {
    const seconds = index * 2;
    const garbage = (seconds % 47) * 0.4 + random.next();
    return { seconds, bytes: (200 + garbage + (leakPerHour * seconds) / 3_600) * MB };
  });
}
const slope = (samples: readonly Sample[]) => slopeOf(minima(samples, 60));
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

describe('the slope of memory', () => {
  it.each(seeds)('finds a leak of 2 MB per hour in noise (seed %d)', (seed) => {
    const found = slope(memory(seed, 2));
    expect(found?.perHour).toBeGreaterThan(1);
    expect(found?.perHour).toBeLessThan(3);
  });

  it.each(seeds)('finds none where there is noise alone (seed %d)', (seed) => {
    const found = slope(memory(seed, 0));
    expect(Math.abs(found?.perHour ?? Number.NaN)).toBeLessThan(1);
    expect(found?.low).toBeLessThan(1);
  });

  it('lies in its band, and the band holds the truth nearly always', () => {
    const missed = seeds.filter((seed) => {
      const found = slope(memory(seed, 2));
      expect(found?.low).toBeLessThanOrEqual(found?.perHour ?? Number.NaN);
      expect(found?.high).toBeGreaterThanOrEqual(found?.perHour ?? Number.NaN);
      return !found || found.low > 2 || found.high < 2;
    });
    expect(missed.length).toBeLessThanOrEqual(3);
  });

  it('is not moved by a peak, is exact for a line, and wants ten points', () => {
    const flat = Array.from({ length: MINUTES }, (_, index) => ({ seconds: index * 60, bytes: 200 * MB }));
    expect(slopeOf(flat.map((point, index) => (index === 7 ? { ...point, bytes: 900 * MB } : point)))?.perHour).toBe(0);
    const rising = flat.map((point, index) => ({ ...point, bytes: (200 + index / 60) * MB }));
    expect(slopeOf(rising)?.perHour).toBeCloseTo(1, 6);
    expect(slopeOf(flat.slice(0, 9))).toBeUndefined();
  });
});

describe('the verdict on memory', () => {
  const judged = (perHour: number, seconds: number, to = 200): string[] => {
    const faults: string[] = [];
    const figures = { from: 200, to, seconds, slope: { perHour, low: 0, high: 9 }, minutes: [], load: 0 };
    judgeMemory(figures, { fault: (fault) => void faults.push(fault) });
    return faults;
  };
  it('asks for less than 1 MB per hour of what was watched for half an hour after its warming up', () => {
    expect(judged(1.01, 1_800)).toEqual(['memory']);
    expect(judged(0.99, 1_800)).toEqual([]);
  });
  it('lets a short run grow by its caches, but not without end', () => {
    expect(judged(100, 700, 296)).toEqual([]);
    expect(judged(100, 700, 297)).toEqual(['memory']);
  });
});
