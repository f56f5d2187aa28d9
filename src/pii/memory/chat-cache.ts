import { LRUCache } from 'lru-cache';
import type { ChatScope } from '../vault/chat-keys.js';
import { CACHED_KEYS } from '../vault/key-cache.js';

/** How long what cannot be read is not asked for again: messages must not wait for a key service each time. */
const RETRY_MS = 5_000;

/** Of more than these that came since, a chat is read anew. */
const MAX_MISSING = 500;

/** Of a chat of which more is known than this, the latest is read again, so that a busy one does not grow. */
export const MAX_KNOWN = 2_000;

/**
 * What was read of each chat, as long as its key may be held in clear; read once however many ask at a time. What is
 * announced afterwards is added before anybody is answered again: reading everything anew would cost a busy chat of two
 * nodes a thousand entries for each message.
 */
export class ChatCache<T extends { readonly size: number }> {
  private readonly known: LRUCache<string, T>;
  private readonly unreadable = new LRUCache<string, true>({ max: CACHED_KEYS, ttl: RETRY_MS });
  /** Of a chat that is not known, all of it is being read; of one that is known, what it misses. */
  private readonly loading = new Map<string, Promise<T | undefined>>();
  /** Announced placeholders that are not in what is known or being read. */
  private readonly missing = new Map<string, Set<string>>();

  /**
   * @param read all of a chat
   * @param add some placeholders to what is known of a chat
   * @param milliseconds how long at most, also where the key has left before what it opened was here
   */
  constructor(
    private readonly read: (scope: ChatScope) => Promise<T>,
    private readonly add: (scope: ChatScope, known: T, placeholders: readonly string[]) => Promise<void>,
    milliseconds: number,
    clock?: { now(): number },
  ) {
    this.known = new LRUCache<string, T>({
      max: CACHED_KEYS,
      ttl: milliseconds,
      ttlAutopurge: true,
      ...(clock && { perf: clock }),
      dispose: (_, chatId) => this.missing.delete(chatId),
    });
  }

  /** The latest, with everything that was announced before the call; undefined where it cannot be read. */
  get(scope: ChatScope): T | undefined | Promise<T | undefined> {
    const { chatId } = scope;
    if ((this.known.get(chatId)?.size ?? 0) > MAX_KNOWN) this.forget(chatId);
    const known = this.known.get(chatId);
    const isWhole = !this.missing.has(chatId);
    if ((known && isWhole) || this.unreadable.has(chatId)) return known;
    const loading = this.loading.get(chatId);
    if (!loading) return this.load(scope, known);
    return known || isWhole ? loading : loading.then(() => this.get(scope));
  }

  /** What is known of a chat by now, to add to. */
  peek(chatId: string): T | undefined {
    return this.known.get(chatId);
  }

  /** These have been stored. Nobody has to be told of a chat that nobody has asked for. */
  announce(chatId: string, placeholders: readonly string[]): void {
    const isKnown = this.known.has(chatId);
    if (!isKnown && !this.loading.has(chatId)) return;
    const missing = new Set([...(this.missing.get(chatId) ?? []), ...placeholders]);
    if (missing.size > MAX_MISSING) {
      this.forget(chatId);
      return;
    }
    this.missing.set(chatId, missing);
    // Whoever asks from now on waits for a reading that began after this.
    if (isKnown) this.loading.delete(chatId);
  }

  forget(chatId: string): void {
    this.known.delete(chatId);
    this.loading.delete(chatId);
    this.missing.delete(chatId);
  }

  clear(): void {
    this.known.clear();
    this.loading.clear();
    this.missing.clear();
  }

  private load(scope: ChatScope, known: T | undefined): Promise<T | undefined> {
    const { chatId } = scope;
    const load: Promise<T | undefined> = (known ? this.complete(scope, known) : this.read(scope)).then(
      (value) => {
        if (this.ends(chatId, load) && !known) this.known.set(chatId, value);
        return value;
      },
      () => {
        if (this.ends(chatId, load)) {
          this.forget(chatId);
          this.unreadable.set(chatId, true);
        }
        return undefined;
      },
    );
    this.loading.set(chatId, load);
    return load;
  }

  private async complete(scope: ChatScope, known: T): Promise<T> {
    const { chatId } = scope;
    const placeholders = [...(this.missing.get(chatId) ?? [])];
    await this.add(scope, known, placeholders);
    const missing = this.missing.get(chatId);
    if (missing && this.known.peek(chatId) === known) {
      for (const placeholder of placeholders) missing.delete(placeholder);
      if (missing.size === 0) this.missing.delete(chatId);
    }
    return known;
  }

  /** @returns whether nothing has taken its place meanwhile */
  private ends(chatId: string, load: Promise<T | undefined>): boolean {
    return this.loading.get(chatId) === load && this.loading.delete(chatId);
  }
}
