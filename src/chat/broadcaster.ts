import { Injectable, Logger } from '@nestjs/common';
import { Vault } from '../pii/vault/vault.js';
import { rehydrate } from '../pii/rehydrate.js';
import { type ChatSession, roomOf } from './chat-session.js';
import type { ChatNamespace, ChatSocket } from './chat-socket.js';
import type { MessageView } from './message-view.js';
import type { ErasedNotice, MessageEvent } from './wire.js';

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

  broadcast(message: MessageView): void {
    if (!this.namespace) return;
    this.namespace.to(roomOf(message.chatId, false)).emit('message:created', message);
    const readers = this.entitledReaders(this.namespace, message.chatId);
    if (readers.length > 0) this.enqueueOriginals(message, readers);
  }

  /** Tells masked readers too: they may show values that they had from a history. */
  erased(notice: ErasedNotice): void {
    const rooms = [roomOf(notice.chatId, false), roomOf(notice.chatId, true)];
    this.namespace?.to(rooms).emit('pii:erased', notice);
  }

  /** Those who are in the chat at this moment: who joins later has the message from the replay already. */
  private entitledReaders(namespace: ChatNamespace, chatId: string): EntitledReader[] {
    return [...(namespace.adapter.rooms.get(roomOf(chatId, true)) ?? [])].flatMap((id) => {
      const socket = namespace.sockets.get(id);
      return socket?.data.session ? [{ socket, session: socket.data.session }] : [];
    });
  }

  /** Reading the vault takes time; messages of a chat keep their order all the same. */
  private enqueueOriginals(message: MessageView, readers: readonly EntitledReader[]): void {
    const tail = (this.tails.get(message.chatId) ?? Promise.resolve()).then(() => this.sendOriginal(message, readers));
    this.tails.set(message.chatId, tail);
    void tail.finally(() => {
      if (this.tails.get(message.chatId) === tail) this.tails.delete(message.chatId);
    });
  }

  private async sendOriginal(view: MessageView, readers: readonly EntitledReader[]): Promise<void> {
    let shown: MessageEvent = view;
    try {
      shown = { ...view, message: await this.reveal(view, readers.filter(isStillIn)) };
    } catch {
      // Masked is better than missing: the sequence stays whole, and the original can be read from the history later.
      this.logger.error('originals of a broadcast could not be read');
    }
    for (const { socket } of readers.filter(isStillIn)) socket.emit('message:created', shown);
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

/** A session ends, or the socket goes to another chat, while the vault is read. */
const isStillIn = ({ socket, session }: EntitledReader): boolean => socket.data.session === session;
