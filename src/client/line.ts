import { type Ack, type MessageEvent, SEQUENCE_OF, type SessionInfo } from '../chat/wire.js';
import { CloakroomError } from './cloakroom-error.js';
import { Connection, type ConnectionSettings } from './connection.js';
import type { ConnectionString } from './connection-string.js';
import { Pauses } from './pauses.js';
import type { DataOf } from './wire-types.js';

/** Refusals of one event before its caller hears of them; lost connections count too. */
const MOST_ATTEMPTS = 25;
/** Events that may wait while a gap is read from the history; beyond that, the connection starts anew where it is. */
const MAX_HELD = 5_000;
const PAGE = 200;
/** A connection that lasted this long was a good one: the next is tried at once. */
const STABLE_MS = 10_000;
const MOST_RENEWALS = 8;

export interface LineSettings extends Omit<ConnectionSettings, 'receive'> {
  readonly getConnectionString: () => Promise<ConnectionString>;
  readonly giveUpAfterMs: number;
  /** Takes every event of the chat, each durable one once and in order, and `connected`, `disconnected`, `gap`. */
  readonly deliver: (event: string, payload: unknown) => void;
  /** The end; without a reason it was wanted. */
  readonly over: (reason: CloakroomError | undefined) => void;
}

interface Pending {
  readonly promise: Promise<Connection>;
  resolve(connection: Connection): void;
  reject(error: CloakroomError): void;
}

/** Keeps one chat connected: opens, renews, resumes after every loss where it stood, and gives up at last. */
export class Line {
  private readonly stop = new AbortController();
  private readonly pauses = new Pauses();
  private ready = pending();
  private lastSeq: number | undefined;
  /** Attempts since something last worked. */
  private attempt = 0;
  /** Live events of a connection whose gap is being filled. */
  private held: [event: string, payload: unknown][] | undefined;
  private connection: Connection | undefined;
  private opening = false;

  constructor(private readonly settings: LineSettings) {
    this.lastSeq = settings.lastSeq;
    void this.run();
  }

  /** The last sequence that was delivered: where another client could go on. */
  get position(): number | undefined {
    return this.lastSeq;
  }

  /** The present connection, or the next one. @throws CloakroomError at the end */
  connected(): Promise<Connection> {
    return this.ready.promise;
  }

