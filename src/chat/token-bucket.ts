/** Allows so many events a second in the long run, and a burst at once. Time comes from the caller, in milliseconds. */
export class TokenBucket {
  private tokens: number;
  private updatedAt = 0;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** @returns 0 when the event may pass, else the milliseconds until the next one may */
  take(now: number): number {
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.updatedAt) * this.perSecond) / 1_000);
    this.updatedAt = now;
    if (this.tokens < 1) return ((1 - this.tokens) * 1_000) / this.perSecond;
    this.tokens -= 1;
    return 0;
  }
}
