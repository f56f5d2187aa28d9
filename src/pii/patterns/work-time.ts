/**
 * How long work of this process takes: by the clock, but no more than the processor time that the process got meanwhile.
 * While it is stopped, or waits for a processor that others have, nothing of it works.
 */
export class WorkTime {
  private readonly begun = performance.now();
  private readonly before = process.cpuUsage();

  /** Milliseconds since it was made. */
  elapsed(): number {
    const { user, system } = process.cpuUsage(this.before);
    return Math.min(performance.now() - this.begun, (user + system) / 1_000);
  }

  /** Cheap as long as the clock alone says no. */
  exceeds(milliseconds: number): boolean {
    return performance.now() - this.begun > milliseconds && this.elapsed() > milliseconds;
  }
}
