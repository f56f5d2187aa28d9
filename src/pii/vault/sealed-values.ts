import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ownBytes } from '../../database/own-bytes.js';
import { CodedError } from '../../errors/coded-error.js';
import { ChatKeys, type ChatScope, type LoadedKey } from './chat-keys.js';
import { formatPlaceholder } from '../placeholder.js';
import { entryAt, numberAt, type SealedEntries } from './entry.store.js';
import { openValue } from './value-cipher.js';

/** Chats and values of each that are held in clear beside their keys. */
const CACHED_CHATS = 200;
const CACHED_VALUES = 500;
/** Against erasures that come between the entries and their key. */
const MAX_ROUNDS = 5;

/** What a chat's entries say. */
export interface OpenedValues {
  /** By placeholder. */
  readonly values: ReadonlyMap<string, string>;
  /** Of the key that opened them. */
  readonly version: number;
  /** Entries that are not as they were written. */
  readonly unreadable: number;
}

/** What was opened lately in one chat, by placeholder, with the bytes of the entry. */
type OpenedEntries = Map<string, { readonly entry: Buffer; readonly value: string }>;

/**
 * Opens what is in the vault, in this process alone: whoever lets values out has them audited. What was opened stays in
 * clear for as long as the key that opened it, five minutes at most; the vault is still asked each time whether it holds the
 * same bytes, so that nothing that was erased or altered is shown.
 */
@Injectable()
export class SealedValues {
  private readonly opened = new LRUCache<string, OpenedEntries>({ max: CACHED_CHATS });

  constructor(private readonly keys: ChatKeys) {
    keys.onForget(({ chatId }) => this.opened.delete(chatId));
  }

  /**
   * @param read entries and the version of their key, at one instant; asked again, with the number of the round, when the key
   *   has changed meanwhile
   * @throws CodedError as `ChatKeys.use`
   */
  async open(scope: ChatScope, read: (round: number) => Promise<SealedEntries | undefined>): Promise<OpenedValues> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const entries = await read(round);
      if (!entries) return { values: new Map(), version: 0, unreadable: 0 };
      const opened = await this.keys.use(scope, (key) =>
        key.version === entries.version ? this.openAll(key, scope, entries) : undefined,
      );
      if (opened) return opened;
      this.keys.forget(scope);
    }
    throw new CodedError('overloaded', { retryAfter: 1 });
  }

  /** Synchronous, with the key in the cache: if it leaves, what was opened with it leaves as well. */
  private openAll(key: LoadedKey, scope: ChatScope, { types, bytes }: SealedEntries): OpenedValues {
    let opened = this.opened.get(scope.chatId);
    if (!opened) this.opened.set(scope.chatId, (opened = new Map()));
    const values = new Map<string, string>();
    let at = 0;
    for (const type of types) {
      const placeholder = formatPlaceholder(type, numberAt(bytes, at));
      const known = opened.get(placeholder);
      // An entry says how many bytes it has.
      if (known && bytes.compare(known.entry, 0, known.entry.length, at, at + known.entry.length) === 0) {
        values.set(placeholder, known.value);
        at += known.entry.length;
        continue;
      }
      const { entry, id, sealed } = entryAt(bytes, at);
      at += entry.length;
      const value = openValue(key, sealed, { ...scope, placeholder, entryId: id });
      if (value === undefined) continue;
      values.set(placeholder, value);
      if (opened.size >= CACHED_VALUES) opened.clear();
      opened.set(placeholder, { entry: ownBytes(entry), value });
    }
    return { values, version: key.version, unreadable: types.length - values.size };
  }
}
