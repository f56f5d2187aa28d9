import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';

/** How often and when messages of a chat show a placeholder. */
export interface PlaceholderUse {
  readonly placeholder: string;
  readonly count: number;
  readonly firstUsedAt: Date;
  readonly lastUsedAt: Date;
}

const USES = {
  name: 'placeholder_uses',
  text: `SELECT p.value ->> 'placeholder' AS placeholder, count(DISTINCT m.seq)::float8 AS count,
                min(m.created_at) AS "firstUsedAt", max(m.created_at) AS "lastUsedAt"
           FROM messages m, json_array_elements(m.positions) p
          WHERE m.workspace_id = $1 AND m.chat_id = $2 AND p.value ->> 'placeholder' = ANY ($3::text[])
          GROUP BY 1`,
};

const CHATS = {
  name: 'placeholder_use_chats',
  text: `WITH RECURSIVE chats AS (
           (SELECT chat_id FROM messages WHERE workspace_id = $1 ORDER BY chat_id LIMIT 1)
           UNION ALL
           SELECT (SELECT m.chat_id FROM messages m WHERE m.workspace_id = $1 AND m.chat_id > c.chat_id
                    ORDER BY m.chat_id LIMIT 1) FROM chats c WHERE c.chat_id IS NOT NULL)
         SELECT chat_id AS "chatId" FROM chats WHERE chat_id IS NOT NULL`,
};
const SENT_BY = {
  name: 'placeholder_use_sent_by',
  text: `WITH sent AS (SELECT id, positions FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND sender_id = $3)
         SELECT DISTINCT p.value ->> 'placeholder' AS placeholder
           FROM (SELECT positions FROM sent
                 UNION ALL
                 SELECT x.positions FROM message_edits x JOIN sent ON sent.id = x.message_id
                  WHERE x.workspace_id = $1 AND x.chat_id = $2) t,
                json_array_elements(t.positions) p`,
};

const AWAIT_DELETIONS = {
  name: 'placeholder_use_await_deletions',
  text: `SELECT pg_advisory_xact_lock(hashtextextended('cloakroom/deletions/' || $1, 0))`,
};
// Of the placeholders given, those that only one message shows; how far the chat was, by the same snapshot.
const SHOWN_BY_NONE_BUT = {
  name: 'placeholder_use_shown_by_none_but',
  text: `SELECT c.last_seq::float8 AS "asOf", ARRAY(
           SELECT own FROM unnest($3::text[]) own
            WHERE NOT EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.id <> $4
                                 AND strpos(m.positions::text, '"' || own || '"') > 0)
              AND NOT EXISTS (SELECT FROM message_edits e WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.message_id <> $4
                                 AND strpos(e.positions::text, '"' || own || '"') > 0)) AS placeholders
           FROM chats c WHERE c.workspace_id = $1 AND c.id = $2`,
};
// New messages, and messages with a change: what an edit replaced was there before.
const SHOWN_SINCE = {
  name: 'placeholder_use_shown_since',
  text: `SELECT DISTINCT p.value ->> 'placeholder' AS placeholder
           FROM (SELECT positions FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND seq > $4
                 UNION ALL
                 SELECT m.positions FROM message_changes c
                   JOIN messages m ON m.workspace_id = $1 AND m.chat_id = $2 AND m.id = c.message_id
                  WHERE c.workspace_id = $1 AND c.chat_id = $2 AND c.seq > $4 AND c.kind = 'updated'
                 UNION ALL
                 SELECT e.positions FROM message_changes c
                   JOIN message_edits e ON e.workspace_id = $1 AND e.chat_id = $2 AND e.message_id = c.message_id
                  WHERE c.workspace_id = $1 AND c.chat_id = $2 AND c.seq > $4 AND c.kind = 'updated') t,
                json_array_elements(t.positions) p
          WHERE p.value ->> 'placeholder' = ANY ($3::text[])`,
};

@Injectable()
export class PlaceholderUseStore {
  constructor(private readonly database: Database) {}

  /** Reads all messages of the chat: for the eyes of a person, not for a hot path. */
  async uses(
    workspaceId: string,
    chatId: string,
    placeholders: readonly string[],
  ): Promise<Map<string, PlaceholderUse>> {
    const rows = await this.database.query<PlaceholderUse>(USES, [workspaceId, chatId, placeholders]);
    return new Map(rows.map((row) => [row.placeholder, row]));
  }

  /** Chats of a workspace that have messages, deleted ones too. */
  async chats(workspaceId: string): Promise<string[]> {
    return (await this.database.query<{ chatId: string }>(CHATS, [workspaceId])).map(({ chatId }) => chatId);
  }

  /**
   * Those of some placeholders that only one message shows, and up to which sequence that is so. Reads all messages. Who asks
   * is about to delete that message, and comes after all others who do so in the chat: the last two messages with a value
   * would else be kept from each other's sight until both are gone.
   */
  async shownByNoneBut(
    messageId: string,
    transaction: Queryable,
    workspaceId: string,
    chatId: string,
    placeholders: readonly string[],
  ): Promise<{ readonly placeholders: readonly string[]; readonly asOf: number }> {
    if (placeholders.length === 0) return { placeholders: [], asOf: 0 };
    await transaction.query(AWAIT_DELETIONS, [chatId]);
    const values = [workspaceId, chatId, placeholders, messageId];
    const [row] = await transaction.query<{ placeholders: string[]; asOf: number }>(SHOWN_BY_NONE_BUT, values);
    return row ?? { placeholders: [], asOf: 0 };
  }

  /** Those of some placeholders that texts show which were written after the sequence `seq`. */
  async shownSince(
    transaction: Queryable,
    workspaceId: string,
    chatId: string,
    placeholders: readonly string[],
    seq: number,
  ): Promise<string[]> {
    const values = [workspaceId, chatId, placeholders, seq];
    const rows = await transaction.query<{ placeholder: string }>(SHOWN_SINCE, values);
    return rows.map(({ placeholder }) => placeholder);
  }

  /** Placeholders in messages of a chat that a user sent. */
  async sentBy(workspaceId: string, chatId: string, userId: string): Promise<string[]> {
    const rows = await this.database.query<{ placeholder: string }>(SENT_BY, [workspaceId, chatId, userId]);
    return rows.map(({ placeholder }) => placeholder);
  }
}
