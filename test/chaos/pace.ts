import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from './random.js';

/** What an outage cost is caught up with, up to so much of it. */
const MOST_BEHIND_MS = 60_000;

/** Holds somebody to a rate; whoever was held up comes sooner for it, so that a run reaches what it was asked for. */
export class Pace {
  private due = performance.now();

  constructor(
    private readonly everyMs: number,
    private readonly random: Random,
  ) {}

  /**
   * Waits until it is time for the next.
   * @param done how many there were since the last turn
   */
  async turn(done = 1): Promise<void> {
    const now = performance.now();
    this.due = Math.max(this.due, now - MOST_BEHIND_MS) + done * this.everyMs * (0.5 + this.random.next());
    await delay(Math.max(0, this.due - now));
  }
}
