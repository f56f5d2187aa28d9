import { Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { parsePlaceholder, type Placeholder } from '../placeholder.js';
import type { AuditAction, Reader, TypeCounts } from '../audit/audit-entry.js';
import type { ChatScope } from './chat-keys.js';
import { EntryStore } from './entry.store.js';
import { Reveals } from './reveals.js';
import { SealedValues } from './sealed-values.js';

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
    const { values, unreadable } = await this.sealed.open(scope, (round) =>
      round === 0
        ? this.reveals.read(workspaceId, { chatId, placeholders, audited })
        : this.entries.sealed(scope, placeholders),
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
