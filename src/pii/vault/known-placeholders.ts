import { LRUCache } from 'lru-cache';
import type { ChatScope } from './chat-keys.js';
import type { KnownEntry } from './entry.store.js';

/** What a value stands for. There may be fifty thousand of them, so that no text is kept that can be made again. */
interface Known {
  readonly type: string;
  readonly number: number;
  /** Of the entry, as long as the original is not in the vault. */
  readonly unsealedId: string | undefined;
  /** Of the chat's key: what was known before an erasure counts no more. */
  readonly version: number;
}

const CACHED_VALUES = 50_000;

/** The placeholders of values that this node has met lately, by what can be known of a value: its fingerprint. */
export class KnownPlaceholders {
  // By size: with `max` the cache would take the room for all of them at the start.
  private readonly known = new LRUCache<string, Known>({ maxSize: CACHED_VALUES, sizeCalculation: () => 1 });

  get(scope: ChatScope, fingerprint: Buffer): Known | undefined {
    return this.known.get(keyOf(scope, fingerprint));
  }

  add(
    scope: ChatScope,
    version: number,
    { fingerprint, id, type, number, sealed }: Pick<KnownEntry, 'fingerprint' | 'id' | 'type' | 'number' | 'sealed'>,
  ): void {
    this.known.set(keyOf(scope, fingerprint), { type, number, unsealedId: sealed ? undefined : id, version });
  }
}

/** In one piece: a text that was put together from others stays a tree of them in memory. */
const keyOf = ({ chatId }: ChatScope, fingerprint: Buffer): string =>
  Buffer.concat([Buffer.from(chatId, 'latin1'), fingerprint]).toString('latin1');
