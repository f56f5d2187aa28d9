import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { type ChangeKind, type ChatEvent, created } from './chat-event.js';
import { MESSAGE_COLUMNS, type MessageRow, viewOf } from '../messages/message-view.js';

const BETWEEN = {
  name: 'chat_event_between',
  text: `
    SELECT * FROM (
      (SELECT 'created' AS kind, m.seq::float8 AS "eventSeq", NULL::uuid AS "actorId", NULL AS reaction,
              NULL::boolean AS "reactionOn", ${MESSAGE_COLUMNS}
         FROM messages m WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.seq > $3 AND m.seq <= $4 ORDER BY m.seq LIMIT $5)
      UNION ALL
      (SELECT c.kind, c.seq::float8, c.actor_id, c.reaction, c.reaction_on, ${MESSAGE_COLUMNS}
         FROM message_changes c
         JOIN messages m ON m.workspace_id = c.workspace_id AND m.chat_id = c.chat_id AND m.id = c.message_id
        WHERE c.workspace_id = $1 AND c.chat_id = $2 AND c.seq > $3 AND c.seq <= $4 ORDER BY c.seq LIMIT $5)
    ) e ORDER BY "eventSeq" LIMIT $5`,
};

const COUNT = {
  name: 'chat_event_count',
  text: `SELECT (SELECT count(*) FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND seq > $3 AND seq <= $4)::float8
              + (SELECT count(*) FROM message_changes c
                   JOIN messages m ON m.workspace_id = c.workspace_id AND m.chat_id = c.chat_id AND m.id = c.message_id
                  WHERE c.workspace_id = $1 AND c.chat_id = $2 AND c.seq > $3 AND c.seq <= $4)::float8 AS count`,
};

type EventRow = MessageRow & {
  readonly kind: 'created' | ChangeKind;
  readonly eventSeq: number;
  readonly actorId: string | null;
  readonly reaction: string | null;
  readonly reactionOn: boolean | null;
};

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
