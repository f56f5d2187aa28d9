import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { Config } from '../../config/config.js';
import { Database, type Queryable, within } from '../../database/database.js';
import { Notifications } from '../../database/notifications.js';
import { CodedError } from '../../errors/coded-error.js';
import * as CHAT_KEY from './chat-key.statements.js';
import { createKeyCache, type LoadedKey, overwrite } from './key-cache.js';
import { type ChatScope, KEY_PROVIDER, type KeyProvider } from './keys/key-provider.js';
import { CHAT_SECRET_BYTES, type ChatKey, deriveChatKey, newChatSecret, renewDataKey } from './value-cipher.js';

export type { LoadedKey } from './key-cache.js';
export type { ChatScope } from './keys/key-provider.js';

const CHANNEL = 'cloakroom_keys';
/** A key that another node replaced or destroyed leaves the cache within this time, also where that node could not say so. */
const SWEEP_MS = 3_000;

/** The wrapped secret of a chat. */
interface KeyRow {
  readonly kid: string;
  readonly wrapped: Buffer;
  readonly version: number;
}

interface LockedRow extends KeyRow {
  readonly pastKids: readonly string[];
}

/** The keys of a chat on both sides of a change. */
export interface ReplacedKey {
  readonly before: LoadedKey;
  readonly after: LoadedKey;
}

/**
 * The secret of each chat: stored wrapped by a master key, its keys held in clear for five minutes at most and overwritten
 * then. Replacing the secret makes whatever was sealed before unreadable; destroying the row, every original of the chat.
 */
