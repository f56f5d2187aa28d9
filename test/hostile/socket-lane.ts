import { randomUUID } from 'node:crypto';
import type { Api } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { A_FILE } from '../support/s3-server.js';
import { type Fields, type Schema, textOf } from './places.js';
import { signed } from './signing.js';

/** An event with one value of the corpus in one place, and nothing else wrong with it. */
export interface SocketTry {
  readonly event: string;
  /** As in `message:send mentions[]`. */
  readonly place: string;
  readonly value: unknown;
  /** Of the payload; empty where the value is the whole of it. */
  readonly field: string;
  readonly put: (value: unknown) => unknown;
}

/** What all lanes may name. */
export interface Estate {
  readonly chatId: string;
  readonly messageId: string;
  readonly attachmentId: string;
}

/** Use a message up. */
const NEED_A_NEW_MESSAGE = new Set(['message:delete', 'attachment:add']);

/** What came before can end a connection, as five bad message strings do; a new one ends for what is sent over it. */
const ATTEMPTS = 2;

const CHANGES_SESSION = /^(?:chat|session):/;

/** Sends one event after the other over a connection, and opens another where one has ended. */
export class SocketLane {
  private constructor(
    private readonly api: Api,
    private readonly estate: Estate,
    private client: ChatClient,
  ) {}

  static async open(api: Api, estate: Estate): Promise<SocketLane> {
    return new SocketLane(api, estate, await ChatClient.open(api, estate.chatId));
  }

  close(): void {
    this.client.close();
  }

  /**
   * The answer; undefined where the server keeps the connection and gives none.
   * @throws Error where the connection ends each time
   */
  async answerTo({ event, place, field, put, value }: SocketTry, schema: Schema): Promise<AckBody | undefined> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const sound = await this.soundPayload(event, schema);
      const changed =
        field === ''
          ? put(value)
          : this.signedFor(event, schema, { ...sound, [field]: fieldOf(put(value), field) }, field);
      const ack = await this.client.emit(event, changed).catch(() => undefined);
      const isHeard = this.client.socket.connected;
      if (!isHeard || CHANGES_SESSION.test(event)) await this.reopen();
      if (ack || isHeard) return ack;
    }
    const what = `${place} = ${textOf(value).slice(0, 60)}`;
    throw new Error(`no answer to ${what}: ${ATTEMPTS} connections ended, the last of them with nothing before it`);
  }

  /** What passes, signed. */
  async sound(event: string, schema: Schema): Promise<AckBody> {
    const ack = await this.client.emit(event, this.signedFor(event, schema, await this.soundPayload(event, schema)));
    if (CHANGES_SESSION.test(event)) await this.reopen();
    return ack;
  }

  private async reopen(): Promise<void> {
    this.client.close();
    this.client = await ChatClient.open(this.api, this.estate.chatId);
  }

  /** Signed over whatever is in it, so that it gets past the message string. */
  private signedFor(event: string, { properties = {} }: Schema, payload: Fields, strange = ''): Fields {
    if (!('messageString' in properties) || strange === 'messageString') return payload;
    const counter = strange === 'counter' ? {} : { counter: ++this.client.counter };
    return signed(this.client, event, { ...payload, ...counter });
  }

  /** The required fields. */
  private async soundPayload(event: string, { required = [] }: Schema): Promise<Fields> {
    const values: Fields = {
      ...this.estate,
      ...A_FILE.form,
      message: 'something',
      clientMessageId: randomUUID(),
      counter: 0,
      messageString: '',
      reaction: '👍',
      on: true,
      pinned: true,
      typing: true,
      seq: 1,
      ...(required.includes('connectionString') && {
        connectionString: (await ticketFor(this.api, this.estate.chatId)).connectionString,
      }),
      ...(NEED_A_NEW_MESSAGE.has(event) && { messageId: await this.newMessage() }),
    };
    const unknown = required.find((name) => !(name in values));
    if (unknown !== undefined) throw new Error(`no value for ${unknown} of ${event}: say what it is`);
    return Object.fromEntries(required.map((name) => [name, values[name]]));
  }

  private async newMessage(): Promise<string> {
    const { data, error } = await this.client.send('here');
    if (error) throw new Error(error.code);
    return (data as { id: string }).id;
  }
}

const fieldOf = (fields: unknown, name: string): unknown => (fields as Fields)[name];
