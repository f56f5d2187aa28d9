import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Notifications } from '../database/notifications.js';
import { roomOf } from './chat-session.js';
import type { ChatNamespace } from './chat-socket.js';
import type { ReadMark, TypingNotice } from './wire.js';

const CHANNEL = 'cloakroom_signals';

/** What passes by: it has no sequence, is stored by nobody here and may get lost. */
export type Signal =
  | { readonly name: 'typing'; readonly payload: TypingNotice }
  | { readonly name: 'read:updated'; readonly payload: ReadMark };

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

  send(signal: Signal): void {
    this.emit(signal);
    this.notifications.publish(CHANNEL, [JSON.stringify({ node: this.node, signal })]).catch(() => {
      this.logger.debug('a signal did not reach the other nodes');
    });
  }

  private emit({ name, payload }: Signal): void {
    const { chatId } = payload;
    const readers = this.namespace?.to(roomOf(chatId, false)).to(roomOf(chatId, true));
    if (name === 'typing') readers?.emit(name, payload);
    else readers?.emit(name, payload);
  }
}
