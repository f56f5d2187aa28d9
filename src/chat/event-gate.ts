import type { Event } from 'socket.io';
import { CodedError } from '../errors/coded-error.js';
import { failure } from './ack.js';
import type { ChatSocket } from './chat-socket.js';
import { TokenBucket } from './token-bucket.js';
import { CLIENT_EVENTS } from './wire.js';

/**
 * First stop of every event of a socket: too many and unknown ones are answered here and go no further. An ack always
 * comes, since nothing else would ever answer them.
 */
export function gateEvents(socket: ChatSocket, limits: { perSecond: number; burst: number }): void {
  const bucket = new TokenBucket(limits.perSecond, limits.burst);
  socket.use((event, next) => {
    const wait = bucket.take(performance.now());
    if (wait > 0) refuse(event, new CodedError('rate_limited', { retryAfter: Math.ceil(wait / 1_000) }));
    else if (!CLIENT_EVENTS.has(event[0])) refuse(event, new CodedError('unknown_event'));
    else next();
  });
}

function refuse(event: Event, error: CodedError): void {
  const ack: unknown = event.at(-1);
  if (typeof ack === 'function') (ack as (answer: unknown) => void)(failure(error));
}
