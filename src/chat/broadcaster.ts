import { Injectable, Logger } from '@nestjs/common';
import { Vault } from '../pii/vault/vault.js';
import { rehydrate } from '../pii/rehydrate.js';
import { type ChatEvent, chatOf, onWire } from './chat-event.js';
import { type ChatSession, roomOf } from './chat-session.js';
import type { ChatNamespace, ChatSocket } from './chat-socket.js';
import { emitTogether } from './emit-together.js';
import type { MessageView } from './message-view.js';
import type { ErasedNotice } from './wire.js';

/** A socket together with the session that entitles it. */
interface EntitledReader {
  readonly socket: ChatSocket;
  readonly session: ChatSession;
}

/** Passes committed messages on to the rooms of their chat: masked to everybody, with originals to those entitled. */
@Injectable()
export class Broadcaster {
  private readonly logger = new Logger(Broadcaster.name);
  /** For each chat with entitled readers: the broadcast that the next one has to wait for. */
  private readonly tails = new Map<string, Promise<void>>();
  private namespace: ChatNamespace | undefined;

  constructor(private readonly vault: Vault) {}

  serve(namespace: ChatNamespace): void {
    this.namespace = namespace;
  }

  /** @param events of one chat */
  broadcast(events: readonly ChatEvent[]): void {
    const [first] = events;
    if (!this.namespace || !first) return;
    const chatId = chatOf(first);
    emitTogether(
      socketsIn(this.namespace, roomOf(chatId, false)),
      events.map((event) => onWire(event)),
    );
    const readers = this.entitledReaders(this.namespace, chatId);
    if (readers.length === 0) return;
    for (const event of events) this.enqueueOriginals(chatId, event, readers);
  }

  /** Tells masked readers too: they may show values that they had from a history. */
  erased(notice: ErasedNotice): void {
    const rooms = [roomOf(notice.chatId, false), roomOf(notice.chatId, true)];
    this.namespace?.to(rooms).emit('pii:erased', notice);
  }

  /** Those who are in the chat at this moment: who joins later has the message from the replay already. */
  private entitledReaders(namespace: ChatNamespace, chatId: string): EntitledReader[] {
    return socketsIn(namespace, roomOf(chatId, true)).flatMap((socket) =>
      socket.data.session ? [{ socket, session: socket.data.session }] : [],
    );
  }

  /** Reading the vault takes time; messages of a chat keep their order all the same. */
  private enqueueOriginals(chatId: string, event: ChatEvent, readers: readonly EntitledReader[]): void {
    const tail = (this.tails.get(chatId) ?? Promise.resolve()).then(() => this.sendOriginal(event, readers));
    this.tails.set(chatId, tail);
    void tail.finally(() => {
      if (this.tails.get(chatId) === tail) this.tails.delete(chatId);
    });
  }

  private async sendOriginal(event: ChatEvent, readers: readonly EntitledReader[]): Promise<void> {
    let original: string | undefined;
    try {
      if (hasText(event)) original = await this.reveal(event.message, readers.filter(isStillIn));
    } catch {
      // Masked is better than missing: the sequence stays whole, and the original can be read from the history later.
      this.logger.error('originals of a broadcast could not be read');
    }
    const entitled = readers.filter(isStillIn).map(({ socket }) => socket);
    emitTogether(entitled, [onWire(event, original)]);
  }

  /** One audit row for each session that is shown the values. */
  private async reveal(view: MessageView, readers: readonly EntitledReader[]): Promise<string> {
    if (view.positions.length === 0) return view.text;
    const placeholders = view.positions.map(({ placeholder }) => placeholder);
    const scope = { workspaceId: view.spaceId, chatId: view.chatId };
    let values: ReadonlyMap<string, string> = new Map();
    for (const { session } of readers) {
      values = await this.vault.reveal(scope, placeholders, { principal: session.principal, requestId: session.id });
    }
    return rehydrate(view, values);
  }
}

const socketsIn = (namespace: ChatNamespace, room: string): ChatSocket[] =>
  [...(namespace.adapter.rooms.get(room) ?? [])].flatMap((id) => namespace.sockets.get(id) ?? []);

const hasText = (event: ChatEvent): event is Extract<ChatEvent, { message: MessageView }> =>
  event.kind === 'created' || event.kind === 'updated';

/** A session ends, or the socket goes to another chat, while the vault is read. */
const isStillIn = ({ socket, session }: EntitledReader): boolean => socket.data.session === session;
