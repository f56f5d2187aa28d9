import { Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { parsePlaceholder, type Placeholder } from '../placeholder.js';
import type { AuditAction, Reader, TypeCounts } from '../audit/audit-entry.js';
import { AuditWriter } from '../audit/audit-writer.js';
import type { ChatScope } from './chat-keys.js';
import { EntryStore } from './entry.store.js';
import { SealedValues } from './sealed-values.js';

/** Who is shown which placeholders. */
export interface Reading {
  readonly reader: Reader;
  readonly placeholders: Iterable<string>;
}

/**
 * Reads originals. The caller has checked that the reader may see them. They are read and opened while the audit entry is
 * being committed, and held back until it is durable: where it cannot be written, nobody sees anything.
 */
@Injectable()
export class Vault {
  constructor(
    private readonly sealed: SealedValues,
    private readonly entries: EntryStore,
    private readonly audit: AuditWriter,
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
    readings: readonly Reading[],
    scope: ChatScope,
    action: AuditAction = 'rehydrate',
  ): Promise<ReadonlyMap<string, string>> {
    const wanted = readings.map(({ placeholders }) => [...new Set(placeholders)]);
    const audited = this.audit.write(
      scope.workspaceId,
      readings.map(({ reader }, index) => ({
        chatId: scope.chatId,
        action,
        counts: countByType(parsed(wanted[index] ?? [])),
        reader,
      })),
    );
    const [values] = await Promise.all([this.read(scope, parsed(new Set(wanted.flat()))), audited]);
    return values;
  }

  private async read(scope: ChatScope, wanted: readonly Placeholder[]): Promise<ReadonlyMap<string, string>> {
    const { values, unreadable } = await this.sealed.open(scope, () => this.entries.sealed(scope, wanted));
    if (unreadable === 0) return values;
    throw new CodedError('vault_unreadable');
  }
}

const parsed = (placeholders: Iterable<string>): Placeholder[] =>
  [...placeholders].map(parsePlaceholder).filter((placeholder) => placeholder !== undefined);

function countByType(placeholders: readonly Placeholder[]): TypeCounts {
  const counts: Record<string, number> = {};
  for (const { type } of placeholders) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
