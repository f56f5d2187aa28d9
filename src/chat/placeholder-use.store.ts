import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

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
}
