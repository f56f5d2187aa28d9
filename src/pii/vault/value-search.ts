import { Injectable } from '@nestjs/common';
import { normalizeValue } from '../normalize.js';
import { formatPlaceholder } from '../placeholder.js';
import { ChatKeys, type ChatScope } from './chat-keys.js';
import { EntryStore } from './entry.store.js';
import { fingerprint } from './value-cipher.js';

/** Where a value occurs: under which placeholder of which chat. */
export interface ValueOccurrence extends ChatScope {
  readonly entryId: string;
  readonly placeholder: string;
}

/** Finds a person's value over all chats of a workspace, by fingerprint: no original is opened. */
@Injectable()
export class ValueSearch {
  constructor(
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
  ) {}

  /** One question to the database for each chat, since each has a fingerprint key of its own. */
  async *find(workspaceId: string, type: string, value: string): AsyncGenerator<ValueOccurrence> {
    const normalised = normalizeValue(type, value) || value;
    for (const chatId of await this.keys.chatsOf(workspaceId)) {
      const scope = { workspaceId, chatId };
      const print = await this.keys.use(scope, (key) => fingerprint(key, normalised));
      for (const entry of await this.entries.findKnown(scope, [print])) {
        yield { ...scope, entryId: entry.id, placeholder: formatPlaceholder(entry.type, entry.number) };
      }
    }
  }
}
