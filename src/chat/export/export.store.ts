import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { MESSAGE_COLUMNS, type MessageRow, type MessageView, viewOf } from '../message-view.js';

/** The last message that an export has passed; the next page begins behind it. */
export interface ExportPoint {
  readonly chatId: string;
  readonly seq: number;
}

const PAGE = {
  name: 'export_page',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          WHERE workspace_id = $1 AND (chat_id, seq) > ($2, $3) ORDER BY chat_id, seq LIMIT $4`,
};
const SHOWING = {
  name: 'export_showing',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          WHERE workspace_id = $1 AND chat_id = $2 AND seq > $3
            AND EXISTS (SELECT FROM json_array_elements(positions) p WHERE p.value ->> 'placeholder' = $4)
          ORDER BY seq LIMIT $5`,
};

@Injectable()
export class ExportStore {
  constructor(private readonly database: Database) {}

  /** Messages of a workspace, chat by chat, in rising order. */
  async page(workspaceId: string, { chatId, seq }: ExportPoint, limit: number): Promise<MessageView[]> {
    return (await this.database.query<MessageRow>(PAGE, [workspaceId, chatId, seq, limit])).map(viewOf);
  }

  /** Messages of a chat that show a placeholder. */
  async showing(
    workspaceId: string,
    { chatId, seq }: ExportPoint,
    placeholder: string,
    limit: number,
  ): Promise<MessageView[]> {
    const rows = await this.database.query<MessageRow>(SHOWING, [workspaceId, chatId, seq, placeholder, limit]);
    return rows.map(viewOf);
  }
}
