import type { Limits } from '../../config/config.js';
import { CodedError } from '../../errors/coded-error.js';
import { TokenBucket } from './token-bucket.js';

const KIB = 1_024;
/** All refusals of so long are one strike: what was under way when the first one left is no ill will. */
const STRIKE_MS = 1_000;
/** Strikes are forgotten after so long without another. */
const PEACE_MS = 10_000;
const MAX_STRIKES = 3;

/** How much one socket sends: events and bytes, each from a bucket, and how often it went on in spite of refusals. */
export class SocketFlow {
  private readonly events: TokenBucket;
  private readonly bytes: TokenBucket;
  private strikes = 0;
  private struckAt = -PEACE_MS;

  constructor({ socketEventsPerSecond, socketBurst, socketKibPerSecond }: Limits) {
    this.events = new TokenBucket(socketEventsPerSecond, socketBurst);
    this.bytes = new TokenBucket(socketKibPerSecond * KIB, 2 * socketKibPerSecond * KIB);
  }

  /** Three strikes: it has been told to wait, and did not, for seconds. */
  get isFlooding(): boolean {
    return this.strikes >= MAX_STRIKES;
  }

  /** @returns the refusal of an event of so many bytes; undefined when it may pass */
  refusal(now: number, bytes: number): CodedError | undefined {
    const slow = this.events.take(now);
    if (slow > 0) return this.strike(now, new CodedError('rate_limited', { retryAfter: Math.ceil(slow / 1_000) }));
    const large = this.bytes.take(now, bytes);
    if (large > 0)
      return this.strike(now, new CodedError('byte_rate_limited', { retryAfter: Math.ceil(large / 1_000) }));
    return undefined;
  }

  private strike(now: number, refusal: CodedError): CodedError {
    if (now - this.struckAt >= PEACE_MS) this.strikes = 0;
    if (this.strikes === 0 || now - this.struckAt >= STRIKE_MS) {
      this.strikes += 1;
      this.struckAt = now;
    }
    return refusal;
  }
}
