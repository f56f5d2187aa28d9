import { LRUCache } from 'lru-cache';
import { CACHE_MS, CACHED_KEYS, type ChatScope } from '../vault/chat-keys.js';

/** How long what cannot be read is not asked for again: messages must not wait for a key service each time. */
const RETRY_MS = 5_000;

/** What was read of each chat, as long as its key may be held in clear; read once however many ask at a time. */
export class ChatCache<T extends object> {
  private readonly known = new LRUCache<string, T>({ max: CACHED_KEYS, ttl: CACHE_MS, ttlAutopurge: true });
  private readonly unreadable = new LRUCache<string, true>({ max: CACHED_KEYS, ttl: RETRY_MS });
  private readonly loading = new Map<string, Promise<T | undefined>>();

  constructor(private readonly read: (scope: ChatScope) => Promise<T>) {}

  /** Undefined where it cannot be read. */
  get(scope: ChatScope): T | undefined | Promise<T | undefined> {
    const { chatId } = scope;
    const known = this.known.get(chatId);
    if (known || this.unreadable.has(chatId)) return known;
    return this.loading.get(chatId) ?? this.load(scope);
  }

  peek(chatId: string): T | undefined {
    return this.known.get(chatId);
  }

  /** What is being read at this moment is out of date: it is used by those who wait for it, and not kept. */
  supersede(chatId: string): void {
    this.loading.delete(chatId);
  }

  forget(chatId: string): void {
    this.known.delete(chatId);
    this.loading.delete(chatId);
  }

  clear(): void {
    this.known.clear();
    this.loading.clear();
  }

  private load(scope: ChatScope): Promise<T | undefined> {
    const { chatId } = scope;
    const load: Promise<T | undefined> = this.read(scope).then(
      (value) => {
        if (this.ends(chatId, load)) this.known.set(chatId, value);
        return value;
      },
      () => {
        if (this.ends(chatId, load)) this.unreadable.set(chatId, true);
        return undefined;
      },
    );
    this.loading.set(chatId, load);
    return load;
  }

  /** @returns whether nothing has made it out of date meanwhile */
  private ends(chatId: string, load: Promise<T | undefined>): boolean {
    return this.loading.get(chatId) === load && this.loading.delete(chatId);
  }
}
