import { Injectable } from '@nestjs/common';
import { arrayLiteral } from '../../database/array-literal.js';
import { Database } from '../../database/database.js';
import { BETWEEN_ITEMS } from '../../edge/page.js';
import type { Position } from '../../pii/masked-text.js';
import type { ChatScope } from '../../pii/vault/chat-keys.js';
import { REVEALED_POSITIONS, SEALED_COLUMNS } from '../../pii/vault/entry.statements.js';
import type { SealedRow } from '../../pii/vault/entry.store.js';
import type { FoundPage, HistoryRange } from './history-range.js';
import { freshViewOf, MESSAGE_JSON, type MessageView } from './message-view.js';

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
  /** Of the chat's key when the values got their placeholders; null without any. */
  readonly keyVersion: number | null;
}

/**
 * What became of a message: written now, written before under the same client id, refused by the rights of its sender, or
 * outdated by an erasure, so that its values need placeholders anew.
 */
export type Appended =
  { readonly outcome: 'written' | 'known'; readonly view: MessageView } | { readonly outcome: 'refused' | 'outdated' };

/*
 * One statement for a whole batch, of however many chats: it locks the chats in one order (two nodes that lock the same
 * chats cannot block each other), numbers the messages of each chat from its last sequence on, and inserts them. A message
 * whose client id is known answers with the first one and takes no number. Rights are looked at here once more, since they
 * may have ended while the message waited: by a volatile function, which sees what was committed while the statement waited
 * for its locks, as its own snapshot does not; it depends on `locked`, so that it cannot run earlier. Two nodes that bring
 * the same client id at the same instant meet at the unique index: the statement fails as a whole, nothing is written, and
 * the caller repeats it with the first message visible. A message whose values got their placeholders before the chat's last
 * erasure is not written: they may stand for nothing any more.
 *
 * Its plan is kept for as long as nobody analyzes the tables, and was perhaps made when they were empty: LATERAL with a limit
 * leaves no other way than one look into an index for each message, and without the workspace only one index fits.
 */
const APPEND = {
  name: 'message_append',
  text: `
    WITH input AS MATERIALIZED (
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::json[],
                           $9::text[], $10::int[])
        WITH ORDINALITY AS i (workspace_id, chat_id, id, sender_id, client_message_id, reply_to, text, positions, mentions,
                              key_version, ord)
    ), locked AS MATERIALIZED (
      SELECT c.* FROM (SELECT DISTINCT workspace_id, chat_id FROM input ORDER BY workspace_id, chat_id) i
       CROSS JOIN LATERAL (SELECT c.workspace_id, c.id AS chat_id, c.last_seq, c.erased_version FROM chats c
                            WHERE c.workspace_id = i.workspace_id AND c.id = i.chat_id AND c.deleted_at IS NULL FOR UPDATE) c
    ), known AS MATERIALIZED (
      SELECT i.ord, m.* FROM input i
       CROSS JOIN LATERAL (SELECT * FROM messages m
                            WHERE m.chat_id = i.chat_id AND m.sender_id = i.sender_id
                              AND m.client_message_id = i.client_message_id LIMIT 1) m
       WHERE m.workspace_id = i.workspace_id
    ), permitted AS MATERIALIZED (
      SELECT p.* FROM (SELECT array_agg(l.workspace_id) AS workspaces, array_agg(i.sender_id) AS senders
                         FROM input i JOIN locked l USING (workspace_id, chat_id)) asked,
             LATERAL message_writers(asked.workspaces, asked.senders) p
    ), outdated AS MATERIALIZED (
      SELECT i.ord FROM input i JOIN locked l USING (workspace_id, chat_id)
       WHERE i.key_version < l.erased_version AND NOT EXISTS (SELECT FROM known k WHERE k.ord = i.ord)
    ), fresh AS MATERIALIZED (
      SELECT i.*, l.last_seq + row_number() OVER (PARTITION BY i.workspace_id, i.chat_id ORDER BY i.ord) AS seq
        FROM input i JOIN locked l USING (workspace_id, chat_id)
       WHERE NOT EXISTS (SELECT FROM known k WHERE k.ord = i.ord)
         AND NOT EXISTS (SELECT FROM outdated o WHERE o.ord = i.ord)
         AND (i.workspace_id, i.sender_id) IN (SELECT workspace_id, user_id FROM permitted)
    ), moved AS (
      UPDATE chats c SET last_seq = f.last_seq
        FROM (SELECT workspace_id, chat_id, max(seq) AS last_seq FROM fresh GROUP BY workspace_id, chat_id) f
       WHERE c.workspace_id = f.workspace_id AND c.id = f.chat_id
    ), written AS (
      INSERT INTO messages (workspace_id, chat_id, seq, id, sender_id, client_message_id, reply_to, text, positions, mentions)
      SELECT workspace_id, chat_id, seq, id, sender_id, client_message_id, reply_to, text, positions, mentions::uuid[]
        FROM fresh ORDER BY ord
    )
    SELECT ord::int AS ord, seq::float8 AS seq, floor(extract(epoch FROM now()) * 1000)::float8 AS at, NULL AS known FROM fresh
    UNION ALL
    SELECT ord::int, NULL, NULL, ${MESSAGE_JSON} FROM known m
    UNION ALL
    SELECT ord::int, NULL, NULL, NULL FROM outdated`,
};

/*
 * A page as one row: aggregated where the rows are, since each one that leaves the database has to be taken up and written
 * again, and in the order of a subquery, which has less to sort than their JSON. Whether there is more is seen by one look
 * beyond its edge, in the one index that has this order.
 */
