import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import type { ChatScope } from '../vault/chat-keys.js';
import type { SealedEntry } from '../vault/entry.store.js';

export interface EntryName {
  readonly type: string;
  readonly number: number;
}

// A random fingerprint matches no value: the placeholder stays taken for ever, and the value, sent again, gets another one.
const ERASE = `UPDATE pii_entries e SET sealed_value = NULL, name_prints = NULL, erased_at = now(),
                      fingerprint = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())`;
const ERASE_ALL = {
  name: 'erased_entry_erase_all',
  text: `${ERASE} WHERE workspace_id = $1 AND chat_id = $2 AND erased_at IS NULL RETURNING type, number`,
};
const ERASE_SOME = {
  name: 'erased_entry_erase_some',
  text: `${ERASE} FROM unnest($3::text[], $4::int[]) AS q (type, number)
          WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.type = q.type AND e.number = q.number AND e.erased_at IS NULL
      RETURNING e.type, e.number`,
};
const PRESENT = {
  name: 'erased_entry_present',
  text: `SELECT type, number FROM pii_entries
          WHERE workspace_id = $1 AND chat_id = $2 AND erased_at IS NULL
            AND ($3::text[] IS NULL OR (type, number) IN (SELECT * FROM unnest($3::text[], $4::int[])))`,
};
const SURVIVORS = {
  name: 'erased_entry_survivors',
  text: `SELECT id, type, number, sealed_value AS "sealedValue" FROM pii_entries
          WHERE workspace_id = $1 AND chat_id = $2 AND (type, number) > ($3, $4) AND sealed_value IS NOT NULL
          ORDER BY type, number LIMIT $5`,
};
const RESEAL = {
  name: 'erased_entry_reseal',
  text: `UPDATE pii_entries e SET sealed_value = q.sealed_value
           FROM unnest($3::text[], $4::int[], $5::bytea[]) AS q (type, number, sealed_value)
          WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.type = q.type AND e.number = q.number`,
};
const CHATS_WITH_ENTRIES = {
  name: 'erased_entry_chats',
  text: `WITH RECURSIVE chats AS (
           (SELECT chat_id FROM pii_entries WHERE workspace_id = $1 ORDER BY chat_id LIMIT 1)
           UNION ALL
           SELECT (SELECT e.chat_id FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id > c.chat_id
                    ORDER BY e.chat_id LIMIT 1) FROM chats c WHERE c.chat_id IS NOT NULL)
         SELECT chat_id AS "chatId" FROM chats WHERE chat_id IS NOT NULL`,
};

/** Entries of a chat as an erasure finds, empties and rewrites them. */
@Injectable()
export class ErasedEntryStore {
  constructor(private readonly database: Database) {}

  /** @param names undefined for all. @returns those that were not erased before */
  async present(
    transaction: Queryable,
    { workspaceId, chatId }: ChatScope,
    names: readonly EntryName[] | undefined,
  ): Promise<EntryName[]> {
    const types = names?.map(({ type }) => type) ?? null;
    const numbers = names?.map(({ number }) => number) ?? null;
    return transaction.query<EntryName>(PRESENT, [workspaceId, chatId, types, numbers]);
  }

  /** @param names undefined for all. @returns those that were not erased before */
  async erase(
    transaction: Queryable,
    { workspaceId, chatId }: ChatScope,
    names: readonly EntryName[] | undefined,
  ): Promise<EntryName[]> {
    if (!names) return transaction.query<EntryName>(ERASE_ALL, [workspaceId, chatId]);
    const types = names.map(({ type }) => type);
    const numbers = names.map(({ number }) => number);
    return transaction.query<EntryName>(ERASE_SOME, [workspaceId, chatId, types, numbers]);
  }

  /** Entries that still have an original, by type and number, after the given one. */
  async survivors(
    transaction: Queryable,
    { workspaceId, chatId }: ChatScope,
    after: EntryName,
    limit: number,
  ): Promise<SealedEntry[]> {
    return transaction.query<SealedEntry>(SURVIVORS, [workspaceId, chatId, after.type, after.number, limit]);
  }

  async reseal(
    transaction: Queryable,
    { workspaceId, chatId }: ChatScope,
    entries: readonly (EntryName & { readonly sealedValue: Buffer })[],
  ): Promise<void> {
    await transaction.query(RESEAL, [
      workspaceId,
      chatId,
      entries.map(({ type }) => type),
      entries.map(({ number }) => number),
      entries.map(({ sealedValue }) => sealedValue),
    ]);
  }

  /** Chats of a workspace that have ever had a value, deleted ones too. */
  async chatsWithEntries(workspaceId: string): Promise<string[]> {
    const rows = await this.database.query<{ chatId: string }>(CHATS_WITH_ENTRIES, [workspaceId]);
    return rows.map(({ chatId }) => chatId);
  }
}
