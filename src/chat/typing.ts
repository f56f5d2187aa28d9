import { Injectable } from '@nestjs/common';
import type { ChatSession } from './chat-session.js';
import { Signals } from './signals.js';

/** Typing that is not renewed ends by itself. */
const TYPING_MS = 6_000;

/** Who is typing. Only beginnings and ends are told, however often a client repeats itself. */
@Injectable()
export class Typing {
  private readonly timers = new Map<ChatSession, NodeJS.Timeout>();

  constructor(private readonly signals: Signals) {}

  set(session: ChatSession, typing: boolean): void {
    const timer = this.timers.get(session);
    clearTimeout(timer);
    this.timers.delete(session);
    if (typing) this.timers.set(session, setTimeout(() => this.set(session, false), TYPING_MS).unref());
    if (typing === (timer !== undefined)) return;
    const { chat, principal } = session;
    this.signals.send({ name: 'typing', payload: { chatId: chat.chatId, userId: principal.userId, typing } });
  }
}
