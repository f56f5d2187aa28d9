import { Injectable } from '@nestjs/common';
import { normalizeValue } from '../normalize.js';
import { shortFormsOf } from '../memory/name-forms.js';
import { formatPlaceholder } from '../placeholder.js';
import { ChatKeys, type ChatScope } from './chat-keys.js';
import { EntryStore } from './entry.store.js';
import { type ChatKey, fingerprint } from './value-cipher.js';

/** Chats that are looked through together. */
const BATCH = 200;
/** Before all ids. */
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Under which placeholders of a chat a value occurs. */
export interface ValueOccurrence extends ChatScope {
  readonly placeholders: readonly string[];
}

/** Finds a person's value over all chats of a workspace, by fingerprint: no original is opened. */
@Injectable()
export class ValueSearch {
  constructor(
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
  ) {}

  /** Two questions to the database for each batch of chats, however many have the value. */
  find(workspaceId: string, type: string, value: string): AsyncGenerator<ValueOccurrence> {
    return this.search(workspaceId, type, [value]);
  }

  /**
   * As `find`; where a person occurs in full, also their first and last name alone, with a placeholder of their own: it may
   * be theirs, and what is to be erased must not stay because it may be another's.
   */
  findWithShortForms(workspaceId: string, type: string, value: string): AsyncGenerator<ValueOccurrence> {
    return this.search(workspaceId, type, [value, ...shortFormsOf(type, value)]);
  }

  /** @param values the first one decides whether a chat counts */
  private async *search(workspaceId: string, type: string, values: readonly string[]): AsyncGenerator<ValueOccurrence> {
    const normalised = values.map((value) => normalizeValue(type, value) || value);
    const printsOf = (key: ChatKey, chatId: string) => ({
      chatId,
      prints: normalised.map((value) => fingerprint(key, value)),
    });
    for (let after = FIRST; ;) {
      const chats = await this.keys.useNext(workspaceId, after, BATCH, printsOf);
      const known = await this.occurrences(workspaceId, chats);
      for (const { chatId, prints } of chats) {
        const own = known.filter((entry) => entry.chatId === chatId);
        if (!own.some((entry) => prints[0]?.equals(entry.fingerprint))) continue;
        yield { workspaceId, chatId, placeholders: own.map((entry) => formatPlaceholder(entry.type, entry.number)) };
      }
      const last = chats.at(-1);
      if (!last || chats.length < BATCH) return;
      after = last.chatId;
    }
  }

  private async occurrences(
    workspaceId: string,
    chats: readonly { readonly chatId: string; readonly prints: readonly Buffer[] }[],
  ) {
    const asked = chats.flatMap(({ chatId, prints }) => prints.map((print) => ({ chatId, print })));
    return this.entries.occurrences(
      workspaceId,
      asked.map(({ chatId }) => chatId),
      asked.map(({ print }) => print),
    );
  }
}
