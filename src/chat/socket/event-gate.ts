import { Injectable } from '@nestjs/common';
import type { Event } from 'socket.io';
import { RateLimits } from '../../auth/rate-limits.js';
import { Config } from '../../config/config.js';
import { CodedError } from '../../errors/coded-error.js';
import { toCodedError } from '../../errors/to-coded-error.js';
import { SecurityLog } from '../../logging/security-log.js';
import { Metrics } from '../../health/metrics.js';
import { failure } from './ack.js';
import type { ChatSocket, HeardConnection } from './chat-socket.js';
import { EventDispatch } from './event-dispatch.js';
import { Sessions } from './sessions.js';
import { SocketFlow } from './socket-flow.js';
import { CLIENT_EVENTS } from '../wire.js';

type Reply = (answer: unknown) => void;

/** A client, and how many of its events were let through and not answered yet. */
export interface Caller {
  unanswered: number;
  gone: boolean;
  /** Most sockets only listen, and have none. */
  flow: SocketFlow | undefined;
}

/**
 * First stop of every event of a socket: too many, unknown and late ones are answered here, all others dispatched. An ack
 * always comes, since nothing else would ever answer them.
 */
@Injectable()
export class EventGate {
  private closed = false;
  /** Events that were let through and not answered yet, of clients that are still there to be answered. */
  private unanswered = 0;
  private idle: () => void = () => undefined;

  constructor(
    private readonly config: Config,
    private readonly limits: RateLimits,
    private readonly dispatch: EventDispatch,
    private readonly sessions: Sessions,
    private readonly metrics: Metrics,
    private readonly security: SecurityLog,
  ) {}

  /** From now on the events of this socket come here, and go nowhere but to the dispatch. */
  guard(socket: ChatSocket): Caller {
    const caller: Caller = { unanswered: 0, gone: false, flow: undefined };
    // What the CONNECT had is no event's.
    heardBytes(socket);
    socket.use((event) => this.pass(socket, caller, event));
    return caller;
  }

  /** The client is gone: nothing of it waits for an answer any more. */
  forget(caller: Caller): void {
    caller.gone = true;
    this.settle(caller.unanswered);
  }

  /** Lets nothing more through; resolves when everything that was let through is answered. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.unanswered > 0) await new Promise<void>((resolve) => (this.idle = resolve));
  }

  private pass(socket: ChatSocket, caller: Caller, event: Event): void {
    const flow = (caller.flow ??= new SocketFlow(this.config.limits));
    const bytes = heardBytes(socket);
    const refusal = flow.refusal(performance.now(), bytes) ?? this.refusalOf(event) ?? this.overdraft(socket, bytes);
    if (!refusal) {
      this.follow(event, caller);
      return this.dispatch.serve(socket, event);
    }
    const name = CLIENT_EVENTS.has(event[0]) ? event[0] : 'unknown';
    this.metrics.acks.inc({ event: name, code: refusal.code });
    this.security.refused(refusal.code, { event: name }, socket.data.session?.principal);
    replyOf(event)?.(failure(refusal));
    if (flow.isFlooding) this.sessions.end(socket, { code: refusal.code, reconnect: true });
  }

  private refusalOf(event: Event): CodedError | undefined {
    if (!CLIENT_EVENTS.has(event[0])) return new CodedError('unknown_event');
    return this.closed ? new CodedError('server_shutdown') : undefined;
  }

  /** What the user spends over all sockets and calls. */
  private overdraft({ data: { session, address } }: ChatSocket, bytes: number): CodedError | undefined {
    try {
      if (session) this.limits.call(session.principal, address ?? '', bytes);
      return undefined;
    } catch (error) {
      return toCodedError(error);
    }
  }

  private follow(event: Event, caller: Caller): void {
    const reply = replyOf(event);
    if (!reply) return;
    let answered = false;
    event[event.length - 1] = (data: unknown): void => {
      reply(data);
      if (!answered && !caller.gone) {
        caller.unanswered -= 1;
        this.settle(1);
      }
      answered = true;
    };
    caller.unanswered += 1;
    this.unanswered += 1;
  }

  private settle(count: number): void {
    this.unanswered -= count;
    if (this.unanswered === 0) this.idle();
  }
}

/** Bytes that came from a client since this was asked last. */
function heardBytes(socket: ChatSocket): number {
  const connection: HeardConnection = socket.conn as HeardConnection;
  const bytes = connection.heardBytes ?? 0;
  connection.heardBytes = 0;
  return bytes;
}

function replyOf(event: Event): Reply | undefined {
  const last: unknown = event.at(-1);
  return typeof last === 'function' ? (last as Reply) : undefined;
}
