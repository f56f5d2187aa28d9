import { io, type Socket } from 'socket.io-client';
import { type Ack, NAMESPACE, type SessionEnd, type SessionInfo } from '../chat/wire.js';
import { CloakroomError } from './cloakroom-error.js';
import type { ConnectionString } from './connection-string.js';
import { getMessageString, importMessageKey } from './message-string.js';
import type { ClientEvent, DataOf, PayloadOf, SignedEvent, UnsignedPayload } from './wire-types.js';

/** An answer that takes longer than this does not come any more: the line is dead, whatever TCP says. */
const ANSWER_MS = 15_000;
/** From the handshake to `session`, with everything that was missed in between. */
const OPEN_MS = 60_000;

export interface ConnectionSettings {
  readonly url: string;
  readonly chatId: string;
  readonly lastSeq: number | undefined;
  readonly rehydrate: boolean | undefined;
  /** Takes every event, in order, the `session` that opens the connection among them. */
  readonly receive: (event: string, payload: unknown) => void;
  /** Sees every event that is sent, as it is sent. */
  readonly trace: ((event: string, payload: unknown) => void) | undefined;
}

/** One socket with one session, from its connection string to its end. It never comes back: the next one is another. */
export class Connection {
  /** Resolves at the end of the connection, with what the service said about it. */
  readonly ended: Promise<SessionEnd | undefined>;
  private counter = 0;

  private constructor(
    private readonly socket: Socket,
    readonly session: SessionInfo,
    private readonly key: CryptoKey,
    private readonly trace: ConnectionSettings['trace'],
    ended: Promise<SessionEnd | undefined>,
  ) {
    this.ended = ended;
  }

  /** @throws CloakroomError with the code of the refusal, or a retryable `unreachable` */
  static async open(settings: ConnectionSettings, ticket: ConnectionString, signal: AbortSignal): Promise<Connection> {
    const key = await importMessageKey(ticket.messageKey);
    const { chatId, lastSeq, rehydrate, receive } = settings;
    const socket = io(new URL(NAMESPACE, settings.url).href, {
      transports: ['websocket'],
      forceNew: true,
      // Every attempt needs a connection string of its own, and what to do after a refusal depends on its code.
      reconnection: false,
      timeout: ANSWER_MS,
      auth: {
        chatId,
        connectionString: ticket.connectionString,
        ...(lastSeq !== undefined && { lastSeq }),
        ...(rehydrate && { rehydrate }),
      },
    });
    let end: SessionEnd | undefined;
    let fail: (error: CloakroomError) => void = () => undefined;
    const abort = (): void => {
      socket.disconnect();
      fail(unreachable());
    };
    signal.addEventListener('abort', abort);
    const ended = new Promise<SessionEnd | undefined>((resolve) => {
      socket.once('disconnect', () => {
        signal.removeEventListener('abort', abort);
        fail(end ? new CloakroomError(end.code, end.reconnect) : unreachable());
        resolve(end);
      });
    });
    socket.onAny((event: string, payload: unknown) => {
      if (event === 'session:ended') end = payload as SessionEnd;
      receive(event, payload);
    });
    // Whoever accepts the connection and then says nothing. A long replay comes before `session`.
    const timer = setTimeout(abort, OPEN_MS);
    try {
      const session = await new Promise<SessionInfo>((resolve, reject) => {
        fail = reject;
        socket.once('session', resolve);
        socket.once('connect_error', (error) => reject(refusal(error)));
      });
      return new Connection(socket, session, key, settings.trace, ended);
    } catch (error) {
      socket.disconnect();
      signal.removeEventListener('abort', abort);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws CloakroomError a retryable `unreachable` where nobody can know whether the event arrived */
  async emit<Event extends ClientEvent>(event: Event, payload: PayloadOf<Event>): Promise<Ack<DataOf<Event>>> {
    // Socket.IO would keep it for a connection that never comes.
    if (!this.socket.connected) throw unreachable();
    this.trace?.(event, payload);
    try {
      return (await this.socket.timeout(ANSWER_MS).emitWithAck(event, payload)) as Ack<DataOf<Event>>;
    } catch {
      this.close();
      throw unreachable();
    }
  }

  /** Signs for this session, with the next counter. One at a time: the counters arrive in their order. */
  async emitSigned<Event extends SignedEvent>(
    event: Event,
    payload: UnsignedPayload<Event>,
  ): Promise<Ack<DataOf<Event>>> {
    const counter = ++this.counter;
    const { sessionId, chat } = this.session;
    const { mentions: called, ...texts } = payload as { readonly mentions?: readonly string[] };
    const { replyTo, messageId, message, sha256, ...pieces } = texts as Readonly<Record<string, string>>;
    const ofSession = { sessionId, counter, event, chatId: chat.id };
    const signed = {
      ...pieces,
      ...ofSession,
      message: message ?? sha256,
      reference: replyTo ?? messageId,
      mentions: called?.join(','),
    };
    const messageString = await getMessageString(this.key, signed);
    return this.emit(event, { ...payload, counter, messageString } as unknown as PayloadOf<Event>);
  }

  close(): void {
    this.socket.disconnect();
  }
}

const unreachable = (): CloakroomError => new CloakroomError('unreachable', true);

/** Refusals after which a fresh connection string may do. */
const PASSING = new Set<unknown>([
  'connection_string_expired',
  'connection_string_used',
  // A node that does not know the newest signing key yet.
  'connection_string_invalid',
  'server_shutdown',
  'rate_limited',
  'overloaded',
  'unavailable',
  'internal',
]);

/** A refusal by the service has data; without, nobody answered. */
function refusal(error: Error & { data?: unknown }): CloakroomError {
  if (error.data === undefined) return unreachable();
  return CloakroomError.of(error.data, PASSING.has((error.data as { code?: unknown }).code));
}