const ROWS = 'SELECT * FROM messages m WHERE m.workspace_id = $1 AND m.chat_id = $2';
const BEFORE_ROWS = `(SELECT * FROM (${ROWS} AND m.seq < $3 ORDER BY m.seq DESC LIMIT $4::int) m ORDER BY m.seq) m`;
const AFTER_ROWS = `(${ROWS} AND m.seq > $3 ORDER BY m.seq LIMIT $4::int) m`;
const ITEMS = `coalesce(string_agg(${MESSAGE_JSON}, '${BETWEEN_ITEMS}'), '') AS items`;
const POSITIONS = `string_agg(m.positions::text, '') AS positions`;
const BEYOND = 'SELECT m.seq FROM messages m WHERE m.workspace_id = $1 AND m.chat_id = $2';
const BEFORE_COLUMNS = `items, edge::float8 AS edge,
                        (${BEYOND} AND m.seq < edge ORDER BY m.seq DESC LIMIT 1) IS NOT NULL AS "hasMore"`;
const AFTER_COLUMNS = `items, edge::float8 AS edge,
                       (${BEYOND} AND m.seq > edge ORDER BY m.seq LIMIT 1) IS NOT NULL AS "hasMore"`;
const BEFORE = {
  name: 'message_before',
  text: `SELECT ${BEFORE_COLUMNS} FROM (SELECT ${ITEMS}, min(m.seq) AS edge FROM ${BEFORE_ROWS}) page`,
};
const AFTER = {
  name: 'message_after',
  text: `SELECT ${AFTER_COLUMNS} FROM (SELECT ${ITEMS}, max(m.seq) AS edge FROM ${AFTER_ROWS}) page`,
};
const REVEALED_BEFORE = {
  name: 'message_before_revealed',
  text: `SELECT ${BEFORE_COLUMNS}, ${SEALED_COLUMNS}
           FROM (SELECT ${ITEMS}, ${POSITIONS}, min(m.seq) AS edge FROM ${BEFORE_ROWS}) page ${REVEALED_POSITIONS}`,
};
const REVEALED_AFTER = {
  name: 'message_after_revealed',
  text: `SELECT ${AFTER_COLUMNS}, ${SEALED_COLUMNS}
           FROM (SELECT ${ITEMS}, ${POSITIONS}, max(m.seq) AS edge FROM ${AFTER_ROWS}) page ${REVEALED_POSITIONS}`,
};
const NOTHING: FoundPage = { items: '', edge: null, hasMore: false };
const EXISTS = {
  name: 'message_exists',
  text: 'SELECT 1 FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND id = $3',
};

/**
 * Place in the batch, and either what a new message was given (`at` in milliseconds since 1970), or the view of the known one,
 * or nothing for one that is outdated.
 */
type AppendedRow = { readonly ord: number } & (
  | { readonly seq: number; readonly at: number; readonly known: null }
  | { readonly seq: null; readonly at: null; readonly known: string | null }
);

@Injectable()
export class MessageStore {
  constructor(private readonly database: Database) {}

  /** Writes a batch in one commit, in the order given. Client ids in a batch are distinct for each sender and chat. */
  async append(batch: readonly NewMessage[]): Promise<Appended[]> {
    const rows = await this.database.query<AppendedRow>(APPEND, [
      arrayLiteral(batch, ({ workspaceId }) => workspaceId),
      arrayLiteral(batch, ({ chatId }) => chatId),
      arrayLiteral(batch, ({ id }) => id),
      arrayLiteral(batch, ({ senderId }) => senderId),
      arrayLiteral(batch, ({ clientMessageId }) => clientMessageId),
      arrayLiteral(batch, ({ replyTo }) => replyTo),
      arrayLiteral(batch, ({ text }) => text),
      arrayLiteral(batch, ({ positions }) => (positions.length === 0 ? '[]' : JSON.stringify(positions))),
      arrayLiteral(batch, ({ mentions }) => mentions && `{${mentions.join(',')}}`),
      arrayLiteral(batch, ({ keyVersion }) => (keyVersion === null ? null : String(keyVersion))),
    ]);
    const results = batch.map((): Appended => ({ outcome: 'refused' }));
    // One transaction, hence one time.
    let createdAt: string | undefined;
    for (const { ord, seq, at, known } of rows) {
      const message = batch[ord - 1];
      if (!message) continue;
      if (seq !== null) {
        createdAt ??= new Date(at).toISOString();
        results[ord - 1] = { outcome: 'written', view: freshViewOf(message, seq, createdAt) };
      } else {
        results[ord - 1] =
          known === null ? { outcome: 'outdated' } : { outcome: 'known', view: JSON.parse(known) as MessageView };
      }
    }
    return results;
  }

  /** A part of a history, in rising order. */
  async page({ workspaceId, chatId }: ChatScope, { direction, seq, limit }: HistoryRange): Promise<FoundPage> {
    const statement = direction === 'before' ? BEFORE : AFTER;
    const [found] = await this.database.read<FoundPage>(statement, [workspaceId, chatId, seq, limit], limit);
    return found ?? NOTHING;
  }

  /** As `page`, with what is sealed behind it. */
  async revealedPage(
    { workspaceId, chatId }: ChatScope,
    { direction, seq, limit }: HistoryRange,
    audited: readonly unknown[],
  ): Promise<FoundPage & SealedRow> {
    const statement = direction === 'before' ? REVEALED_BEFORE : REVEALED_AFTER;
    const values = [workspaceId, chatId, seq, limit, ...audited];
    const [found] = await this.database.query<FoundPage & SealedRow>(statement, values);
    return found ?? { ...NOTHING, types: null, entries: null, key_version: null };
  }

  async exists(workspaceId: string, chatId: string, id: string): Promise<boolean> {
    return (await this.database.read(EXISTS, [workspaceId, chatId, id], 1)).length > 0;
  }
}