@Injectable()
export class ChatKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly cache: LRUCache<string, LoadedKey>;
  private readonly listeners: ((scope: ChatScope) => void)[] = [];
  private readonly loading = new Map<string, Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    @Inject(KEY_PROVIDER) private readonly provider: KeyProvider,
    private readonly notifications: Notifications,
    config: Config,
  ) {
    this.cache = createKeyCache(config.vaultKeySeconds * 1_000, (name) => {
      const [workspaceId = '', chatId = ''] = name.split('/');
      for (const listener of this.listeners) listener({ workspaceId, chatId });
    });
    notifications.listen(CHANNEL, (name) => this.cache.delete(name));
  }

  /** How long a key is held in clear at most: nothing that it opened may be so for longer. */
  get heldMs(): number {
    return this.cache.ttl;
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.cache.clear();
  }

  /** Makes the key of a new chat, in the transaction that makes the chat. */
  async create(transaction: EntityManager, scope: ChatScope): Promise<void> {
    const secret = newChatSecret();
    try {
      const { kid, wrapped } = await this.provider.wrap(secret, scope);
      await transaction.query(
        'INSERT INTO chat_keys (workspace_id, chat_id, kid, wrapped_key) VALUES ($1, $2, $3, $4)',
        [scope.workspaceId, scope.chatId, kid, wrapped],
      );
    } finally {
      secret.fill(0);
    }
  }

  /** Destroys the keys of a chat, or of all chats of a workspace, before these are touched: their originals are gone for good. */
  async destroy(transaction: EntityManager, workspaceId: string, chatId?: string): Promise<void> {
    const queries = await within(transaction);
    await queries.query(CHAT_KEY.BEGIN_CHANGE, []);
    await queries.query(CHAT_KEY.DESTROY, [workspaceId, chatId ?? null]);
    for (const cached of this.cache.keys()) {
      if (cached === cacheKey({ workspaceId, chatId: chatId ?? '' }) || (!chatId && cached.startsWith(workspaceId))) {
        this.cache.delete(cached);
      }
    }
  }

  /**
   * Replaces the data key of a chat, and with `fingerprints` its fingerprint key too. Until the transaction ends nobody
   * can write a value to the chat.
   * @param reseal must not keep the keys; with false as its answer nothing is replaced
   * @returns undefined when the chat has no key any more; otherwise the master keys that have wrapped what was replaced:
   *   copies of it are dead when these are destroyed
   */
  async replace(
    transaction: Queryable,
    scope: ChatScope,
    fingerprints: boolean,
    reseal: (keys: ReplacedKey) => Promise<boolean>,
  ): Promise<readonly string[] | undefined> {
    await transaction.query(CHAT_KEY.BEGIN_CHANGE, []);
    const [row] = await transaction.query<LockedRow>(CHAT_KEY.LOCK, [scope.workspaceId, scope.chatId]);
    if (!row) return undefined;
    const kids = [...new Set([row.kid, ...row.pastKids])];
    // Where nothing of the old secret is kept, one that cannot be opened any more is no obstacle to its erasure.
    const old = fingerprints ? newChatSecret() : await this.unwrap(row, scope);
    const renewed = fingerprints ? newChatSecret() : renewDataKey(old);
    const before = { ...deriveChatKey(old), version: row.version };
    const after = { ...deriveChatKey(renewed), version: row.version + 1 };
    try {
      const { kid, wrapped } = await this.provider.wrap(renewed, scope);
      if (!(await reseal({ before, after }))) return [];
      await transaction.query(CHAT_KEY.REPLACE, [scope.workspaceId, scope.chatId, kid, wrapped]);
    } finally {
      for (const secret of [old, renewed]) secret.fill(0);
      for (const key of [before, after]) overwrite(key);
    }
    return kids;
  }

  /**
   * Within a replacement, before anything is erased: until the transaction ends no message can be written to the chat, and
   * none after it that was masked with an older key than this one.
   */
  async outdateMessages(transaction: Queryable, scope: ChatScope, { version }: LoadedKey): Promise<void> {
    await transaction.query(CHAT_KEY.OUTDATE_MESSAGES, [scope.workspaceId, scope.chatId, version]);
  }

  /**
   * Gives the keys of all chats of a workspace a new version without changing them: until the transaction ends nobody can
   * write a value there, and whoever tries has to start again.
   * @returns the chats
   */
  async outdate(transaction: Queryable, workspaceId: string): Promise<string[]> {
    return (await transaction.query<{ chatId: string }>(CHAT_KEY.OUTDATE, [workspaceId])).map(({ chatId }) => chatId);
  }

  /**
   * Calls `work` with the keys of the chat. The work is synchronous, since a key may be overwritten once it has left the
   * cache; it must not keep the key.
   * @throws CodedError `chat_not_found` when there is no key (any more), `vault_unreadable` when it cannot be unwrapped,
   *   `unavailable` when whoever holds the master keys does not answer
   */
  async use<T>(scope: ChatScope, work: (key: LoadedKey) => T): Promise<T> {
    for (;;) {
      const cached = this.cache.get(cacheKey(scope));
      if (cached) return work(cached);
      await this.load(scope);
    }
  }

  /**
   * Calls `work`, as `use` does, with the keys of the next chats of a workspace by id: one look at the table for all of them.
   * What is not in the cache is opened for the call alone, so that looking through many chats drives nobody out of it.
   */
  async useNext<T>(workspaceId: string, after: string, limit: number, work: (key: ChatKey, chatId: string) => T) {
    const rows = await this.database.query<KeyRow & { readonly chatId: string }>(CHAT_KEY.PAGE, [
      workspaceId,
      after,
      limit,
    ]);
    return Promise.all(
      rows.map(async ({ chatId, ...row }): Promise<T> => {
        const cached = this.cache.peek(cacheKey({ workspaceId, chatId }));
        if (cached?.version === row.version) return work(cached, chatId);
        const key = await this.open(row, { workspaceId, chatId });
        try {
          return work(key, chatId);
        } finally {
          overwrite(key);
        }
      }),
    );
  }

  /** Drops what is cached of a chat, so that the next use reads its row again. */
  forget(scope: ChatScope): void {
    this.cache.delete(cacheKey(scope));
  }

  /** After an erasure: drops what is cached of these chats, on all nodes. */
  forgetEverywhere(scopes: readonly ChatScope[]): void {
    for (const scope of scopes) this.forget(scope);
    // A hint that is lost is made up for by the sweep.
    this.notifications.publish(CHANNEL, scopes.map(cacheKey)).catch(() => undefined);
  }

  /** Called when a key leaves the cache: whatever was read with it in clear has to go as well. */
  onForget(listener: (scope: ChatScope) => void): void {
    this.listeners.push(listener);
  }

  async workspaceOf(chatId: string): Promise<string | undefined> {
    return (await this.database.query<{ workspaceId: string }>(CHAT_KEY.WORKSPACE_OF, [chatId]))[0]?.workspaceId;
  }

  /** The chats of a workspace that have a key. */
  async chatsOf(workspaceId: string): Promise<string[]> {
    const rows = await this.database.query<{ chatId: string }>(CHAT_KEY.CHATS_OF, [workspaceId]);
    return rows.map(({ chatId }) => chatId);
  }

  /** Callers that miss the same key wait for one load. */
  private load(scope: ChatScope): Promise<void> {
    const name = cacheKey(scope);
    const underWay = this.loading.get(name);
    if (underWay) return underWay;
    const load = this.read(scope).finally(() => this.loading.delete(name));
    this.loading.set(name, load);
    return load;
  }

  private async read(scope: ChatScope): Promise<void> {
    const [row] = await this.database.query<KeyRow>(CHAT_KEY.FIND, [scope.workspaceId, scope.chatId]);
    if (!row) throw new CodedError('chat_not_found');
    this.cache.set(cacheKey(scope), await this.open(row, scope));
  }

  private async open(row: KeyRow, scope: ChatScope): Promise<LoadedKey> {
    const secret = await this.unwrap(row, scope);
    try {
      return { ...deriveChatKey(secret), version: row.version };
    } finally {
      secret.fill(0);
    }
  }

  private async unwrap(row: KeyRow, scope: ChatScope): Promise<Buffer> {
    const secret = await this.provider.unwrap(row, scope);
    // From one that is cut short, keys would follow that others could guess.
    if (secret?.length === CHAT_SECRET_BYTES) return secret;
    throw new CodedError('vault_unreadable');
  }

  private async sweep(): Promise<void> {
    const cached = [...this.cache.entries()].map(([name, { version }]) => ({ name: name.split('/'), version }));
    if (cached.length === 0) return;
    try {
      const stale = await this.database.query<ChatScope>(CHAT_KEY.STALE, [
        cached.map(({ name }) => name[0]),
        cached.map(({ name }) => name[1]),
        cached.map(({ version }) => version),
      ]);
      for (const scope of stale) this.forget(scope);
    } catch {
      // Without a database nobody reads or writes values; the next sweep looks again.
    }
  }
}

const cacheKey = ({ workspaceId, chatId }: ChatScope): string => `${workspaceId}/${chatId}`;
