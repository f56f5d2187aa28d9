import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Gathered } from '../database/gathered.js';
import { ACCESS_COLUMNS, ACCESS_OF, NOT_BANNED } from '../workspace/workspace-access.statements.js';
import type { AccessRow, Found } from '../workspace/workspace-access.store.js';

/** A chat, and what somebody is in its workspace. */
export type ChatAccessRow = Found<AccessRow> & {
  readonly chatId: string;
  readonly title: string;
};

/** What somebody is in a workspace, and a chat of it, if there is that chat. */
export type SpaceAccessRow = Found<AccessRow> & (ChatAccessRow | { readonly chatId: null; readonly title: null });

interface ChatCaller {
  readonly chatId: string;
  readonly userId: string;
}
interface SpaceCaller {
  readonly workspaceId: string;
  /** The default chat, when null. */
  readonly chatId: string | null;
  readonly userId: string;
}

const CHAT_COLUMNS = `c.id AS "chatId", c.title`;
const OF_CHAT = {
  name: 'chat_access_of_chat',
  text: `SELECT q.chat_id || ' ' || q.user_id AS caller, ${CHAT_COLUMNS}, ${ACCESS_COLUMNS}
           FROM (SELECT DISTINCT u.* FROM unnest($1::uuid[], $2::uuid[]) AS u (chat_id, user_id)) q
          CROSS JOIN LATERAL (SELECT * FROM chats WHERE id = q.chat_id AND deleted_at IS NULL LIMIT 1) c
          CROSS JOIN ${ACCESS_OF('c.workspace_id', 'q.user_id')}
          WHERE ${NOT_BANNED}`,
};
const OF_SPACE = {
  name: 'chat_access_of_space',
  text: `SELECT concat_ws(' ', q.workspace_id, q.chat_id, q.user_id) AS caller, ${CHAT_COLUMNS}, ${ACCESS_COLUMNS}
           FROM (SELECT DISTINCT u.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (workspace_id, chat_id, user_id)) q
          CROSS JOIN ${ACCESS_OF('q.workspace_id', 'q.user_id')}
           LEFT JOIN LATERAL (SELECT * FROM chats
                               WHERE workspace_id = w.id AND id = coalesce(q.chat_id, w.default_chat_id)
                                 AND deleted_at IS NULL LIMIT 1) c ON true
          WHERE ${NOT_BANNED}`,
};

/** A chat and the rights of a caller in one question, which every call asks before all else. */
@Injectable()
export class ChatAccessStore {
  private readonly ofChats = new Gathered((callers: readonly ChatCaller[]) => this.findOfChats(callers));
  private readonly ofSpaces = new Gathered((callers: readonly SpaceCaller[]) => this.findOfSpaces(callers));

  constructor(private readonly database: Database) {}

  /** Undefined where there is no such chat, or the user is banned from its workspace. */
  ofChat(caller: ChatCaller): Promise<ChatAccessRow | undefined> {
    return this.ofChats.ask(caller);
  }

  /** Undefined where there is no such workspace, or the user is banned from it. */
  ofSpace(caller: SpaceCaller): Promise<SpaceAccessRow | undefined> {
    return this.ofSpaces.ask(caller);
  }

  private async findOfChats(callers: readonly ChatCaller[]): Promise<(ChatAccessRow | undefined)[]> {
    const rows = await this.database.query<ChatAccessRow & Called>(OF_CHAT, [
      callers.map(({ chatId }) => chatId),
      callers.map(({ userId }) => userId),
    ]);
    const found = byCaller(rows);
    return callers.map(({ chatId, userId }) => found.get(`${chatId} ${userId}`));
  }

  private async findOfSpaces(callers: readonly SpaceCaller[]): Promise<(SpaceAccessRow | undefined)[]> {
    const rows = await this.database.query<SpaceAccessRow & Called>(OF_SPACE, [
      callers.map(({ workspaceId }) => workspaceId),
      callers.map(({ chatId }) => chatId),
      callers.map(({ userId }) => userId),
    ]);
    const found = byCaller(rows);
    return callers.map(({ workspaceId, chatId, userId }) =>
      found.get(chatId === null ? `${workspaceId} ${userId}` : `${workspaceId} ${chatId} ${userId}`),
    );
  }
}

interface Called {
  /** The ids that were asked for. */
  readonly caller: string;
}

const byCaller = <Row extends Called>(rows: readonly Row[]): Map<string, Row> =>
  new Map(rows.map((row) => [row.caller, row]));
