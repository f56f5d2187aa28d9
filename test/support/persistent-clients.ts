import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api, MessageBody } from './api.js';
import { ChatClient, type Received } from './chat-client.js';

/** What a client waits before it tries again, as every client should. */
const pause = (): Promise<void> => delay(20 + Math.random() * 80);

const SEQUENCED = new Map<string, (payload: MessageBody & { readonly updatedSeq?: number }) => number | undefined>([
  ['message:created', ({ seq }) => seq],
  ['message:updated', ({ updatedSeq }) => updatedSeq],
  ['message:deleted', ({ updatedSeq }) => updatedSeq],
  ['reaction:updated', ({ seq }) => seq],
]);

/** The sequences of the durable events among what was received, in the order in which they came. */
export const sequencesOf = (received: readonly Received[]): number[] =>
  received.flatMap(({ event, payload }) => SEQUENCED.get(event)?.(payload as MessageBody) ?? []);

/** A client's way into a chat: it connects until it is in. */
class Line {
  /** How often it came to be. */
  connections = 0;
  client: ChatClient | undefined;

  /** @param api of the node to connect to next */
  constructor(
    private readonly api: () => Api,
    private readonly chatId: string,
  ) {}

  async connect(auth: Readonly<Record<string, unknown>> = {}): Promise<ChatClient> {
    for (;;) {
      try {
        this.client = await ChatClient.open(this.api(), this.chatId, auth);
        this.connections += 1;
        return this.client;
      } catch {
        await pause();
      }
    }
  }

  /** Breaks the connection without a word, as a dead network does. */
  drop(): void {
    const transport = this.client?.socket.io.engine.transport as unknown as { ws?: { terminate(): void } } | undefined;
    transport?.ws?.terminate();
  }
}

/** Follows a chat over any number of lost connections, and knows everything that it was told, in order of arrival. */
export class PersistentReader {
  readonly line: Line;
  readonly seqs: number[] = [];
  /** Codes of the sessions that the server ended. */
  readonly ends: string[] = [];
  private stopped = false;

  constructor(api: () => Api, chatId: string) {
    this.line = new Line(api, chatId);
  }

  /** Resolves after `stop`, once everything up to `last` was told. */
  async follow(): Promise<void> {
    while (!this.stopped) {
      const client = await this.line.connect({ lastSeq: this.seqs.length });
      if (!client.session?.recovered) throw new Error('not recovered');
      const closed = client.closed();
      if (this.stopped) client.close();
      await closed;
      this.seqs.push(...sequencesOf(client.received));
      this.ends.push(...client.of<{ code: string }>('session:ended').map(({ code }) => code));
    }
  }

  /** Ends the present connection for good. */
  stop(): void {
    this.stopped = true;
    this.line.client?.close();
  }

  /** Connects once more and takes what is left. */
  async finish(): Promise<void> {
    const client = await this.line.connect({ lastSeq: this.seqs.length });
    this.seqs.push(...sequencesOf(client.received));
    client.close();
  }
}

/** Sends one message after the other, each until it is acked, under the same client id. */
export class PersistentWriter {
  readonly line: Line;
  /** Ids of the messages that were acked, by client id. */
  readonly acked = new Map<string, string>();
  private stopped = false;

  constructor(api: () => Api, chatId: string) {
    this.line = new Line(api, chatId);
  }

  async write(): Promise<void> {
    while (!this.stopped) {
      const clientMessageId = randomUUID();
      const text = this.acked.size % 5 ? `m${this.acked.size}` : `mail p${this.acked.size}@example.org`;
      this.acked.set(clientMessageId, await this.untilAcked(clientMessageId, text));
    }
    this.line.client?.close();
  }

  /** After the ack of the message under way. */
  stop(): void {
    this.stopped = true;
  }

  private async untilAcked(clientMessageId: string, text: string): Promise<string> {
    for (;;) {
      const client = this.line.client?.socket.connected ? this.line.client : await this.line.connect();
      const lost = client.closed().then(() => undefined);
      const ack = await Promise.race([client.send(text, { clientMessageId }).catch(() => undefined), lost]);
      if (ack?.ok) return (ack.data as MessageBody).id;
      if (ack && !ack.error?.retryable && ack.error?.code !== 'session_required') throw new Error(ack.error?.code);
      await pause();
    }
  }
}
