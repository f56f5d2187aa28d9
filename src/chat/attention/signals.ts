import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Notifications } from '../../database/notifications.js';
import { roomOf } from '../socket/chat-session.js';
import type { ChatNamespace } from '../socket/chat-socket.js';
import { emitTogether } from '../socket/emit-together.js';
import type { PresenceNotice, ReadMark, TypingNotice } from '../wire.js';

const CHANNEL = 'cloakroom_signals';

/** What passes by: it has no sequence, is stored by nobody here and may get lost. `except` is a socket that has said it. */
export type Signal =
  | { readonly name: 'typing'; readonly payload: TypingNotice; readonly except?: string }
  | { readonly name: 'read:updated'; readonly payload: ReadMark }
  | { readonly name: 'presence:updated'; readonly payload: PresenceNotice };

/** Tells the readers of a chat, on all nodes, what is worth telling only now. Ids and flags alone, never a text. */
@Injectable()
export class Signals {
  private readonly logger = new Logger(Signals.name);
  private readonly node = randomUUID();
  private namespace: ChatNamespace | undefined;

  constructor(private readonly notifications: Notifications) {
    notifications.listen(CHANNEL, (text) => {
      const { node, signal } = JSON.parse(text) as { node: string; signal: Signal };
      if (node !== this.node) this.emit(signal);
    });
  }

  serve(namespace: ChatNamespace): void {
    this.namespace = namespace;
  }

  send(...signals: readonly Signal[]): void {
    for (const signal of signals) this.emit(signal);
    const payloads = signals.map((signal) => JSON.stringify({ node: this.node, signal }));
    this.notifications.publish(CHANNEL, payloads).catch(() => {
      this.logger.debug('a signal did not reach the other nodes');
    });
  }

  private emit(signal: Signal): void {
    const { name, payload } = signal;
    if (name === 'presence:updated') return this.emitToMembers(payload);
    const { chatId } = payload;
    const readers = this.namespace?.to(roomOf(chatId, false)).to(roomOf(chatId, true));
    if (name === 'typing') readers?.except(signal.except ?? []).emit(name, payload);
    else readers?.emit(name, payload);
  }

  /** When members come and go is none of a visitor's business. */
  private emitToMembers(payload: PresenceNotice): void {
    const { chatId } = payload;
    const ids = [false, true].flatMap((rehydrate) => [
      ...(this.namespace?.adapter.rooms.get(roomOf(chatId, rehydrate)) ?? []),
    ]);
    const members = ids
      .flatMap((id) => this.namespace?.sockets.get(id) ?? [])
      .filter(({ data: { session } }) => session && session.access.standing !== 'visitor');
    emitTogether(members, [['presence:updated', payload]]);
  }
}
