import { describe, expect, it } from '@jest/globals';
import { TimeShare } from './time-share.js';

describe('a share of time', () => {
  it('is used up by a burst, and comes back by its share', () => {
    const share = new TimeShare(0.05, 300);
    for (const now of [1_000, 1_100]) share.took(149, now);
    expect(share.isUsedUp(1_100)).toBe(false);
    share.took(149, 1_200);
    expect(share.isUsedUp(1_200)).toBe(true);
    // 447 ms, less 10 that were forgiven on the way: 137 too many, at 50 in a second.
    expect(share.isUsedUp(3_900)).toBe(true);
    expect(share.isUsedUp(4_000)).toBe(false);
    expect([share.hasDebt(9_000), share.hasDebt(11_000)]).toEqual([true, false]);
  });

  it('is not touched by what takes next to nothing', () => {
    const share = new TimeShare(0.05, 300);
    for (let text = 0; text < 1_000; text += 1) share.took(1.9, text);
    expect(share.hasDebt(1_000)).toBe(false);
  });

  it('lets nobody take more than it in the long run, whatever is in between', () => {
    const share = new TimeShare(0.05, 300);
    let taken = 0;
    let isSlow = false;
    for (let now = 0; now < 60_000;) {
      now += 10;
      if (share.isUsedUp(now)) continue;
      isSlow = !isSlow;
      const ms = isSlow ? 99 : 0.1;
      now += ms;
      taken += ms;
      share.took(ms, now);
    }
    expect(taken).toBeLessThan(0.05 * 60_000 + 300 + 99 + 0.1 * 6_000);
  });
});
