import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type ChangeKind, type ChatEvent, created } from './chat-event.js';
import { MESSAGE_COLUMNS, type MessageRow, viewOf } from '../messages/message-view.js';

/** The message of a change. As a plain join, a planner that knows little of the tables looks through the whole chat for it. */
const CHANGED = `JOIN LATERAL (
  SELECT * FROM messages m WHERE m.workspace_id = c.workspace_id AND m.chat_id = c.chat_id AND m.id = c.message_id OFFSET 0
) m ON true`;

/** The first $4 events of the chat of `a`, after its `seq` and up to its `up_to`, in order. */
const EVENTS = `
  SELECT * FROM (
    (SELECT 'created' AS kind, m.seq::float8 AS "eventSeq", NULL::uuid AS "actorId", NULL AS reaction,
            NULL::boolean AS "reactionOn", ${MESSAGE_COLUMNS}
       FROM messages m
      WHERE m.workspace_id = a.workspace_id AND m.chat_id = a.chat_id AND m.seq > a.seq AND m.seq <= a.up_to
      ORDER BY m.seq LIMIT $4)
    UNION ALL
    (SELECT c.kind, c.seq::float8, c.actor_id, c.reaction, c.reaction_on, ${MESSAGE_COLUMNS}
       FROM message_changes c
       ${CHANGED}
      WHERE c.workspace_id = a.workspace_id AND c.chat_id = a.chat_id AND c.seq > a.seq AND c.seq <= a.up_to
      ORDER BY c.seq LIMIT $4)
  ) e ORDER BY "eventSeq" LIMIT $4`;

const OF_ONE_CHAT = `
  (SELECT $1::uuid AS workspace_id, $2::uuid AS chat_id, $3::bigint AS seq, $5::bigint AS up_to) a
  CROSS JOIN LATERAL (${EVENTS}) e`;

const BETWEEN = { name: 'chat_event_between', text: `SELECT e.* FROM ${OF_ONE_CHAT} ORDER BY e."eventSeq"` };

const COUNT = { name: 'chat_event_count', text: `SELECT count(*)::float8 AS count FROM ${OF_ONE_CHAT}` };

const AFTER = {
  name: 'chat_event_after',
  text: `SELECT e.* FROM (SELECT u.*, 9223372036854775807 AS up_to
                  FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS u (workspace_id, chat_id, seq)) a
          CROSS JOIN LATERAL (${EVENTS}) e
          ORDER BY e."chatId", e."eventSeq"`,
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
    return (
      (await this.database.query<{ count: number }>(COUNT, [workspaceId, chatId, seq, upTo - seq, upTo]))[0]?.count ?? 0
    );
  }

  /**
   * The first events after `seq` up to and with `upTo`, in order. Messages show their present text, also in the event of
   * their creation: what was deleted since is not told again.
   */
  async between(workspaceId: string, chatId: string, seq: number, upTo: number, limit: number): Promise<ChatEvent[]> {
    const rows = await this.database.query<EventRow>(BETWEEN, [workspaceId, chatId, seq, limit, upTo]);
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
