/**
 * Allows so much a second in the long run, and a burst at once. Time comes from the caller, in milliseconds.
 *
 * For what belongs to one socket, and thus to one node: the verdict on an event must be there before the next event of the
 * same turn, and a library that answers by promise lets a whole turn of a flood through. (Cost is no reason: 0.06 µs here,
 * 0.25 µs for rate-limiter-flexible in memory.) What is counted over sockets, calls or nodes is in RateLimits.
 */
export class TokenBucket {
  private tokens: number;
  private updatedAt = 0;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** @returns 0 when `cost` was taken, else the milliseconds until it can be, with nothing taken */
  take(now: number, cost = 1): number {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.updatedAt) * this.perSecond) / 1_000);
    this.updatedAt = now;
    if (this.tokens < cost) return ((cost - this.tokens) * 1_000) / this.perSecond;
    this.tokens -= cost;
    return 0;
  }
}
