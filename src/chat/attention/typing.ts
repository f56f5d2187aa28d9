import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { requireMayPost } from '../../workspace/workspace-access.js';
import type { ChatAccess } from '../chat-access.js';
import { Signals } from './signals.js';

/** Typing that is not renewed ends by itself. */
const TYPING_MS = 6_000;

/** Who is typing. Only beginnings and ends are told, however often and on however many sockets a user repeats it. */
@Injectable()
export class Typing {
  private readonly timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly signals: Signals) {}

  /**
   * @param socketId of the socket that says so, which is not told
   * @throws CodedError `forbidden` for whoever may not post: nothing would follow
   */
  set({ userId }: Principal, { chat, access }: ChatAccess, typing: boolean, socketId?: string): void {
    requireMayPost(access);
    this.tell(chat.chatId, userId, typing, socketId);
  }

  private tell(chatId: string, userId: string, typing: boolean, except?: string): void {
    const key = `${chatId}/${userId}`;
    const timer = this.timers.get(key);
    clearTimeout(timer);
    this.timers.delete(key);
    if (typing) this.timers.set(key, setTimeout(() => this.tell(chatId, userId, false, except), TYPING_MS).unref());
    if (typing === (timer !== undefined)) return;
    this.signals.send({ name: 'typing', payload: { chatId, userId, typing }, ...(except !== undefined && { except }) });
  }
}
