import type { HistoryGetPayload, MessageEvent, SessionInfo } from '../chat/wire.js';
import { CloakroomError } from './cloakroom-error.js';
import type { Connection } from './connection.js';
import { type ConnectionString, getConnectionString } from './connection-string.js';
import { type ChatEvents, Listeners } from './listeners.js';
import { Line } from './line.js';
import { MessageStream } from './message-stream.js';
import { asciiJson, type PiiOptions, piiStrings } from './pii-strings.js';
import type { ClientEvent, DataOf, PayloadOf, SignedEvent, UnsignedPayload } from './wire-types.js';

const MOST_WAITING = 1_000;
const GIVE_UP_MS = 120_000;

export interface ChatOptions {
  /** Where the service is, such as `https://chat.example.org`. */
  readonly url: string;
  readonly chatId: string;
  /** An API key or a bearer token; none as a guest of a public workspace. For servers: keep it out of browsers. */
  readonly apiKey?: string;
  /** For browsers: asks your own server, which holds the key, for a connection string. Called for every connection. */
  readonly getConnectionString?: () => Promise<ConnectionString>;
  /** Go on after this sequence; without it the chat begins with what is said from now on. */
  readonly lastSeq?: number;
  /** Receive `message` with originals beside `text`: needs piiAccess, and a key with the scope `pii:rehydrate`. */
  readonly rehydrate?: boolean;
  /** Milliseconds without a connection after which the chat is closed with `unreachable`. 2 minutes by default. */
  readonly giveUpAfterMs?: number;
  /** Messages that may wait to be sent; one more is refused with `queue_full`. 1,000 by default. */
  readonly maxWaiting?: number;
  /** Sees every event that is sent, as it is sent: for debugging. It sees originals. */
  readonly trace?: (event: string, payload: unknown) => void;
}

export interface SendOptions extends PiiOptions {
  /** The same id sends the message once, for good, however often it is tried. Drawn by lot where it is left out. */
  readonly clientMessageId?: string;
  /** Id of the message that this one answers. */
  readonly replyTo?: string;
  /** Ids of members whom the message calls. */
  readonly mentions?: readonly string[];
}

export interface FileToAttach {
  readonly name: string;
  /** Such as `text/csv`. */
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

export interface HistoryOptions extends Omit<HistoryGetPayload, 'chatHistoryPiiMapping'> {
  /** Put originals back: from the vault, or with a mapping of your own. */
  readonly rehydrate?: 'vault' | Readonly<Record<string, string>>;
}

/** Enters a chat. Resolves when it is there; rejects when it is refused or stays out of reach. @throws CloakroomError */
export async function connect(options: ChatOptions): Promise<Chat> {
  const chat = new Chat(options);
  await chat.connected();
  return chat;
}

/**
 * A chat over the socket. It survives lost connections, ended sessions and restarts of the service: messages are received
 * in order, each once, and sent in order, each exactly once. `for await (const message of chat)` reads them from the
 * connection on.
 */
export class Chat implements AsyncIterable<MessageEvent> {
  private readonly line: Line;
  private readonly listeners = new Listeners();
  /** The first reader gets what came before it began to read. */
  private readonly first = this.newStream();
  private readonly streams = new Set([this.first]);
  private firstIsFree = true;
  private over: { readonly reason: CloakroomError | undefined } | undefined;
  private waiting = 0;
  private lastTurn: Promise<unknown> = Promise.resolve();

  /** Begins to connect at once; {@link connect} waits for it. */
  constructor(private readonly options: ChatOptions) {
    this.line = new Line({
      url: options.url,
      chatId: options.chatId,
      lastSeq: options.lastSeq,
      rehydrate: options.rehydrate,
      trace: options.trace,
      giveUpAfterMs: options.giveUpAfterMs ?? GIVE_UP_MS,
      getConnectionString: options.getConnectionString ?? (() => getConnectionString(options)),
      deliver: (event, payload) => this.deliver(event, payload),
      over: (reason) => this.finish(reason),
    });
  }

  /** The session of the present connection, or of the next one. @throws CloakroomError at the end of the chat */
  async connected(): Promise<SessionInfo> {
    return (await this.line.connected()).session;
  }

  /** The last sequence received: hand it over as `lastSeq` to go on later. */
  get lastSeq(): number | undefined {
    return this.line.position;
  }

  /**
   * Sends a message. Resolves when it is durable, with what only its sender is told; a lost connection is not the caller's
   * business. Messages arrive in the order of the calls.
   * @throws CloakroomError the refusal. After `unreachable` or `closed` nobody knows whether the message was kept: send it
   * again with the same `clientMessageId`, and it is kept once.
   */
  send(message: string, options: SendOptions = {}): Promise<DataOf<'message:send'>> {
    const { clientMessageId = crypto.randomUUID(), replyTo, mentions } = options;
    return this.inTurn('message:send', {
      message,
      clientMessageId,
      ...(replyTo !== undefined && { replyTo }),
      ...(mentions && { mentions: [...mentions] }),
      ...piiStrings(options),
    });
  }

