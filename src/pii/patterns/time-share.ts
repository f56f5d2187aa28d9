/** Below this, work on one text is what everybody's is, and counts for nothing. */
const FREE_MS = 2;

/** How much of this process's time somebody may take: a share of it over time, and a burst at once. */
export class TimeShare {
  private debt = 0;
  private at = 0;

  /** @param share from 0 to 1, by which a debt is forgiven as time passes */
  constructor(
    private readonly share: number,
    private readonly burstMs: number,
  ) {}

  /** @param now milliseconds of a clock that never goes back */
  isUsedUp(now: number): boolean {
    return this.debtAt(now) >= this.burstMs;
  }

  hasDebt(now: number): boolean {
    return this.debtAt(now) > 0;
  }

  /** @param ms what one text has taken, until `now` */
  took(ms: number, now: number): void {
    this.debt = this.debtAt(now) + (ms > FREE_MS ? ms : 0);
    this.at = now;
  }

  private debtAt(now: number): number {
    return Math.max(0, this.debt - (now - this.at) * this.share);
  }
}
