import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { messageString } from '../../src/auth/message-string.js';
import type { Api } from './api.js';

export interface Session {
  readonly sessionId: string;
  readonly chat: { readonly id: string; readonly workspaceId: string; readonly title: string };
  readonly user: { readonly id: string; readonly displayName: string };
  readonly seq: number;
  readonly recovered: boolean;
  readonly expiresAt: string;
}

export interface AckBody {
  readonly ok: boolean;
  readonly data?: unknown;
  readonly error?: { readonly code: string; readonly message: string; readonly retryable: boolean };
}

export interface Ticket {
  readonly connectionString: string;
  readonly messageKey: string;
  readonly expiresAt: string;
  readonly sessionExpiresAt: string;
}

export interface Received {
  readonly event: string;
  readonly payload: unknown;
}

/** Asks for a connection string. */
export const ticketFor = async (api: Api, chatId: string): Promise<Ticket> =>
  (await api.post<Ticket>(`/v1/chat/${chatId}/connection-string`)).body;

/** A stock socket.io-client that signs its messages, and remembers everything it received. */
export class ChatClient {
  readonly received: Received[] = [];
  session: Session | undefined;
  counter = 0;

  private constructor(
    readonly socket: Socket,
    private messageKey: Buffer,
  ) {
    socket.onAny((event: string, payload: unknown) => {
      if (event === 'session') {
        this.session = payload as Session;
        this.counter = 0;
      }
      this.received.push({ event, payload });
      for (const check of this.waiting) check();
    });
  }

  private readonly waiting = new Set<() => void>();

  /** Connects to a chat and waits for `session`. Rejects with the code of `connect_error`. */
  static async open(
    api: Api,
    chatId: string,
    auth: Readonly<Record<string, unknown>> = {},
    ticket?: Ticket,
  ): Promise<ChatClient> {
    const { connectionString, messageKey } = ticket ?? (await ticketFor(api, chatId));
    const socket = io(`${api.url}/connect`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: { chatId, connectionString, ...auth },
    });
    const client = new ChatClient(socket, Buffer.from(messageKey, 'base64url'));
    await new Promise<void>((resolve, reject) => {
      socket.once('session', () => resolve());
      socket.once('connect_error', (error) => reject(error));
      socket.once('disconnect', (reason) => reject(new Error(reason)));
    });
    return client;
  }

  /** The key of the present session. */
  get key(): Buffer {
    return this.messageKey;
  }

  /** Switches to another chat over the same socket. */
  async switchTo(chatId: string, ticket: Ticket, extra: Readonly<Record<string, unknown>> = {}): Promise<AckBody> {
    const ack = await this.emit('chat:connect', { chatId, connectionString: ticket.connectionString, ...extra });
    if (ack.ok) this.adopt(ticket);
    return ack;
  }

  /** From now on messages are signed for the session that this ticket has opened. */
  adopt({ messageKey }: Ticket): void {
    this.messageKey = Buffer.from(messageKey, 'base64url');
  }

  /** A sound `message:send`; `change` alters the payload after it was signed. */
  async send(
    message: string,
    extra: Readonly<Record<string, string>> = {},
    change: Readonly<Record<string, unknown>> = {},
  ): Promise<AckBody> {
    return this.emit('message:send', { ...this.signed(message, extra), ...change });
  }

  /** The payload of a `message:send`, signed. */
  signed(message: string, extra: Readonly<Record<string, string>> = {}): Readonly<Record<string, unknown>> {
    const counter = ++this.counter;
    const clientMessageId = extra['clientMessageId'] ?? randomUUID();
    const pieces = {
      sessionId: this.session?.sessionId ?? '',
      counter,
      event: 'message:send',
      chatId: this.session?.chat.id ?? '',
      clientMessageId,
      message,
      piiMapping: extra['piiMapping'],
      autoPiiMapping: extra['autoPiiMapping'],
      piiPositions: extra['piiPositions'],
      reference: extra['replyTo'],
    };
    return { ...extra, message, counter, clientMessageId, messageString: messageString(this.messageKey, pieces) };
  }

  emit(event: string, payload?: unknown): Promise<AckBody> {
    return this.socket.timeout(10_000).emitWithAck(event, payload) as Promise<AckBody>;
  }

  /** Names of the events that came, in order, but for those of presence, which come when they may. */
  names(): string[] {
    return this.received.map(({ event }) => event).filter((event) => event !== 'presence:updated');
  }

  /** Payloads of an event, in order of arrival. */
  of<Payload>(event: string): Payload[] {
    return this.received.filter((entry) => entry.event === event).map(({ payload }) => payload as Payload);
  }

  /** Resolves as soon as so many of an event have come. */
  async until<Payload>(event: string, count: number): Promise<Payload[]> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (this.of(event).length < count) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
    return this.of<Payload>(event);
  }

  /** Resolves with the reason when the connection is gone. */
  closed(): Promise<string> {
    if (!this.socket.connected) return Promise.resolve('closed');
    return new Promise((resolve) => this.socket.once('disconnect', resolve));
  }

  close(): void {
    this.socket.disconnect();
  }
}
