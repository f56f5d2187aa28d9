import { Injectable } from '@nestjs/common';
import type { Principal } from '../../auth/principal.js';
import { CodedError } from '../../errors/coded-error.js';
import type { ChatAccess } from '../chat-access.js';
import { ReadMarkStore } from './read-mark.store.js';
import { Signals } from './signals.js';
import type { ReadMark, ReadState } from '../wire.js';

/** How far each member has read. Visitors share an id and have no mark. */
@Injectable()
export class ReadMarks {
  constructor(
    private readonly store: ReadMarkStore,
    private readonly signals: Signals,
  ) {}

  async set(principal: Principal, { chat, access }: ChatAccess, seq: number): Promise<ReadMark> {
    if (access.standing === 'visitor') throw new CodedError('forbidden');
    const { workspaceId, chatId } = chat;
    const mark = {
      chatId,
      userId: principal.userId,
      seq: await this.store.set(workspaceId, chatId, principal.userId, seq),
    };
    this.signals.send({ name: 'read:updated', payload: mark });
    return mark;
  }

  get(principal: Principal, { chat, access }: ChatAccess): Promise<ReadState> {
    if (access.standing === 'visitor') throw new CodedError('forbidden');
    return this.store.get(chat.workspaceId, chat.chatId, principal.userId);
  }
}
