import { LeakScanner } from '../support/leak-scanner.js';
import type { Ledger } from './ledger.js';
import type { Random } from './random.js';

/**
 * Secrets of one run: each message has one of its own, and all of them have a part in common that occurs nowhere else, so
 * that one scan finds any of them.
 */
export class Canary {
  private readonly mark: string;
  private readonly han: string;
  private count = 0;
  private readonly scanner: LeakScanner;

  constructor(
    random: Random,
    private readonly ledger: Ledger,
  ) {
    this.mark = random.letters(14);
    this.han = Array.from({ length: 6 }, () => String.fromCodePoint(0x4e00 + random.between(0, 20_000))).join('');
    this.scanner = new LeakScanner({ address: `.${this.mark}@example.org`, name: this.han });
  }

  /** What detection finds by itself. */
  address(): string {
    return `c${(this.count += 1).toString(36)}.${this.mark}@example.org`;
  }

  /** What only a mapping can name. */
  name(): string {
    return `${this.han}${(this.count += 1)}`;
  }

  /** Notes as a fault when a secret stands in this. */
  inspect(place: string, bytes: Buffer | string): void {
    const leaks = this.scanner.find(bytes);
    if (leaks.length > 0) this.ledger.fault('leak', `${place}: ${leaks.join(', ')}`);
  }
}
