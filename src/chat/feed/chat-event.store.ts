import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type ChangeKind, type ChatEvent, created } from './chat-event.js';
import { MESSAGE_COLUMNS, type MessageRow, viewOf } from '../messages/message-view.js';

/** The message of a change. As a plain join, a planner that knows little of the tables looks through the whole chat for it. */
const CHANGED = `JOIN LATERAL (
  SELECT * FROM messages m WHERE m.workspace_id = c.workspace_id AND m.chat_id = c.chat_id AND m.id = c.message_id OFFSET 0
) m ON true`;

/** Events of one chat after a sequence, in order; every value is an expression of SQL. */
const events = (workspace: string, chat: string, after: string, upTo: string, limit: string): string => `
  SELECT * FROM (
    (SELECT 'created' AS kind, m.seq::float8 AS "eventSeq", NULL::uuid AS "actorId", NULL AS reaction,
            NULL::boolean AS "reactionOn", ${MESSAGE_COLUMNS}
       FROM messages m
      WHERE m.workspace_id = ${workspace} AND m.chat_id = ${chat} AND m.seq > ${after} AND m.seq <= ${upTo}
      ORDER BY m.seq LIMIT ${limit})
    UNION ALL
    (SELECT c.kind, c.seq::float8, c.actor_id, c.reaction, c.reaction_on, ${MESSAGE_COLUMNS}
       FROM message_changes c
       ${CHANGED}
      WHERE c.workspace_id = ${workspace} AND c.chat_id = ${chat} AND c.seq > ${after} AND c.seq <= ${upTo}
      ORDER BY c.seq LIMIT ${limit})
  ) e ORDER BY "eventSeq" LIMIT ${limit}`;

const BETWEEN = { name: 'chat_event_between', text: events('$1', '$2', '$3', '$4', '$5') };

const AFTER = {
  name: 'chat_event_after',
  text: `SELECT e.* FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS a (workspace_id, chat_id, seq)
          CROSS JOIN LATERAL (${events('a.workspace_id', 'a.chat_id', 'a.seq', '9223372036854775807', '$4')}) e
          ORDER BY e."chatId", e."eventSeq"`,
};

const COUNT = {
  name: 'chat_event_count',
  text: `SELECT count(*)::float8 AS count FROM (${events('$1', '$2', '$3', '$4', '($4::bigint - $3::bigint)')}) e`,
};

type EventRow = MessageRow & {
  readonly kind: 'created' | ChangeKind;
  readonly eventSeq: number;
  readonly actorId: string | null;
  readonly reaction: string | null;
  readonly reactionOn: boolean | null;
};

/** How far somebody has come in a chat. */
export interface Cursor {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly seq: number;
}

/** The events of a chat as the tables tell them: the creation of messages, and what happened to them afterwards. */
@Injectable()
export class ChatEventStore {
  constructor(private readonly database: Database) {}

  /** How many events there are after `seq` up to and with `upTo`: fewer than the difference where some have expired. */
  async count(workspaceId: string, chatId: string, seq: number, upTo: number): Promise<number> {
    return (await this.database.query<{ count: number }>(COUNT, [workspaceId, chatId, seq, upTo]))[0]?.count ?? 0;
  }

  /**
   * The first events after `seq` up to and with `upTo`, in order. Messages show their present text, also in the event of
   * their creation: what was deleted since is not told again.
   */
  async between(workspaceId: string, chatId: string, seq: number, upTo: number, limit: number): Promise<ChatEvent[]> {
    const rows = await this.database.query<EventRow>(BETWEEN, [workspaceId, chatId, seq, upTo, limit]);
    return rows.map(toEvent);
  }

  /**
   * By chat, the first events after each cursor, in order and at most `limit` of each chat, all in one statement. What is
   * shown is what `between` shows.
   */
  async after(cursors: readonly Cursor[], limit: number): Promise<Map<string, ChatEvent[]>> {
    const rows = await this.database.query<EventRow>(AFTER, [
      cursors.map(({ workspaceId }) => workspaceId),
      cursors.map(({ chatId }) => chatId),
      cursors.map(({ seq }) => seq),
      limit,
    ]);
    const byChat = new Map<string, ChatEvent[]>();
    for (const row of rows) {
      const chat = byChat.get(row.chatId);
      if (chat) chat.push(toEvent(row));
      else byChat.set(row.chatId, [toEvent(row)]);
    }
    return byChat;
  }
}

function toEvent(row: EventRow): ChatEvent {
  const { kind, eventSeq: seq } = row;
  if (kind === 'created') return created(viewOf(row));
  if (kind === 'updated' || kind === 'deleted') return { kind, seq, message: { ...viewOf(row), updatedSeq: seq } };
  const { workspaceId: spaceId, chatId, id: messageId, actorId } = row;
  const change = { spaceId, chatId, seq, messageId, userId: actorId ?? '' };
  if (kind !== 'reaction') return { kind: 'pin', seq, change: { ...change, pinned: kind === 'pinned' } };
  return { kind, seq, change: { ...change, reaction: row.reaction ?? '', on: row.reactionOn ?? false } };
}
