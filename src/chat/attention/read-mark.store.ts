import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { ReadState } from '../wire.js';

/** Nobody looks at larger counts, and counting further reads every row. */
const MOST = 10_000;

// A mark never goes back, and never beyond the end of the chat.
const SET = {
  name: 'read_mark_set',
  text: `INSERT INTO read_marks (workspace_id, chat_id, user_id, seq)
         SELECT $1, $2, $3, least($4::bigint, last_seq) FROM chats WHERE workspace_id = $1 AND id = $2
         ON CONFLICT (workspace_id, chat_id, user_id)
           DO UPDATE SET seq = greatest(read_marks.seq, excluded.seq), updated_at = now()
         RETURNING seq::float8 AS seq`,
};
const GET = {
  name: 'read_mark_get',
  text: `SELECT coalesce(r.seq, 0)::float8 AS seq,
                (SELECT count(*) FROM (
                   SELECT FROM messages m WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.seq > coalesce(r.seq, 0)
                      AND m.deleted_at IS NULL AND m.sender_id <> $3 LIMIT ${MOST}) u)::float8 AS unread,
                (SELECT count(*) FROM (
                   SELECT FROM messages m WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.seq > coalesce(r.seq, 0)
                      AND m.mentions IS NOT NULL AND $3 = ANY (m.mentions) AND m.sender_id <> $3 LIMIT ${MOST}) u)::float8 AS "unreadMentions"
           FROM (SELECT 1) one
           LEFT JOIN read_marks r ON r.workspace_id = $1 AND r.chat_id = $2 AND r.user_id = $3`,
};

@Injectable()
export class ReadMarkStore {
  constructor(private readonly database: Database) {}

  /** @returns the mark as it stands now */
  async set(workspaceId: string, chatId: string, userId: string, seq: number): Promise<number> {
    return (await this.database.query<{ seq: number }>(SET, [workspaceId, chatId, userId, seq]))[0]?.seq ?? 0;
  }

  async get(workspaceId: string, chatId: string, userId: string): Promise<ReadState> {
    const [state] = await this.database.query<ReadState>(GET, [workspaceId, chatId, userId]);
    return state ?? { seq: 0, unread: 0, unreadMentions: 0 };
  }
}
