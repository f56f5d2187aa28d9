import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type EarlierText, MESSAGE_JSON, type MessageView, moment } from '../messages/message-view.js';

/** The last message that an export has passed; the next page begins behind it. */
export interface ExportPoint {
  readonly chatId: string;
  readonly seq: number;
}

/** Of a message that was edited and still has a text, its earlier texts as JSON. */
const EDITS = `CASE WHEN m.edited_at IS NOT NULL AND m.deleted_at IS NULL THEN
  (SELECT '[' || string_agg('{"text":' || to_json(e.text) || ',"positions":' || e.positions
                            || ',"writtenAt":"' || ${moment('e.written_at')} || '","replacedSeq":' || e.seq || '}',
                            ',' ORDER BY e.seq) || ']'
     FROM message_edits e WHERE e.workspace_id = m.workspace_id AND e.chat_id = m.chat_id AND e.message_id = m.id) END`;
const COLUMNS = `m.chat_id AS "chatId", m.seq::float8 AS seq, ${MESSAGE_JSON} AS json, ${EDITS} AS edits`;

// By the columns, and not by the members of the answer that are named as they are: those are of another type, and not indexed.
const PAGE = {
  name: 'export_page',
  text: `SELECT ${COLUMNS} FROM messages m
          WHERE m.workspace_id = $1 AND (m.chat_id, m.seq) > ($2, $3) ORDER BY m.chat_id, m.seq LIMIT $4`,
};
const SHOWING = {
  name: 'export_showing',
  text: `SELECT ${COLUMNS} FROM messages m
          WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.seq > $3
            AND (EXISTS (SELECT FROM json_array_elements(m.positions) p WHERE p.value ->> 'placeholder' = ANY ($4::text[]))
              OR EXISTS (SELECT FROM message_edits e, json_array_elements(e.positions) p
                          WHERE e.workspace_id = m.workspace_id AND e.chat_id = m.chat_id AND e.message_id = m.id
                            AND p.value ->> 'placeholder' = ANY ($4::text[])))
          ORDER BY m.seq LIMIT $5`,
};

/** A message with its earlier texts, where it has any. */
export type ExportedMessage = MessageView & { readonly edits?: readonly EarlierText[] };

/** Where a message stands, and the JSON of an {@link ExportedMessage} as the database wrote it. */
export interface ExportedLine extends ExportPoint {
  readonly json: string;
}

interface FoundLine extends ExportedLine {
  readonly edits: string | null;
}

@Injectable()
export class ExportStore {
  constructor(private readonly database: Database) {}

  /** Messages of a workspace, chat by chat, in rising order. */
  async page(workspaceId: string, { chatId, seq }: ExportPoint, limit: number): Promise<ExportedLine[]> {
    return (await this.database.query<FoundLine>(PAGE, [workspaceId, chatId, seq, limit])).map(withEdits);
  }

  /** Messages of a chat that show one of several placeholders, or showed it before they were edited. */
  async showing(
    workspaceId: string,
    { chatId, seq }: ExportPoint,
    placeholders: readonly string[],
    limit: number,
  ): Promise<ExportedLine[]> {
    return (await this.database.query<FoundLine>(SHOWING, [workspaceId, chatId, seq, placeholders, limit])).map(
      withEdits,
    );
  }
}

const withEdits = ({ edits, ...line }: FoundLine): ExportedLine =>
  edits === null ? line : { ...line, json: `${line.json.slice(0, -1)},"edits":${edits}}` };
