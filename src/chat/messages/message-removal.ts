import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { CodedError } from '../../errors/coded-error.js';
import type { Reader } from '../../pii/audit/audit-entry.js';
import { type ChatErasure, ChatEraser } from '../../pii/erasure/chat-eraser.js';
import { parsePlaceholder } from '../../pii/placeholder.js';
import { Lane } from './lane.js';
import { type Changed, type ChangeTarget, MessageChangeStore, type Permission } from './message-change.store.js';
import { MAX_ROUNDS } from './messages.service.js';
import { ShowsMoreError } from './outdated-error.js';
import { PlaceholderUseStore } from './placeholder-use.store.js';

/** Of one chat. */
const MAX_WAITING = 100;

interface Removed {
  readonly changed: Changed;
  readonly erasure?: ChatErasure | undefined;
}

/**
 * Deletes messages, each in one transaction with the originals that no other message shows: a process that dies on the way
 * leaves both or neither.
 */
@Injectable()
export class MessageRemoval {
  /** By chat: what looks through it waits here, and not each with a connection to the database of its own. */
  private readonly turns = new Map<string, { readonly lane: Lane; waiting: number }>();

  constructor(
    private readonly database: Database,
    private readonly store: MessageChangeStore,
    private readonly uses: PlaceholderUseStore,
    private readonly eraser: ChatEraser,
  ) {}

  /** @throws CodedError what `permit` throws, `message_not_found`, `chat_not_found`, `unavailable`, `overloaded` */
  async remove(target: ChangeTarget, permit: Permission, reader: Reader): Promise<Changed> {
    // The first try asks for permission, and is all that a message without placeholders needs.
    let shown: readonly string[] = [];
    for (let round = 1; ; round += 1) {
      try {
        const showing = shown;
        const remove = (): Promise<Changed> => this.removeShowing(showing, target, permit, reader);
        return await (showing.length === 0 ? remove() : this.inTurn(target.chatId, remove));
      } catch (error) {
        if (!(error instanceof ShowsMoreError) || round === MAX_ROUNDS) throw error;
        shown = error.shown;
      }
    }
  }

  private async inTurn<T>(chatId: string, work: () => Promise<T>): Promise<T> {
    const turn = this.turns.get(chatId) ?? { lane: new Lane(), waiting: 0 };
    if (turn.waiting >= MAX_WAITING) throw new CodedError('overloaded', { retryAfter: 1 });
    this.turns.set(chatId, turn);
    turn.waiting += 1;
    try {
      return await turn.lane.turn(work);
    } finally {
      turn.waiting -= 1;
      if (turn.waiting === 0) this.turns.delete(chatId);
    }
  }

  private async removeShowing(
    shown: readonly string[],
    target: ChangeTarget,
    permit: Permission,
    reader: Reader,
  ): Promise<Changed> {
    const { workspaceId, chatId, messageId } = target;
    const scope = { workspaceId, chatId };
    const { changed, erasure } = await this.database.transaction(async (transaction): Promise<Removed> => {
      const remove = () => this.store.delete(transaction, target, permit, shown);
      const { placeholders, asOf } = await this.uses.shownByNoneBut(messageId, transaction, workspaceId, chatId, shown);
      const names = placeholders.map(parsePlaceholder).filter((name) => name !== undefined);
      if (names.length === 0) return { changed: await remove() };
      let removed: Changed | undefined;
      const erased = await this.eraser.eraseWithin(transaction, scope, names, 'erasure', reader, async (doomed) => {
        removed = await remove();
        return this.uses.shownSince(transaction, workspaceId, chatId, doomed, asOf);
      });
      // Where the originals had gone before, the message goes alone.
      return { changed: removed ?? (await remove()), erasure: erased };
    });
    if (erasure) this.eraser.announce(scope, erasure);
    return changed;
  }
}
