import { setTimeout as delay } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { type MessagePieces, messageString } from '../../src/auth/message-string.js';
import type { AckBody, Session, Ticket } from '../support/chat-client.js';

const OPEN_MS = 6_000;
const ACK_MS = 6_000;
/**
 * An ack that has not come by then, over a connection that is still there, never comes. Most connections of a run have ended
 * before, for bad message strings or by a kill; some have not.
 */
const LAST_ACK_MS = 30_000;

/** What a call of the harness gives up after, so that a node that stands still holds nobody for ever. */
export const CALL_MS = 6_000;

/** Status and body of a REST call; undefined when nothing came back. */
export interface Reply<Body> {
  readonly status: number;
  readonly body: Body;
  readonly text: string;
}

/** A REST call that may fail in every way in which a call can fail. */
export async function call<Body>(
  url: string,
  key: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply<Body> | undefined> {
  try {
    const response = await fetch(url + path, {
      method,
      headers: { 'X-API-Key': key, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(CALL_MS),
    });
    const text = await response.text();
    return { status: response.status, text, body: (text === '' ? undefined : JSON.parse(text)) as Body };
  } catch {
    return undefined;
  }
}

/** What a message is signed over, beside what the session adds. */
export type Signed = Pick<MessagePieces, 'event' | 'clientMessageId' | 'message' | 'piiMapping'>;

/** One session on the socket of a stock client: it never reconnects by itself, and keeps nothing that it received. */
export class Connection {
  counter = 0;
  /** A counter that the service has taken; what comes under it again comes too late. */
  spent = 0;
  /** Bad message strings that the service saw on this session. */
  bad = 0;
  private constructor(
    private readonly socket: Socket,
    private readonly key: Buffer,
    readonly session: Session,
  ) {}

  /**
   * Undefined, or the code of the refusal, when there is no session in time.
   * @param listener gets every event, also those before `session`
   */
  static async open(
    url: string,
    chatId: string,
    ticket: Ticket,
    listener: (event: string, payload: unknown) => void,
    lastSeq?: number,
  ): Promise<Connection | string | undefined> {
    const socket = io(`${url}/connect`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      timeout: OPEN_MS,
      auth: { chatId, connectionString: ticket.connectionString, ...(lastSeq !== undefined && { lastSeq }) },
    });
    socket.onAny(listener);
    const opened = await new Promise<Session | string | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), OPEN_MS);
      const settle = (result: Session | string | undefined): void => {
        clearTimeout(timer);
        resolve(result);
      };
      socket.once('session', settle);
      socket.once('disconnect', () => settle(undefined));
      socket.once('connect_error', (error: Error & { data?: { code?: string } }) => settle(error.data?.code));
    });
    if (typeof opened === 'object') return new Connection(socket, Buffer.from(ticket.messageKey, 'base64url'), opened);
    socket.disconnect();
    return opened;
  }

  get alive(): boolean {
    return this.socket.connected;
  }

  /** A payload with a sound message string, for the next counter. */
  sign({ event, ...pieces }: Signed, counter = ++this.counter): Readonly<Record<string, unknown>> {
    const { sessionId, chat } = this.session;
    const mac = messageString(this.key, { sessionId, counter, event, chatId: chat.id, ...pieces });
    return { ...pieces, counter, messageString: mac };
  }

  /** Undefined when no ack came in time. */
  emit(event: string, payload: unknown): Promise<AckBody | undefined> {
    return inTime(this.ask(event, payload));
  }

  /** Undefined when no ack came, and none will. */
  async ask(event: string, payload: unknown): Promise<AckBody | undefined> {
    if (!this.alive) return undefined;
    // Socket.IO answers a lost connection with an error at once, and a lost ack with one after the timeout.
    return this.socket
      .timeout(LAST_ACK_MS)
      .emitWithAck(event, payload)
      .catch(() => undefined) as Promise<AckBody | undefined>;
  }

  /** False when the connection outlives the time. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    if (!this.alive) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      this.socket.once('disconnect', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  close(): void {
    this.socket.disconnect();
  }
}

/** The ack, or undefined when whoever asked waits no longer for it. */
export const inTime = (ack: Promise<AckBody | undefined>): Promise<AckBody | undefined> =>
  Promise.race([ack, delay(ACK_MS, undefined, { ref: false })]);
