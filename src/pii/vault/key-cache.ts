import { LRUCache } from 'lru-cache';
import type { ChatKey } from './value-cipher.js';

/** How many keys are held in clear, and how long at most. */
export const CACHED_KEYS = 1_000;
export const CACHE_MS = 5 * 60_000;

/** The keys of a chat as they are since its last erasure. */
export interface LoadedKey extends ChatKey {
  /** Grows with each erasure; a value that was sealed with another one cannot be opened. */
  readonly version: number;
}

/**
 * Keys of chats in clear. Each is overwritten when it leaves, in time also where nobody asks for it: use prolongs nothing.
 * @param onForget told after that
 */
export function createKeyCache(
  milliseconds: number,
  onForget: (name: string) => void,
  clock?: { now(): number },
): LRUCache<string, LoadedKey> {
  return new LRUCache<string, LoadedKey>({
    max: CACHED_KEYS,
    ttl: Math.min(milliseconds, CACHE_MS),
    ttlAutopurge: true,
    ...(clock && { perf: clock }),
    dispose: (key, name) => {
      overwrite(key);
      onForget(name);
    },
  });
}

export function overwrite({ encryption, fingerprint }: ChatKey): void {
  encryption.fill(0);
  fingerprint.fill(0);
}