  /**
   * Does something that may be done twice until it is answered, on as many connections as that takes.
   * @throws CloakroomError the refusal; `unreachable` or `closed` at the end of the line
   */
  async persist<Data>(emit: (connection: Connection) => Promise<Ack<Data>>): Promise<Data> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.connected();
      let failure: CloakroomError;
      try {
        const ack = await emit(connection);
        if (ack.ok) {
          this.attempt = 0;
          return ack.data;
        }
        failure = CloakroomError.of(ack.error);
      } catch (error) {
        failure = error as CloakroomError;
      }
      const sessionIsOver = failure.code === 'session_required' || failure.code === 'session_expired';
      if (attempt === MOST_ATTEMPTS || !(failure.retryable || sessionIsOver)) throw failure;
      if (sessionIsOver) connection.close();
      if (sessionIsOver || failure.code === 'unreachable') await connection.ended;
      else await this.pauses.wait(attempt, failure.retryAfter);
    }
  }

  /** Drops the connection, as if it were lost: the next one goes on where this one stood. */
  drop(): void {
    this.connection?.close();
  }

  close(): void {
    this.stop.abort();
    this.pauses.end();
  }

  private async run(): Promise<void> {
    let reason: CloakroomError | undefined;
    let downSince = performance.now();
    while (!this.stop.signal.aborted && !reason) {
      try {
        const connection = await this.open();
        const since = performance.now();
        this.ready.resolve(connection);
        const end = await connection.ended;
        this.ready = pending();
        downSince = performance.now();
        if (downSince - since > STABLE_MS) this.attempt = 0;
        if (this.stop.signal.aborted) break;
        this.settings.deliver('disconnected', end);
        if (end && !end.reconnect) reason = new CloakroomError(end.code);
      } catch (error) {
        const failure = error as CloakroomError;
        if (!failure.retryable || performance.now() - downSince > this.settings.giveUpAfterMs) reason = failure;
      }
      if (!reason) await this.pauses.wait(this.attempt++);
    }
    const wanted = this.stop.signal.aborted;
    this.ready.reject(wanted || !reason ? new CloakroomError('closed') : reason);
    this.close();
    this.settings.over(wanted ? undefined : reason);
  }

  private async open(): Promise<Connection> {
    const { deliver } = this.settings;
    const ticket = await this.ask();
    const { lastSeq } = this;
    this.held = undefined;
    this.opening = true;
    const connection = await Connection.open(
      { ...this.settings, lastSeq, receive: (event, payload) => this.receive(event, payload) },
      ticket,
      this.stop.signal,
    );
    this.connection = connection;
    deliver('connected', connection.session);
    try {
      if (lastSeq !== undefined && this.held) await this.fill(connection, lastSeq);
    } catch (error) {
      connection.close();
      throw error;
    }
    return connection;
  }

  /** What a function of the caller throws is none of our codes; most likely its own server did not answer. */
  private async ask(): Promise<ConnectionString> {
    try {
      return await this.settings.getConnectionString();
    } catch (error) {
      throw error instanceof CloakroomError ? error : new CloakroomError('unreachable', true);
    }
  }

  private receive(event: string, payload: unknown): void {
    // A renewal is announced by a `session` too.
    if (event === 'session' && this.opening) this.enter(payload as SessionInfo);
    if (event === 'session:expiring') void this.renew();
    if (!this.held) return this.pass(event, payload);
    this.held.push([event, payload]);
    if (this.held.length > MAX_HELD) this.drop();
  }

  /** A session begins: either everything that was missed has come already, or it has to be read. */
  private enter({ recovered, seq }: SessionInfo): void {
    this.opening = false;
    if (recovered || seq === this.lastSeq) return;
    // Fewer than we know: the service was set back to an older state.
    if (this.lastSeq === undefined || seq < this.lastSeq) this.lastSeq = seq;
    else this.held ??= [];
  }

  /** Hands an event on; a durable one only if it is new. */
  private pass(event: string, payload: unknown): void {
    const member = SEQUENCE_OF[event as keyof typeof SEQUENCE_OF] as string | undefined;
    const sequence = member === undefined ? undefined : (payload as Record<string, number | undefined>)[member];
    if (sequence !== undefined) {
      if (this.lastSeq !== undefined && sequence <= this.lastSeq) return;
      this.lastSeq = sequence;
    }
    this.settings.deliver(event, payload);
  }

  /** Reads from the history what was not replayed, then lets go what was held meanwhile. */
  private async fill(connection: Connection, after: number): Promise<void> {
    const { seq } = connection.session;
    const shown = this.settings.rehydrate ? { chatHistoryPiiMapping: 'vault' } : {};
    for (let from: { after: number } | { cursor: string } | undefined = { after }; from;) {
      const ack: Ack<DataOf<'history:get'>> = await connection.emit('history:get', { ...from, ...shown, limit: PAGE });
      if (!ack.ok) throw CloakroomError.of(ack.error);
      const { items, nextCursor }: DataOf<'history:get'> = ack.data;
      for (const message of items) if (message.seq <= seq) this.pass('message:created', message);
      from = nextCursor === null || (items.at(-1) as MessageEvent).seq >= seq ? undefined : { cursor: nextCursor };
    }
    this.lastSeq = seq;
    const { held = [] } = this;
    this.held = undefined;
    this.settings.deliver('gap', { after, seq });
    for (const [event, payload] of held) this.pass(event, payload);
  }

  /** Extends the session before it ends. Where that fails, its end comes, and with it another connection. */
  private async renew(): Promise<void> {
    const { connection } = this;
    if (!connection) return;
    for (let attempt = 0; attempt < MOST_RENEWALS; attempt++) {
      try {
        const { connectionString } = await this.ask();
        const ack = await connection.emit('session:renew', { connectionString });
        if (ack.ok || !ack.error.retryable) return;
      } catch (error) {
        if (!(error as CloakroomError).retryable) return;
      }
      await this.pauses.wait(attempt);
      if (this.stop.signal.aborted || connection !== this.connection) return;
    }
  }
}

function pending(): Pending {
  let [resolve, reject]: [Pending['resolve'], Pending['reject']] = [() => undefined, () => undefined];
  const promise = new Promise<Connection>((yes, no) => ([resolve, reject] = [yes, no]));
  // Nobody may be waiting at the end.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
