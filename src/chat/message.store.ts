import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Position } from '../pii/masked-text.js';
import { MESSAGE_COLUMNS, type MessageRow, type MessageView, UNCHANGED, viewOf } from './message-view.js';

/** A message on its way into the table. */
export interface NewMessage {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly id: string;
  readonly senderId: string;
  readonly clientMessageId: string | null;
  readonly replyTo: string | null;
  /** Never empty. */
  readonly mentions: readonly string[] | null;
  readonly text: string;
  readonly positions: readonly Position[];
}

/** What became of a message: written now, written before under the same client id, or refused by the rights of its sender. */
export type Appended =
  { readonly outcome: 'written' | 'known'; readonly view: MessageView } | { readonly outcome: 'refused' };

/*
 * One statement for a whole batch, of however many chats: it locks the chats in one order (two nodes that lock the same
 * chats cannot block each other), numbers the messages of each chat from its last sequence on, and inserts them. A message
 * whose client id is known answers with the first one and takes no number. Rights are looked at here once more, since they
 * may have ended while the message waited. Two nodes that bring the same client id at the same instant meet at the unique
 * index: the statement fails as a whole, nothing is written, and the caller repeats it with the first message visible.
 */
const APPEND = {
  name: 'message_append',
  text: `
    WITH input AS MATERIALIZED (
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::json[],
                           $9::text[])
        WITH ORDINALITY AS i (workspace_id, chat_id, id, sender_id, client_message_id, reply_to, text, positions, mentions, ord)
    ), locked AS MATERIALIZED (
      SELECT c.workspace_id, c.id AS chat_id, c.last_seq FROM chats c
       WHERE (c.workspace_id, c.id) IN (SELECT workspace_id, chat_id FROM input) AND c.deleted_at IS NULL
       ORDER BY c.workspace_id, c.id FOR UPDATE
    ), known AS MATERIALIZED (
      SELECT i.ord, m.* FROM input i
        JOIN messages m ON m.workspace_id = i.workspace_id AND m.chat_id = i.chat_id
                       AND m.sender_id = i.sender_id AND m.client_message_id = i.client_message_id
    ), fresh AS MATERIALIZED (
      SELECT i.*, l.last_seq + row_number() OVER (PARTITION BY i.workspace_id, i.chat_id ORDER BY i.ord) AS seq
        FROM input i JOIN locked l USING (workspace_id, chat_id)
       WHERE NOT EXISTS (SELECT FROM known k WHERE k.ord = i.ord)
         AND (EXISTS (SELECT FROM members m WHERE m.workspace_id = i.workspace_id AND m.user_id = i.sender_id
                                              AND m.role <> 'reader')
           OR EXISTS (SELECT FROM workspaces w WHERE w.id = i.workspace_id AND w.visibility = 'public'
                         AND NOT EXISTS (SELECT FROM members m WHERE m.workspace_id = w.id AND m.user_id = i.sender_id)))
    ), moved AS (
      UPDATE chats c SET last_seq = f.last_seq
        FROM (SELECT workspace_id, chat_id, max(seq) AS last_seq FROM fresh GROUP BY workspace_id, chat_id) f
       WHERE c.workspace_id = f.workspace_id AND c.id = f.chat_id
    ), written AS (
      INSERT INTO messages (workspace_id, chat_id, seq, id, sender_id, client_message_id, reply_to, text, positions, mentions)
      SELECT workspace_id, chat_id, seq, id, sender_id, client_message_id, reply_to, text, positions, mentions::uuid[]
        FROM fresh ORDER BY ord
    )
    SELECT ord::int AS ord, true AS written, seq::float8 AS seq, id, now() AS "createdAt",
           NULL AS text, NULL::json AS positions, NULL::uuid AS "replyTo", NULL::float8 AS "updatedSeq",
           NULL::timestamptz AS "editedAt", NULL::timestamptz AS "deletedAt", NULL::json AS reactions,
           NULL::uuid[] AS mentions, NULL::timestamptz AS "pinnedAt" FROM fresh
    UNION ALL
    SELECT ord::int, false, seq::float8, id, created_at, text, positions, reply_to, updated_seq::float8, edited_at,
           deleted_at, reactions, mentions, pinned_at FROM known`,
};

const BEFORE = {
  name: 'message_before',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE workspace_id = $1 AND chat_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4`,
};
const BETWEEN = {
  name: 'message_between',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          WHERE workspace_id = $1 AND chat_id = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5`,
};
const EXISTS = {
  name: 'message_exists',
  text: 'SELECT 1 FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND id = $3',
};

interface AppendedRow {
  readonly ord: number;
  readonly written: boolean;
  readonly seq: number;
  readonly id: string;
  readonly createdAt: Date;
  readonly text: string | null;
  readonly positions: readonly Position[] | null;
  readonly replyTo: string | null;
  readonly updatedSeq: number | null;
  readonly editedAt: Date | null;
  readonly deletedAt: Date | null;
  readonly reactions: Readonly<Record<string, number>> | null;
  readonly mentions: readonly string[] | null;
  readonly pinnedAt: Date | null;
}

@Injectable()
export class MessageStore {
  constructor(private readonly database: Database) {}

  /** Writes a batch in one commit, in the order given. Client ids in a batch are distinct for each sender and chat. */
  async append(batch: readonly NewMessage[]): Promise<Appended[]> {
    const rows = await this.database.query<AppendedRow>(APPEND, [
      batch.map((message) => message.workspaceId),
      batch.map((message) => message.chatId),
      batch.map((message) => message.id),
      batch.map((message) => message.senderId),
      batch.map((message) => message.clientMessageId),
      batch.map((message) => message.replyTo),
      batch.map((message) => message.text),
      batch.map((message) => JSON.stringify(message.positions)),
      batch.map(({ mentions }) => mentions && `{${mentions.join(',')}}`),
    ]);
    const byOrder = new Map(rows.map((row) => [row.ord, row]));
    return batch.map((message, index): Appended => {
      const row = byOrder.get(index + 1);
      if (!row) return { outcome: 'refused' };
      const { id, seq, createdAt } = row;
      if (row.written) return { outcome: 'written', view: viewOf({ ...message, ...UNCHANGED, id, seq, createdAt }) };
      return {
        outcome: 'known',
        view: viewOf({ ...message, ...row, text: row.text ?? '', positions: row.positions ?? [] }),
      };
    });
  }

  /** The last messages before `seq`, in rising order. */
  async before(workspaceId: string, chatId: string, seq: number, limit: number): Promise<MessageView[]> {
    const rows = await this.database.query<MessageRow>(BEFORE, [workspaceId, chatId, seq, limit]);
    return rows.map(viewOf).toReversed();
  }

  /** The first messages after `seq` up to and with `upTo`, in rising order. */
  async between(workspaceId: string, chatId: string, seq: number, upTo: number, limit: number): Promise<MessageView[]> {
    return (await this.database.query<MessageRow>(BETWEEN, [workspaceId, chatId, seq, upTo, limit])).map(viewOf);
  }

  async exists(workspaceId: string, chatId: string, id: string): Promise<boolean> {
    return (await this.database.query(EXISTS, [workspaceId, chatId, id])).length > 0;
  }
}
