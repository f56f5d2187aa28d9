import { Injectable } from '@nestjs/common';
import { normalizeValue } from '../normalize.js';
import { shortFormsOf } from '../memory/known-names.js';
import { formatPlaceholder } from '../placeholder.js';
import { ChatKeys, type ChatScope } from './chat-keys.js';
import { EntryStore } from './entry.store.js';
import { fingerprint } from './value-cipher.js';

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

  /** One question to the database for each chat, since each has a fingerprint key of its own. */
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
    for (const chatId of await this.keys.chatsOf(workspaceId)) {
      const scope = { workspaceId, chatId };
      const prints = await this.keys.use(scope, (key) => normalised.map((value) => fingerprint(key, value)));
      const known = await this.entries.findKnown(scope, prints);
      if (!known.some(({ fingerprint: print }) => prints[0]?.equals(print))) continue;
      yield { ...scope, placeholders: known.map((entry) => formatPlaceholder(entry.type, entry.number)) };
    }
  }
}
