import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { EntityManager } from 'typeorm';
import { Database } from '../../database/database.js';
import { CodedError } from '../../errors/coded-error.js';
import { MasterKeyRing } from './master-key-ring.js';
import { type ChatKey, deriveChatKey, newDataKey, unwrapDataKey, wrapDataKey } from './value-cipher.js';

const CACHED_KEYS = 1_000;
const CACHE_MS = 5 * 60_000;

/** A chat as this room knows it: by the row of its key. */
export interface ChatScope {
  readonly workspaceId: string;
  readonly chatId: string;
}

interface KeyRow {
  readonly workspaceId: string;
  readonly kid: string;
  readonly wrappedKey: Buffer;
}

const FIND = {
  name: 'chat_key_find',
  text: `SELECT workspace_id AS "workspaceId", kid, wrapped_key AS "wrappedKey" FROM chat_keys
          WHERE workspace_id = $1 AND chat_id = $2`,
};
const WORKSPACE_OF = {
  name: 'chat_key_workspace_of',
  text: 'SELECT workspace_id AS "workspaceId" FROM chat_keys WHERE chat_id = $1',
};

const CHATS_OF = {
  name: 'chat_key_chats_of',
  text: 'SELECT chat_id AS "chatId" FROM chat_keys WHERE workspace_id = $1 ORDER BY chat_id',
};

/**
 * The data key of each chat: stored wrapped by a master key, held in clear for five minutes at most and overwritten then.
 * Destroying the row makes every original of the chat unreadable.
 */
@Injectable()
export class ChatKeys {
  private readonly logger = new Logger(ChatKeys.name);
  private readonly cache = new LRUCache<string, ChatKey>({
    max: CACHED_KEYS,
    ttl: CACHE_MS,
    ttlAutopurge: true,
    dispose: (key) => {
      key.encryption.fill(0);
      key.fingerprint.fill(0);
    },
  });

  constructor(
    private readonly database: Database,
    private readonly masterKeys: MasterKeyRing,
  ) {}

  /** Makes the key of a new chat, in the transaction that makes the chat. */
  async create(transaction: EntityManager, { workspaceId, chatId }: ChatScope): Promise<void> {
    const { kid, key } = this.masterKeys.current;
    const dataKey = newDataKey();
    const wrapped = wrapDataKey(key, kid, workspaceId, chatId, dataKey);
    dataKey.fill(0);
    await transaction.query('INSERT INTO chat_keys (workspace_id, chat_id, kid, wrapped_key) VALUES ($1, $2, $3, $4)', [
      workspaceId,
      chatId,
      kid,
      wrapped,
    ]);
  }

  /** Destroys the keys of a chat, or of all chats of a workspace: their originals are gone for good. */
  async destroy(transaction: EntityManager, workspaceId: string, chatId?: string): Promise<void> {
    await transaction.query('DELETE FROM chat_keys WHERE workspace_id = $1 AND ($2::uuid IS NULL OR chat_id = $2)', [
      workspaceId,
      chatId ?? null,
    ]);
    for (const cached of this.cache.keys()) {
      if (cached === cacheKey({ workspaceId, chatId: chatId ?? '' }) || (!chatId && cached.startsWith(workspaceId))) {
        this.cache.delete(cached);
      }
    }
  }

  /**
   * Calls `work` with the key of the chat. The work is synchronous, since a key may be overwritten once it has left the
   * cache; it must not keep the key.
   * @throws CodedError `chat_not_found` when there is no key (any more), `vault_unreadable` when it cannot be unwrapped
   */
  async use<T>(scope: ChatScope, work: (key: ChatKey) => T): Promise<T> {
    const cached = this.cache.get(cacheKey(scope));
    if (cached) return work(cached);
    const [row] = await this.database.query<KeyRow>(FIND, [scope.workspaceId, scope.chatId]);
    if (!row) throw new CodedError('chat_not_found');
    const loaded = this.cache.get(cacheKey(scope)) ?? this.open(row, scope.chatId);
    this.cache.set(cacheKey(scope), loaded, { noDisposeOnSet: true });
    return work(loaded);
  }

  async workspaceOf(chatId: string): Promise<string | undefined> {
    return (await this.database.query<{ workspaceId: string }>(WORKSPACE_OF, [chatId]))[0]?.workspaceId;
  }

  /** The chats of a workspace that have a key. */
  async chatsOf(workspaceId: string): Promise<string[]> {
    const rows = await this.database.query<{ chatId: string }>(CHATS_OF, [workspaceId]);
    return rows.map(({ chatId }) => chatId);
  }

  private open(row: KeyRow, chatId: string): ChatKey {
    const masterKey = this.masterKeys.find(row.kid);
    const dataKey = masterKey && unwrapDataKey(masterKey, row.kid, row.workspaceId, chatId, row.wrappedKey);
    if (!dataKey) {
      this.logger.error('a chat key cannot be unwrapped');
      throw new CodedError('vault_unreadable');
    }
    const key = deriveChatKey(dataKey);
    dataKey.fill(0);
    return key;
  }
}

const cacheKey = ({ workspaceId, chatId }: ChatScope): string => `${workspaceId}/${chatId}`;
