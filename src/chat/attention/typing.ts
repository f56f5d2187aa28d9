import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { requireMayPost } from '../../workspace/workspace-access.js';
import type { ChatAccess } from '../chat-access.js';
import { Signals } from './signals.js';

/** Typing that is not renewed ends by itself. */
const TYPING_MS = 6_000;
/** Stands for the socket of whoever says it over REST. */
const REST = '';

/** A user who types in a chat, on at least one socket. */
interface Typist {
  readonly chatId: string;
  readonly userId: string;
  /** Where it began: that socket alone is told neither of the beginning nor of the end. */
  readonly first: string;
  /** By socket: the end that comes by itself. */
  readonly ends: Map<string, NodeJS.Timeout>;
}

/** Who is typing. Only beginnings and ends are told, however often and on however many sockets a user repeats it. */
@Injectable()
export class Typing {
  private readonly typists = new Map<string, Typist>();

  constructor(private readonly signals: Signals) {}

  /**
   * @param socketId of the socket that says so
   * @throws CodedError `forbidden` for whoever may not post: nothing would follow
   */
  set({ userId }: Principal, { chat: { chatId }, access }: ChatAccess, typing: boolean, socketId = REST): void {
    requireMayPost(access);
    const known = this.typists.get(keyOf({ chatId, userId }));
    if (typing) this.begin(known ?? { chatId, userId, first: socketId, ends: new Map() }, socketId);
    else if (known) this.end(known, socketId);
  }

  private begin(typist: Typist, socketId: string): void {
    const isFirst = typist.ends.size === 0;
    clearTimeout(typist.ends.get(socketId));
    typist.ends.set(socketId, setTimeout(() => this.end(typist, socketId), TYPING_MS).unref());
    if (!isFirst) return;
    this.typists.set(keyOf(typist), typist);
    this.tell(typist, true);
  }

  private end(typist: Typist, socketId: string): void {
    clearTimeout(typist.ends.get(socketId));
    typist.ends.delete(socketId);
    if (typist.ends.size > 0) return;
    this.typists.delete(keyOf(typist));
    this.tell(typist, false);
  }

  private tell({ chatId, userId, first }: Typist, typing: boolean): void {
    this.signals.send({
      name: 'typing',
      payload: { chatId, userId, typing },
      ...(first !== REST && { except: first }),
    });
  }
}

const keyOf = ({ chatId, userId }: Pick<Typist, 'chatId' | 'userId'>): string => `${chatId}/${userId}`;
