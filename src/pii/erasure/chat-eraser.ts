import { Inject, Injectable, Logger } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import { formatPlaceholder } from '../placeholder.js';
import type { AuditAction, Reader, TypeCounts } from '../audit/audit-entry.js';
import { AuditStore } from '../audit/audit.store.js';
import { ChatKeys, type ChatScope, type ReplacedKey } from '../vault/chat-keys.js';
import { KEY_PROVIDER, type KeyProvider } from '../vault/keys/key-provider.js';
import { openValue, sealValue } from '../vault/value-cipher.js';
import { ErasedEntryStore, type EntryName } from './erased-entry.store.js';
import { ErasureParticipants } from './erasure-participants.js';

const PAGE = 500;

/**
 * Called before anything is erased, where there is something to erase, and once no message can be written to the chat until
 * the end.
 * @returns those of the placeholders that have to stay
 */
export type Spare = (placeholders: readonly string[], transaction: Queryable) => Promise<readonly string[]>;

/** What an erasure did in one chat. */
export interface ChatErasure {
  readonly chatId: string;
  readonly counts: TypeCounts;
  /** Master keys that could still open a copy of what was erased. */
  readonly kids: readonly string[];
  readonly placeholders: readonly string[];
}

/**
 * Erases originals of one chat. Emptying their rows is not enough: the bytes stay in the heap, the WAL and backups. So the
 * values that remain are sealed with a new data key and the old one is overwritten; a wrapped copy of it may linger where
 * the values do, and dies with the master key that wrapped it.
 */
@Injectable()
export class ChatEraser {
  private readonly logger = new Logger(ChatEraser.name);

  constructor(
    private readonly database: Database,
    private readonly keys: ChatKeys,
    private readonly entries: ErasedEntryStore,
    private readonly audit: AuditStore,
    private readonly participants: ErasureParticipants,
    @Inject(KEY_PROVIDER) private readonly provider: KeyProvider,
  ) {}

  /**
   * In one transaction with its audit row.
   * @param names undefined for all values of the chat, which then gets new keys altogether
   * @returns undefined when there was nothing to erase
   */
  async erase(
    scope: ChatScope,
    names: readonly EntryName[] | undefined,
    action: AuditAction,
    reader: Reader,
    spare?: Spare,
  ): Promise<ChatErasure | undefined> {
    const erasure = await this.database.transaction((transaction) =>
      this.eraseWithin(transaction, scope, names, action, reader, spare),
    );
    this.announce(scope, erasure);
    return erasure;
  }

  /** As `erase`, for a transaction that does more, and has locked nothing of the chat yet. What it did is announced after its end. */
  async eraseWithin(
    transaction: Queryable,
    scope: ChatScope,
    names: readonly EntryName[] | undefined,
    action: AuditAction,
    reader: Reader,
    spare: Spare = spareNone,
  ): Promise<ChatErasure | undefined> {
    let erased: EntryName[] = [];
    const replaced = await this.keys.replace(transaction, scope, names === undefined, async (keys) => {
      const found = await this.entries.present(transaction, scope, names);
      if (found.length === 0) return false;
      const doomed = new Set(found.map(formatName));
      if (names) await this.reseal(transaction, scope, keys, (name) => !doomed.has(name));
      // From here on messages wait: what takes its time is done.
      await this.keys.outdateMessages(transaction, scope, keys.after);
      const spared = new Set(await spare([...doomed], transaction));
      if (spared.size > 0) await this.reseal(transaction, scope, keys, (name) => spared.has(name));
      const remaining = found.filter((name) => !spared.has(formatName(name)));
      erased = await this.entries.erase(transaction, scope, names && remaining);
      return true;
    });
    if (!replaced) erased = await this.entries.erase(transaction, scope, names);
    if (erased.length === 0) return undefined;
    const counts = countByType(erased);
    await this.audit.append(scope.workspaceId, scope.chatId, action, counts, reader, transaction);
    // A chat that was deleted has no key any more; copies of it are as dead as the oldest master key there is.
    const kids = replaced ?? this.provider.kids() ?? [];
    return { chatId: scope.chatId, counts, kids, placeholders: erased.map(formatName) };
  }

  /** Tells caches and open clients, once the erasure is committed. */
  announce(scope: ChatScope, erasure: ChatErasure | undefined): void {
    this.keys.forgetEverywhere([scope]);
    if (erasure) this.participants.announce({ ...scope, placeholders: erasure.placeholders });
  }

  /** @param which placeholders */
  private async reseal(
    transaction: Queryable,
    scope: ChatScope,
    { before, after }: ReplacedKey,
    which: (placeholder: string) => boolean,
  ): Promise<void> {
    let point: EntryName = { type: '', number: 0 };
    for (;;) {
      const page = await this.entries.survivors(transaction, scope, point, PAGE);
      const chosen = page.filter((entry) => which(formatName(entry)));
      const resealed = chosen.flatMap(({ id, type, number, sealedValue }) => {
        const context = { ...scope, placeholder: formatName({ type, number }), entryId: id };
        const value = openValue(before, sealedValue, context);
        return value === undefined ? [] : [{ type, number, sealedValue: sealValue(after, value, context) }];
      });
      // What was altered behind our back could not be opened before either: it must not stop an erasure.
      if (resealed.length < chosen.length)
        this.logger.error('vault entries do not open', { count: chosen.length - resealed.length });
      await this.entries.reseal(transaction, scope, resealed);
      const last = page.at(-1);
      if (!last || page.length < PAGE) return;
      point = last;
    }
  }
}

const spareNone: Spare = () => Promise.resolve([]);

const formatName = ({ type, number }: EntryName): string => formatPlaceholder(type, number);

export function countByType(entries: readonly EntryName[]): TypeCounts {
  const counts: Record<string, number> = {};
  for (const { type } of entries) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
