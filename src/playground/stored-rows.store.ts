import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** Rows as they lie in the database, byte strings in hexadecimal. */
export interface StoredRows {
  /** The latest rows of `messages`, the youngest first. */
  readonly messages: readonly object[];
  /** The latest rows of `pii_entries`, the youngest first. */
  readonly entries: readonly object[];
}

const MOST = 50;
// Whole rows on purpose: what a page chose to show would prove nothing.
const MESSAGES = {
  name: 'playground_messages',
  text: `SELECT to_jsonb(m) AS row FROM messages m
          WHERE workspace_id = $1 AND chat_id = $2 ORDER BY seq DESC LIMIT $3`,
};
const ENTRIES = {
  name: 'playground_entries',
  text: `SELECT to_jsonb(e) AS row FROM pii_entries e
          WHERE workspace_id = $1 AND chat_id = $2 ORDER BY id DESC LIMIT $3`,
};

/** What the database holds of a chat, for the page that shows it; nothing else reads tables of other rooms whole. */
@Injectable()
export class StoredRowsStore {
  constructor(private readonly database: Database) {}

  async latest(workspaceId: string, chatId: string): Promise<StoredRows> {
    const values = [workspaceId, chatId, MOST];
    const [messages, entries] = await Promise.all([
      this.database.query<{ row: object }>(MESSAGES, values),
      this.database.query<{ row: object }>(ENTRIES, values),
    ]);
    return { messages: messages.map(({ row }) => row), entries: entries.map(({ row }) => row) };
  }
}
