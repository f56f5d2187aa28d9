import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import type { EntryName } from '../../pii/erasure/erased-entry.store.js';

/** A workspace whose policy lets something expire. */
export interface ExpiringWorkspace {
  readonly workspaceId: string;
  readonly retentionDays: number | null;
  readonly typeRetentionDays: Readonly<Record<string, number>>;
}

/** An original that is to go. */
export interface ExpiredEntry extends EntryName {
  /** Past the days of its type, whatever shows it; otherwise nothing does. */
  readonly aged: boolean;
  /** Up to which sequence that is so. */
  readonly asOf: number;
}

const LOCK = {
  name: 'retention_lock',
  text: `SELECT pg_try_advisory_xact_lock(hashtextextended('cloakroom/retention', 0)) AS mine`,
};
const WORKSPACES = {
  name: 'retention_workspaces',
  text: `SELECT id AS "workspaceId", (pii_policy ->> 'retentionDays')::int AS "retentionDays",
                coalesce(pii_policy -> 'typeRetentionDays', '{}') AS "typeRetentionDays"
           FROM workspaces
          WHERE id > $1 AND deleted_at IS NULL
            AND (pii_policy ? 'retentionDays' OR pii_policy ? 'typeRetentionDays') ORDER BY id LIMIT $2`,
};
const CHATS = {
  name: 'retention_chats',
  text: 'SELECT id AS "chatId" FROM chats WHERE workspace_id = $1 ORDER BY id',
};
// The sequence rises with the time of the commit but for clocks that differ: the oldest messages come first.
const DELETE_MESSAGES = {
  name: 'retention_delete_messages',
  text: `WITH expired AS (
           SELECT seq, id FROM (SELECT seq, id, created_at FROM messages WHERE workspace_id = $1 AND chat_id = $2
                             ORDER BY seq LIMIT $4) oldest
            WHERE created_at < now() - make_interval(days => $3)),
         edits AS (DELETE FROM message_edits x USING expired e
                    WHERE x.workspace_id = $1 AND x.chat_id = $2 AND x.message_id = e.id),
         reactions_gone AS (DELETE FROM reactions x USING expired e
                             WHERE x.workspace_id = $1 AND x.chat_id = $2 AND x.message_id = e.id),
         files AS (UPDATE attachments x SET removed_at = now() FROM expired e
                    WHERE x.workspace_id = $1 AND x.chat_id = $2 AND x.message_id = e.id),
         changes AS (DELETE FROM message_changes x USING expired e
                      WHERE x.workspace_id = $1 AND x.chat_id = $2 AND x.message_id = e.id)
         DELETE FROM messages m USING expired e WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.seq = e.seq
         RETURNING 1`,
};
/*
 * Values that no message shows any more, and those past the days of their type. One that was just made may belong to a
 * message that is not committed yet: it is left alone for an hour.
 */
const EXPIRED_ENTRIES = {
  name: 'retention_expired_entries',
  text: `WITH shown AS MATERIALIZED (
           SELECT DISTINCT p.value ->> 'placeholder' AS placeholder
             FROM (SELECT positions FROM messages WHERE workspace_id = $1 AND chat_id = $2
                   UNION ALL
                   SELECT positions FROM message_edits WHERE workspace_id = $1 AND chat_id = $2) t,
                  json_array_elements(t.positions) p)
         SELECT e.type, e.number, coalesce(e.created_at < now() - make_interval(days => ($3::jsonb ->> e.type)::int), false) AS aged,
                (SELECT last_seq FROM chats WHERE workspace_id = $1 AND id = $2)::float8 AS "asOf"
           FROM pii_entries e
          WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.erased_at IS NULL
            AND (e.created_at < now() - make_interval(days => ($3::jsonb ->> e.type)::int)
              OR ($4 AND e.created_at < now() - interval '1 hour' AND NOT EXISTS (
                   SELECT FROM shown WHERE shown.placeholder = '<' || e.type || '_' || e.number || '>')))
          ORDER BY e.type, e.number LIMIT $5`,
};

@Injectable()
export class RetentionStore {
  constructor(private readonly database: Database) {}

  /** Does `work` unless another node is at it. @returns undefined where it is */
  async alone<T>(work: () => Promise<T>): Promise<T | undefined> {
    return this.database.transaction(async (transaction: Queryable) => {
      const [row] = await transaction.query<{ mine: boolean }>(LOCK, []);
      return row?.mine ? work() : undefined;
    });
  }

  async workspaces(after: string, limit: number): Promise<ExpiringWorkspace[]> {
    return this.database.query<ExpiringWorkspace>(WORKSPACES, [after, limit]);
  }

  async chats(workspaceId: string): Promise<string[]> {
    return (await this.database.query<{ chatId: string }>(CHATS, [workspaceId])).map(({ chatId }) => chatId);
  }

  /** Deletes a batch of a chat's oldest messages, as far as they are older than `days`. @returns how many */
  async deleteMessages(
    transaction: Queryable,
    workspaceId: string,
    chatId: string,
    days: number,
    batch: number,
  ): Promise<number> {
    return (await transaction.query(DELETE_MESSAGES, [workspaceId, chatId, days, batch])).length;
  }

  /** @param unshown whether values that no message shows have expired too */
  async expiredEntries(
    workspaceId: string,
    chatId: string,
    typeDays: Readonly<Record<string, number>>,
    unshown: boolean,
    batch: number,
  ): Promise<ExpiredEntry[]> {
    return this.database.query<ExpiredEntry>(EXPIRED_ENTRIES, [
      workspaceId,
      chatId,
      JSON.stringify(typeDays),
      unshown,
      batch,
    ]);
  }
}
