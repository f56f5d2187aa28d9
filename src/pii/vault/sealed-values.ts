import { Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { formatPlaceholder } from '../placeholder.js';
import { ChatKeys, type ChatScope, type LoadedKey } from './chat-keys.js';
import type { VersionedEntry } from './entry.store.js';
import { openValue } from './value-cipher.js';

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

/** Opens what is in the vault, in this process alone: whoever lets values out has them audited. */
@Injectable()
export class SealedValues {
  constructor(private readonly keys: ChatKeys) {}

  /** @param read entries and the version of their key, at one instant. @throws CodedError as `ChatKeys.use` */
  async open(scope: ChatScope, read: () => Promise<readonly VersionedEntry[]>): Promise<OpenedValues> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const entries = await read();
      const [first] = entries;
      if (!first) return { values: new Map(), version: 0, unreadable: 0 };
      const opened = await this.keys.use(scope, (key) =>
        key.version === first.version ? openAll(key, scope, entries) : undefined,
      );
      if (opened) return opened;
      this.keys.forget(scope);
    }
    throw new CodedError('overloaded', { retryAfter: 1 });
  }
}

function openAll(key: LoadedKey, scope: ChatScope, entries: readonly VersionedEntry[]): OpenedValues {
  const values = new Map<string, string>();
  for (const { id, type, number, sealedValue } of entries) {
    const placeholder = formatPlaceholder(type, number);
    const value = openValue(key, sealedValue, { ...scope, placeholder, entryId: id });
    if (value !== undefined) values.set(placeholder, value);
  }
  return { values, version: key.version, unreadable: entries.length - values.size };
}
