import { LRUCache } from 'lru-cache';
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';

/** Keys that are known at once; of the longest untouched it is forgotten whether they have anything left. */
const MAX_KEYS = 100_000;

interface Account {
  /** What was spent and is not charged yet. */
  due: number;
  isCharging: boolean;
  /** When a key with nothing left may spend again, by the monotonic clock. */
  emptyUntil: number;
}

/**
 * Spends from a limiter without making anybody wait for it. What is spent is charged at once, one charge at a time for each
 * key, and what comes meanwhile goes into the next charge. Hence a limit takes effect after what came during one charge: a
 * microtask with a limiter in memory, a round trip with one in Redis.
 */
export class Allowance {
  /*
   * Kept from one charge to the next: a Map that is filled and emptied for each message is a burden on garbage collection
   * (decision 20). By size, since with `max` the cache would take the room for all keys at the start.
   */
  private readonly accounts = new LRUCache<string, Account>({ maxSize: MAX_KEYS, sizeCalculation: () => 1 });

  constructor(private readonly limiter: RateLimiterAbstract) {}

  /** Milliseconds until the key may spend again; 0 when it may now. */
  wait(key: string): number {
    return Math.max(0, (this.accounts.get(key)?.emptyUntil ?? 0) - performance.now());
  }

  /** @returns 0 when it was spent, else the milliseconds to wait, with nothing spent */
  spend(key: string, points: number): number {
    let account = this.accounts.get(key);
    if (!account) this.accounts.set(key, (account = { due: 0, isCharging: false, emptyUntil: 0 }));
    const wait = account.emptyUntil - performance.now();
    if (wait > 0) return wait;
    account.due += points;
    if (!account.isCharging) void this.charge(key, account);
    return 0;
  }

  private async charge(key: string, account: Account): Promise<void> {
    account.isCharging = true;
    while (account.due > 0) {
      const points = account.due;
      account.due = 0;
      try {
        const { remainingPoints, msBeforeNext } = await this.limiter.consume(key, points);
        if (remainingPoints <= 0) account.emptyUntil = performance.now() + msBeforeNext;
      } catch (refusal) {
        // Only a limiter without insurance could fail otherwise; nobody is to be refused for that.
        if (refusal instanceof RateLimiterRes) account.emptyUntil = performance.now() + refusal.msBeforeNext;
      }
    }
    account.isCharging = false;
  }
}
