import { LRUCache } from 'lru-cache';
import type { ChatScope } from './chat-keys.js';
import type { EntryStore } from './entry.store.js';
import type { Candidate, TakenNumbers } from './placeholder-choice.js';

const CACHED_COUNTERS = 20_000;

/** Which numbers of a chat's placeholders are taken. */
export class UsedNumbers {
  /** By chat and type: every number below is taken. Entries are never removed, so that this only grows. */
  // By size: with `max` the cache would take the room for all of them at the start.
  private readonly lowest = new LRUCache<string, number>({ maxSize: CACHED_COUNTERS, sizeCalculation: () => 1 });

  constructor(private readonly entries: EntryStore) {}

  /** By type, for the types that candidates have or propose. */
  async taken(scope: ChatScope, found: readonly Candidate[]): Promise<Map<string, TakenNumbers>> {
    const types = new Set(found.flatMap(({ type, proposed }) => [type, ...(proposed ? [typeOf(proposed)] : [])]));
    const lowest = new Map([...types].map((type) => [type, this.lowest.get(`${scope.chatId}/${type}`) ?? 1]));
    const used = await this.entries.usedNumbers(scope, lowest);
    const taken = new Map([...types].map((type) => [type, new Set<number>()]));
    for (const { type, number } of used) taken.get(type)?.add(number);
    for (const [type, numbers] of taken) {
      let next = lowest.get(type) ?? 1;
      while (numbers.has(next)) next += 1;
      lowest.set(type, next);
      this.lowest.set(`${scope.chatId}/${type}`, next);
    }
    return new Map([...taken].map(([type, numbers]) => [type, { lowest: lowest.get(type) ?? 1, taken: numbers }]));
  }
}

/** Of a well-formed placeholder. */
const typeOf = (placeholder: string): string => placeholder.slice(1, placeholder.lastIndexOf('_'));
