import { LRUCache } from 'lru-cache';
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';

/** Keys that may be known at once to have nothing left; the longest untouched are asked about again. */
const MAX_EMPTY_KEYS = 100_000;

/**
 * Spends from a limiter without making anybody wait for it. What is spent is charged at once, one charge at a time for each
 * key, and what comes meanwhile goes into the next charge. Hence a limit takes effect after what came during one charge: a
 * microtask with a limiter in memory, a round trip with one in Redis.
 */
export class Allowance {
  /** What was spent and is not charged yet, of keys with a charge under way. */
  private readonly due = new Map<string, number>();
  /** When a key with nothing left may spend again, by the monotonic clock. */
  // By size: with `max` the cache would take the room for all of them at the start.
  private readonly empty = new LRUCache<string, number>({ maxSize: MAX_EMPTY_KEYS, sizeCalculation: () => 1 });

  constructor(private readonly limiter: RateLimiterAbstract) {}

  /** Milliseconds until the key may spend again; 0 when it may now. */
  wait(key: string): number {
    return Math.max(0, (this.empty.get(key) ?? 0) - performance.now());
  }

  /** @returns 0 when it was spent, else the milliseconds to wait, with nothing spent */
  spend(key: string, points: number): number {
    const wait = this.wait(key);
    if (wait > 0) return wait;
    const due = this.due.get(key);
    this.due.set(key, (due ?? 0) + points);
    if (due === undefined) void this.charge(key);
    return 0;
  }

  private async charge(key: string): Promise<void> {
    for (let points = this.due.get(key) ?? 0; points > 0; points = this.due.get(key) ?? 0) {
      this.due.set(key, 0);
      try {
        const { remainingPoints, msBeforeNext } = await this.limiter.consume(key, points);
        if (remainingPoints <= 0) this.empty.set(key, performance.now() + msBeforeNext);
      } catch (refusal) {
        // Only a limiter without insurance could fail otherwise; nobody is to be refused for that.
        if (refusal instanceof RateLimiterRes) this.empty.set(key, performance.now() + refusal.msBeforeNext);
      }
    }
    this.due.delete(key);
  }
}
