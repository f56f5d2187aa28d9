import { describe, expect, it } from '@jest/globals';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Allowance } from './allowance.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('an allowance', () => {
  it('lets through what there is, one after the other, and says how long to wait then', async () => {
    const allowance = new Allowance(new RateLimiterMemory({ points: 3, duration: 60 }));
    const waits: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      waits.push(allowance.spend('a', 1));
      await settled();
    }
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    for (const wait of waits.slice(3)) expect(wait).toBeGreaterThan(0);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(60_000);
    expect(allowance.spend('b', 1)).toBe(0);
  });

  it('charges what comes at once together, and no later than that', async () => {
    const limiter = new RateLimiterMemory({ points: 100, duration: 60 });
    const allowance = new Allowance(limiter);
    for (let n = 0; n < 50; n += 1) allowance.spend('a', 3);
    await settled();
    expect((await limiter.get('a'))?.consumedPoints).toBe(150);
    expect(allowance.spend('a', 1)).toBeGreaterThan(0);
    expect((await limiter.get('a'))?.consumedPoints).toBe(150);
  });

  it('refuses nobody because its limiter fails', async () => {
    const failing = new RateLimiterMemory({ points: 1, duration: 60 });
    failing.consume = () => Promise.reject(new Error('down'));
    const allowance = new Allowance(failing);
    for (let n = 0; n < 3; n += 1) {
      expect(allowance.spend('a', 1)).toBe(0);
      await settled();
    }
  });
});
