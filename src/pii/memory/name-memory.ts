import { randomUUID } from 'node:crypto';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Notifications } from '../../database/notifications.js';
import { parsePlaceholder } from '../placeholder.js';
import { CACHE_MS, CACHED_KEYS, ChatKeys, type ChatScope } from '../vault/chat-keys.js';
import { EntryStore } from '../vault/entry.store.js';
import { SealedValues } from '../vault/sealed-values.js';
import { type KnownName, KnownNames } from './known-names.js';
import { isRemembered, REMEMBERED_TYPES } from './remembered-types.js';

/** Carries `chat/node that has added a name`. */
const CHANNEL = 'cloakroom_names';
/** The latest names of a chat that are remembered. */
const MAX_NAMES = 1_000;
/** How long a chat whose names cannot be read does without them: masked traffic must not wait for a key service each time. */
const RETRY_MS = 30_000;

/**
 * The names that chats have seen, read from the vault. In clear they live as long as the key that opened them: five minutes
 * at most, gone at once with an erasure. Messages of a chat that is remembered cost no round trip; other nodes say when they
 * have added a name. With the vault off there is nothing to remember.
 */
@Injectable()
export class NameMemory implements OnModuleInit {
  private readonly logger = new Logger(NameMemory.name);
  private readonly node = randomUUID();
  private readonly names = new LRUCache<string, KnownNames>({ max: CACHED_KEYS, ttl: CACHE_MS, ttlAutopurge: true });
  private readonly loading = new Map<string, Promise<KnownNames>>();

  constructor(
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
    private readonly sealed: SealedValues,
    private readonly notifications: Notifications,
  ) {}

  onModuleInit(): void {
    this.keys.onForget((scope) => this.forget(scope.chatId));
    this.notifications.listen(CHANNEL, (payload) => {
      const [chatId = '', node] = payload.split('/');
      if (node !== this.node) this.forget(chatId);
    });
    this.notifications.onGap(() => {
      this.names.clear();
      this.loading.clear();
    });
  }

  /** Names of a chat; none where they are out of reach. */
  of(scope: ChatScope): KnownNames | Promise<KnownNames> {
    return this.names.get(scope.chatId) ?? this.loading.get(scope.chatId) ?? this.load(scope);
  }

  /** Adds values that have just been stored here, as far as they are names, and lets other nodes know. */
  learn({ chatId }: ChatScope, values: readonly KnownName[]): void {
    const names = values.filter(({ type }) => isRemembered(type));
    if (names.length === 0) return;
    const known = this.names.get(chatId);
    for (const name of names) known?.add(name);
    // What is being read may be without them.
    this.loading.delete(chatId);
    // A hint that is lost is made up for when the names are read again.
    this.notifications.publish(CHANNEL, [`${chatId}/${this.node}`]).catch(() => undefined);
  }

  private forget(chatId: string): void {
    this.names.delete(chatId);
    this.loading.delete(chatId);
  }

  private load(scope: ChatScope): Promise<KnownNames> {
    const { chatId } = scope;
    const load: Promise<KnownNames> = this.read(scope).then(
      (names) => this.keep(chatId, load, names, CACHE_MS),
      () => {
        this.logger.warn('names of a chat cannot be read; what only they would find passes');
        return this.keep(chatId, load, new KnownNames(), RETRY_MS);
      },
    );
    this.loading.set(chatId, load);
    return load;
  }

  /** What was forgotten while it was read is used once, and not kept. */
  private keep(chatId: string, load: Promise<KnownNames>, names: KnownNames, ttl: number): KnownNames {
    if (this.loading.get(chatId) === load) {
      this.loading.delete(chatId);
      this.names.set(chatId, names, { ttl });
    }
    return names;
  }

  /** An entry that does not open says so to whoever reads the vault; here it is not there. */
  private async read(scope: ChatScope): Promise<KnownNames> {
    const { values, version } = await this.sealed.open(scope, () =>
      this.entries.latest(scope, REMEMBERED_TYPES, MAX_NAMES),
    );
    return new KnownNames(
      [...values].map(([placeholder, value]) => ({
        type: parsePlaceholder(placeholder)?.type ?? '',
        value,
        placeholder,
        keyVersion: version,
      })),
    );
  }
}
