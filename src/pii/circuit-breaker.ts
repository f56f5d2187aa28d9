/** Failures in a row that open the circuit. */
const MAX_FAILURES = 3;

/** Leaves alone for a while what has failed or was too slow three times in a row, so that calls fail at once instead of piling up. */
export class CircuitBreaker {
  private failures = 0;
  private openUntil = 0;

  /** @param openMs how long it stays open; then the next call tries again */
  constructor(private readonly openMs: number) {}

  get isOpen(): boolean {
    return performance.now() < this.openUntil;
  }

  succeeded(): void {
    this.failures = 0;
  }

  failed(): void {
    this.failures += 1;
    if (this.failures < MAX_FAILURES) return;
    this.failures = 0;
    this.openUntil = performance.now() + this.openMs;
  }
}
