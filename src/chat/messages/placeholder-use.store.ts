import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';

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

  /** Placeholders in messages of a chat that a user sent. */
  async sentBy(workspaceId: string, chatId: string, userId: string): Promise<string[]> {
    const rows = await this.database.query<{ placeholder: string }>(SENT_BY, [workspaceId, chatId, userId]);
    return rows.map(({ placeholder }) => placeholder);
  }
}
