import { Injectable, Logger } from '@nestjs/common';
import { Vault } from '../pii/vault/vault.js';
import { rehydrate } from '../pii/rehydrate.js';
import { roomOf } from './chat-session.js';
import type { ChatNamespace, ChatSocket } from './chat-socket.js';
import type { MessageView } from './message-view.js';

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
    if (this.hasEntitledReaders(message.chatId)) this.enqueueOriginals(this.namespace, message);
  }

  private hasEntitledReaders(chatId: string): boolean {
    return (this.namespace?.adapter.rooms.get(roomOf(chatId, true))?.size ?? 0) > 0 || this.tails.has(chatId);
  }

  /** Reading the vault takes time; messages of a chat keep their order all the same. */
  private enqueueOriginals(namespace: ChatNamespace, message: MessageView): void {
    const tail = (this.tails.get(message.chatId) ?? Promise.resolve()).then(() =>
      this.sendOriginal(namespace, message),
    );
    this.tails.set(message.chatId, tail);
    void tail.finally(() => {
      if (this.tails.get(message.chatId) === tail) this.tails.delete(message.chatId);
    });
  }

  private async sendOriginal(namespace: ChatNamespace, view: MessageView): Promise<void> {
    const room = roomOf(view.chatId, true);
    const sockets = [...(namespace.adapter.rooms.get(room) ?? [])].flatMap((id) => namespace.sockets.get(id) ?? []);
    try {
      const message = await this.reveal(view, sockets);
      for (const socket of sockets) {
        if (socket.data.session?.rehydrate) socket.emit('message:created', { ...view, message });
      }
    } catch {
      // Masked is better than missing: the sequence stays whole, and the original can be read from the history later.
      this.logger.error('originals of a broadcast could not be read');
      for (const socket of sockets) socket.emit('message:created', view);
    }
  }

  /** One audit row for each session that is shown the values. */
  private async reveal(view: MessageView, sockets: readonly ChatSocket[]): Promise<string> {
    if (view.positions.length === 0) return view.text;
    const placeholders = view.positions.map(({ placeholder }) => placeholder);
    const scope = { workspaceId: view.spaceId, chatId: view.chatId };
    let values: ReadonlyMap<string, string> = new Map();
    for (const { data } of sockets) {
      const { session } = data;
      if (!session) continue;
      values = await this.vault.reveal(scope, placeholders, { principal: session.principal, requestId: session.id });
    }
    return rehydrate(view, values);
  }
}