  /** Changes a message of one's own; waits its turn as {@link send} does. @throws CloakroomError */
  edit(
    messageId: string,
    message: string,
    options: Omit<SendOptions, 'replyTo'> = {},
  ): Promise<DataOf<'message:edit'>> {
    const { clientMessageId = crypto.randomUUID(), mentions } = options;
    return this.inTurn('message:edit', {
      messageId,
      message,
      clientMessageId,
      ...(mentions && { mentions: [...mentions] }),
      ...piiStrings(options),
    });
  }

  /** Deletes a message and answers its tombstone; waits its turn as {@link send} does. @throws CloakroomError */
  delete(messageId: string, options: Pick<SendOptions, 'clientMessageId'> = {}): Promise<DataOf<'message:delete'>> {
    const { clientMessageId = crypto.randomUUID() } = options;
    return this.inTurn('message:delete', { messageId, clientMessageId });
  }

  /**
   * Adds a file to a message of one's own, and answers the message once it shows it. The file goes straight to the object
   * store. A lost connection is not the caller's business.
   * @throws CloakroomError the refusal; `attachment_not_uploaded` where the object store refused
   */
  async attach(messageId: string, { name, type, content }: FileToAttach): Promise<DataOf<'attachment:finish'>> {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', content));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const form = { messageId, name, type, size: content.byteLength, sha256 };
    const { id, upload } = await this.inTurn('attachment:add', form);
    const { ok } = await fetch(upload.url, { method: 'PUT', headers: upload.requestHeaders, body: content });
    if (!ok) throw new CloakroomError('attachment_not_uploaded', true);
    return this.request('attachment:finish', { messageId, attachmentId: id });
  }

  /** A page of the history; without a bound the latest messages. @throws CloakroomError */
  history({ rehydrate, ...range }: HistoryOptions = {}): Promise<DataOf<'history:get'>> {
    return this.request('history:get', {
      ...range,
      ...(rehydrate && { chatHistoryPiiMapping: rehydrate === 'vault' ? rehydrate : asciiJson(rehydrate) }),
    });
  }

  /**
   * Any event of the protocol, with its payload as it stands, such as `reaction:set`, `typing:set` and `read:set`. It is
   * repeated after a lost connection: for what may be done twice.
   * @throws CloakroomError
   */
  request<Event extends ClientEvent>(event: Event, payload: PayloadOf<Event>): Promise<DataOf<Event>> {
    return this.line.persist((connection) => connection.emit(event, payload));
  }

  /** @returns what removes the listener */
  on<Event extends keyof ChatEvents>(event: Event, listener: ChatEvents[Event]): () => void {
    return this.listeners.on(event, listener);
  }

  /** Each loop gets every message from its beginning on; the first one also those since the connection. */
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent> {
    if (this.firstIsFree) {
      this.firstIsFree = false;
      return this.first;
    }
    const stream = this.newStream();
    if (this.over) stream.end(this.over.reason);
    else this.streams.add(stream);
    return stream;
  }

  /** Drops the connection, as if it were lost; the chat comes back by itself. */
  drop(): void {
    this.line.drop();
  }

  /** Leaves for good. What was not acked rejects with `closed`; loops end. */
  close(): void {
    this.line.close();
  }

  private async inTurn<Event extends SignedEvent>(
    event: Event,
    payload: UnsignedPayload<Event>,
  ): Promise<DataOf<Event>> {
    if (this.waiting >= (this.options.maxWaiting ?? MOST_WAITING)) throw new CloakroomError('queue_full', true);
    this.waiting += 1;
    const emit = (connection: Connection) => connection.emitSigned(event, payload);
    // One after the other, since a message that is refused for a while must not be overtaken by the next.
    const turn = this.lastTurn.then(() => this.line.persist(emit));
    this.lastTurn = turn.then(
      () => (this.waiting -= 1),
      () => (this.waiting -= 1),
    );
    return turn;
  }

  private deliver(event: string, payload: unknown): void {
    if (event === 'message:created') for (const stream of this.streams) stream.push(payload as MessageEvent);
    this.listeners.tell(event, payload);
  }

  private finish(reason: CloakroomError | undefined): void {
    this.over = { reason };
    for (const stream of this.streams) stream.end(reason);
    this.streams.clear();
    this.listeners.tell('closed', reason);
  }

  private newStream(): MessageStream {
    return new MessageStream((stream) => this.streams.delete(stream));
  }
}
