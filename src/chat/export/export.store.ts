import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { EditRow } from '../messages/message-change.store.js';
import { MESSAGE_COLUMNS, type MessageRow, type MessageView, viewOf } from '../messages/message-view.js';

/** The last message that an export has passed; the next page begins behind it. */
export interface ExportPoint {
  readonly chatId: string;
  readonly seq: number;
}

// By the columns, and not by the members of the answer that are named as they are: those are of another type, and not indexed.
const PAGE = {
  name: 'export_page',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          WHERE m.workspace_id = $1 AND (m.chat_id, m.seq) > ($2, $3) ORDER BY m.chat_id, m.seq LIMIT $4`,
};
const SHOWING = {
  name: 'export_showing',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          WHERE workspace_id = $1 AND chat_id = $2 AND seq > $3
            AND (EXISTS (SELECT FROM json_array_elements(positions) p WHERE p.value ->> 'placeholder' = ANY ($4::text[]))
              OR EXISTS (SELECT FROM message_edits e, json_array_elements(e.positions) p
                          WHERE e.workspace_id = m.workspace_id AND e.chat_id = m.chat_id AND e.message_id = m.id
                            AND p.value ->> 'placeholder' = ANY ($4::text[])))
          ORDER BY m.seq LIMIT $5`,
};

const EDITS = {
  name: 'export_edits',
  text: `SELECT e.message_id AS "messageId", e.text, e.positions, e.written_at AS "writtenAt", e.seq::float8 AS "replacedSeq"
           FROM unnest($2::uuid[], $3::uuid[]) AS q (chat_id, message_id)
           JOIN message_edits e ON e.workspace_id = $1 AND e.chat_id = q.chat_id AND e.message_id = q.message_id
          ORDER BY e.message_id, e.seq`,
};

/** A message with its earlier texts, where it has any. */
export type ExportedMessage = MessageView & { readonly edits?: readonly EditRow[] };

@Injectable()
export class ExportStore {
  constructor(private readonly database: Database) {}

  /** Messages of a workspace, chat by chat, in rising order. */
  async page(workspaceId: string, { chatId, seq }: ExportPoint, limit: number): Promise<ExportedMessage[]> {
    const rows = await this.database.query<MessageRow>(PAGE, [workspaceId, chatId, seq, limit]);
    return this.withEdits(workspaceId, rows.map(viewOf));
  }

  /** Messages of a chat that show one of several placeholders, or showed it before they were edited. */
  async showing(
    workspaceId: string,
    { chatId, seq }: ExportPoint,
    placeholders: readonly string[],
    limit: number,
  ): Promise<ExportedMessage[]> {
    const rows = await this.database.query<MessageRow>(SHOWING, [workspaceId, chatId, seq, placeholders, limit]);
    return this.withEdits(workspaceId, rows.map(viewOf));
  }

  private async withEdits(workspaceId: string, views: readonly MessageView[]): Promise<ExportedMessage[]> {
    const edited = views.filter(({ editedAt, deletedAt }) => editedAt !== undefined && deletedAt === undefined);
    if (edited.length === 0) return [...views];
    const rows = await this.database.query<EditRow & { readonly messageId: string }>(EDITS, [
      workspaceId,
      edited.map(({ chatId }) => chatId),
      edited.map(({ id }) => id),
    ]);
    return views.map((view) => {
      const edits = rows.flatMap(({ messageId, ...edit }) => (messageId === view.id ? [edit] : []));
      return edits.length > 0 ? { ...view, edits } : view;
    });
  }
}
