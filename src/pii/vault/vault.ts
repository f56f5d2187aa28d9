import { Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import type { WrittenPage } from '../../edge/page.js';
import { readingValues } from '../audit/audit.store.js';
import { type MaskedText, placeholdersOf } from '../masked-text.js';
import { parsePlaceholder, type Placeholder } from '../placeholder.js';
import type { AuditAction, Reader, TypeCounts } from '../audit/audit-entry.js';
import type { ChatScope } from './chat-keys.js';
import { EntryStore, type SealedEntries } from './entry.store.js';
import { Reveals } from './reveals.js';
import { SealedValues } from './sealed-values.js';
import type { UnreadPage } from './unread-page.js';

/** Who is shown which placeholders. */
export interface Showing {
  readonly reader: Reader;
  readonly placeholders: Iterable<string>;
}

/**
 * Reads originals. The caller has checked that the reader may see them. They are read in the transaction that audits it, and
 * only opened once that is durable: where it cannot be written, nobody sees anything.
 */
@Injectable()
export class Vault {
  constructor(
    private readonly sealed: SealedValues,
    private readonly entries: EntryStore,
    private readonly reveals: Reveals,
  ) {}

  /**
   * Originals of placeholders of one chat. Those that have none (vault off, erased, of another chat) are missing.
   * @throws CodedError `vault_unreadable` when a stored value does not open
   */
  reveal(
    scope: ChatScope,
    placeholders: Iterable<string>,
    reader: Reader,
    action: AuditAction = 'rehydrate',
  ): Promise<ReadonlyMap<string, string>> {
    return this.revealTo([{ reader, placeholders }], scope, action);
  }

  /** As `reveal`, for several readers: one audit entry for each, all in one commit. */
  async revealTo(
    showings: readonly Showing[],
    scope: ChatScope,
    action: AuditAction = 'rehydrate',
  ): Promise<ReadonlyMap<string, string>> {
    const { workspaceId, chatId } = scope;
    const wanted = new Map<string, Placeholder>();
    const audited = showings.map(({ reader, placeholders }) => ({
      chatId,
      action,
      counts: countByType(note(wanted, new Set(placeholders))),
      reader,
    }));
    const placeholders = [...wanted.values()];
    const read = await this.reveals.read(workspaceId, { chatId, placeholders, audited });
    return this.open(scope, read, () => placeholders);
  }

  /**
   * A page together with its originals, in one statement unless others of the workspace are being audited: then it waits
   * for its turn with them, and not within the database.
   */
  async revealPage<Item extends MaskedText>(
    unread: UnreadPage<Item>,
    reader: Reader,
  ): Promise<{ readonly page: WrittenPage<Item>; readonly values: ReadonlyMap<string, string> }> {
    const { scope } = unread;
    const alone = this.reveals.alone(scope.workspaceId, () => unread.revealed(readingValues('rehydrate', reader)));
    if (!alone) {
      const page = await unread.masked();
      const { items } = page.read();
      const values = items.length > 0 ? await this.reveal(scope, placeholdersOf(items), reader) : new Map();
      return { page, values };
    }
    const { page, sealed } = await alone;
    const placeholders = () => note(new Map(), new Set(placeholdersOf(page.read().items)));
    return { page, values: await this.open(scope, this.entries.revealed(sealed), placeholders) };
  }

  /**
   * @param read entries that were audited
   * @param placeholders of them, to read them once more where their key has changed meanwhile
   */
  private async open(
    scope: ChatScope,
    read: SealedEntries | undefined,
    placeholders: () => readonly Placeholder[],
  ): Promise<ReadonlyMap<string, string>> {
    const { values, unreadable } = await this.sealed.open(scope, async (round) =>
      round === 0 ? read : this.entries.sealed(scope, placeholders()),
    );
    if (unreadable === 0) return values;
    throw new CodedError('vault_unreadable');
  }
}

/** The placeholders taken apart, noted in `wanted`, each once. */
function note(wanted: Map<string, Placeholder>, placeholders: Iterable<string>): Placeholder[] {
  return Array.from(placeholders).flatMap((text) => {
    const placeholder = wanted.get(text) ?? parsePlaceholder(text);
    if (placeholder) wanted.set(text, placeholder);
    return placeholder ?? [];
  });
}

function countByType(placeholders: readonly Placeholder[]): TypeCounts {
  const counts: Record<string, number> = {};
  for (const { type } of placeholders) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
