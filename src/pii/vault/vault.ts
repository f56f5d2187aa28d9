import { Injectable, Logger } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import { formatPlaceholder, parsePlaceholder, type Placeholder } from '../placeholder.js';
import type { AuditAction, Reader, TypeCounts } from '../audit/audit-entry.js';
import { ChatKeys, type ChatScope } from './chat-keys.js';
import { EntryStore, type SealedEntry } from './entry.store.js';
import { type ChatKey, openValue } from './value-cipher.js';

/** Reads originals. The caller has checked that the reader may see them; the audit row is written here, before they leave. */
@Injectable()
export class Vault {
  private readonly logger = new Logger(Vault.name);

  constructor(
    private readonly keys: ChatKeys,
    private readonly entries: EntryStore,
  ) {}

  /**
   * Originals of placeholders of one chat. Those that have none (vault off, erased, of another chat) are missing.
   * @throws CodedError `vault_unreadable` when a stored value does not open
   */
  async reveal(
    scope: ChatScope,
    placeholders: Iterable<string>,
    reader: Reader,
    action: AuditAction = 'rehydrate',
  ): Promise<Map<string, string>> {
    const wanted = [...new Set(placeholders)].map(parsePlaceholder).filter((placeholder) => placeholder !== undefined);
    const sealed = await this.entries.reveal(scope, wanted, action, countByType(wanted), reader);
    if (sealed.length === 0) return new Map();
    const values = await this.keys.use(scope, (key) => openAll(key, scope, sealed));
    if (values) return values;
    // An erasure came between the reading and the key: both again, as they are at one instant.
    this.keys.forget(scope);
    const entries = await this.entries.readWithKey(scope, wanted);
    const [row] = entries;
    if (!row) return new Map();
    const again = await this.keys.useRow(scope, row, (key) => openAll(key, scope, entries));
    if (again) return again;
    this.logger.error('a vault entry does not open');
    throw new CodedError('vault_unreadable');
  }
}

/** Undefined when one of the values does not open. */
function openAll(key: ChatKey, scope: ChatScope, sealed: readonly SealedEntry[]): Map<string, string> | undefined {
  const values = new Map<string, string>();
  for (const { id, type, number, sealedValue } of sealed) {
    const placeholder = formatPlaceholder(type, number);
    const value = openValue(key, sealedValue, { ...scope, placeholder, entryId: id });
    if (value === undefined) return undefined;
    values.set(placeholder, value);
  }
  return values;
}

function countByType(placeholders: readonly Placeholder[]): TypeCounts {
  const counts: Record<string, number> = {};
  for (const { type } of placeholders) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
