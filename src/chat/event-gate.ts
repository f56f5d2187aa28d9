import { Injectable } from '@nestjs/common';
import type { Event } from 'socket.io';
import { Config } from '../config/config.js';
import { CodedError } from '../errors/coded-error.js';
import { failure } from './ack.js';
import type { ChatSocket } from './chat-socket.js';
import { TokenBucket } from './token-bucket.js';
import { CLIENT_EVENTS } from './wire.js';

type Reply = (answer: unknown) => void;

/**
 * First stop of every event of a socket: too many, unknown and late ones are answered here and go no further. An ack
 * always comes, since nothing else would ever answer them.
 */
@Injectable()
export class EventGate {
  private closed = false;
  /** Events that were let through and not answered yet, of clients that are still there to be answered. */
  private readonly unanswered = new Set<Reply>();
  private idle: () => void = () => undefined;

  constructor(private readonly config: Config) {}

  guard(socket: ChatSocket): void {
    const { socketEventsPerSecond, socketBurst } = this.config.limits;
    const bucket = new TokenBucket(socketEventsPerSecond, socketBurst);
    const mine = new Set<Reply>();
    socket.use((event, next) => {
      const wait = bucket.take(performance.now());
      if (wait > 0) refuse(event, new CodedError('rate_limited', { retryAfter: Math.ceil(wait / 1_000) }));
      else if (!CLIENT_EVENTS.has(event[0])) refuse(event, new CodedError('unknown_event'));
      else if (this.closed) refuse(event, new CodedError('server_shutdown'));
      else {
        this.follow(event, mine);
        next();
      }
    });
    socket.once('disconnect', () => mine.forEach((reply) => this.settle(reply)));
  }

  /** @throws CodedError `server_shutdown` once the gate is closed */
  requireOpen(): void {
    if (this.closed) throw new CodedError('server_shutdown');
  }

  /** Lets nothing more through; resolves when everything that was let through is answered. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.unanswered.size > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private follow(event: Event, mine: Set<Reply>): void {
    const reply = replyOf(event);
    if (!reply) return;
    const answer: Reply = (data) => {
      mine.delete(answer);
      reply(data);
      this.settle(answer);
    };
    mine.add(answer);
    this.unanswered.add(answer);
    event[event.length - 1] = answer;
  }

  private settle(reply: Reply): void {
    this.unanswered.delete(reply);
    if (this.unanswered.size === 0) this.idle();
  }
}

function refuse(event: Event, error: CodedError): void {
  replyOf(event)?.(failure(error));
}

function replyOf(event: Event): Reply | undefined {
  const last: unknown = event.at(-1);
  return typeof last === 'function' ? (last as Reply) : undefined;
}
