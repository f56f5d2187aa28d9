import type { IncomingMessage } from 'node:http';
import { networkOf } from '../../auth/network.js';
import type { RateLimits } from '../../auth/rate-limits.js';
import { CodedError } from '../../errors/coded-error.js';
import { peerAddress } from './peer-address.js';

/** Connections of one place that may be open without having asked for a chat; each has ten seconds for that. */
const MAX_WAITING = 5_000;

/** Connections that are there and have asked for nothing yet. Bounded for each place, since they cost memory already. */
export class Doorstep {
  private readonly waiting = new Map<string, number>();
  /** Where each of them comes from. */
  private readonly places = new Map<IncomingMessage, string>();

  constructor(
    private readonly limits: RateLimits,
    private readonly trustedHops: number,
    private readonly maxWaiting = MAX_WAITING,
  ) {}

  /** A connection is asked for. @throws CodedError `connect_rate_limited` */
  arrive(request: IncomingMessage): void {
    const place = this.placeOf(request);
    if ((this.waiting.get(place) ?? 0) >= this.maxWaiting) throw new CodedError('connect_rate_limited');
    this.limits.arrive(place);
  }

  /** A connection is there. */
  wait(request: IncomingMessage): void {
    const place = this.placeOf(request);
    this.places.set(request, place);
    this.waiting.set(place, (this.waiting.get(place) ?? 0) + 1);
  }

  /** A connection has asked for a chat, or is gone; to say so again does no harm. */
  leave(request: IncomingMessage): void {
    const place = this.places.get(request);
    if (place === undefined) return;
    this.places.delete(request);
    const left = (this.waiting.get(place) ?? 1) - 1;
    if (left > 0) this.waiting.set(place, left);
    else this.waiting.delete(place);
  }

  private placeOf({ headers, socket }: IncomingMessage): string {
    return networkOf(peerAddress(headers, socket.remoteAddress, this.trustedHops));
  }
}
