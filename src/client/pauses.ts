const FIRST_MS = 100;
const LONGEST_MS = 10_000;

/** Waits before another attempt. At the end nobody waits any longer. */
export class Pauses {
  private readonly waiting = new Set<() => void>();
  private over = false;

  /**
   * Twice as long each time, up to 10 s, of which half is drawn by lot, so that clients that lost one server do not come
   * back to the next one all at once.
   *
   * @param attempt from 0
   * @param leastSeconds what the service asked for
   */
  wait(attempt: number, leastSeconds = 0): Promise<void> {
    if (this.over) return Promise.resolve();
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, leastSeconds * 1_000 + longest * (0.5 + Math.random() / 2));
      this.waiting.add(done);
    });
  }

  end(): void {
    this.over = true;
    for (const done of this.waiting) done();
  }
}
