import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import { CodedError } from '../../errors/coded-error.js';
import type { MaskedText } from '../../pii/masked-text.js';
import { ModerationLog } from '../../workspace/moderation/moderation-log.js';
import type { Role } from '../../workspace/role.js';
import type { ChangeKind, ChatEvent } from '../feed/chat-event.js';
import { MESSAGE_COLUMNS, type MessageRow, type MessageView, viewOf } from './message-view.js';
import { OutdatedError, ShowsMoreError } from './outdated-error.js';
import * as REACTION from './reaction.statements.js';

/** Which message is to be changed, by whom, and under which id of the client's own. */
export interface ChangeTarget {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly messageId: string;
  readonly actorId: string;
  readonly clientChangeId?: string | undefined;
}

/** The event that a change became; undefined where the state was already so, or the change came a second time. */
export interface Changed {
  readonly message: MessageView;
  readonly event?: ChatEvent;
}

/** What a message says from now on. */
export interface EditedText extends MaskedText {
  /** Of the chat's key when the values got their placeholders; null without any. */
  readonly keyVersion: number | null;
  /** The members mentioned; those of before stay when undefined. */
  readonly mentions?: readonly string[] | undefined;
}

/** A text that an edit replaced. */
export interface EditRow extends MaskedText {
  readonly writtenAt: Date;
  readonly replacedSeq: number;
}

/** What the actor is in the workspace, and whether a ban or a mute holds. */
export interface Actor {
  readonly role: Role;
  readonly restricted: boolean;
}

/** Decides with the message and the membership of the actor locked. @throws CodedError */
export type Permission = (message: MessageView, actor: Actor | undefined) => void;

const LOCK_CHAT = {
  name: 'message_change_lock_chat',
  text: `SELECT last_seq::float8 AS "lastSeq", erased_version AS "erasedVersion" FROM chats
          WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE`,
};
const FIND = {
  name: 'message_change_find',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m WHERE m.workspace_id = $1 AND m.chat_id = $2 AND m.id = $3`,
};
const KNOWN = {
  name: 'message_change_known',
  text: `SELECT message_id = $3 AND kind = $6 AS same FROM message_changes
          WHERE workspace_id = $1 AND chat_id = $2 AND actor_id = $4 AND client_change_id = $5`,
};
const ROLE = {
  name: 'message_change_role',
  text: `SELECT role, EXISTS (SELECT FROM restrictions r WHERE r.workspace_id = $1 AND r.user_id = $2
                                AND (r.expires_at IS NULL OR r.expires_at > now())) AS restricted
           FROM members WHERE workspace_id = $1 AND user_id = $2 FOR SHARE`,
};
const ADVANCE = {
  name: 'message_change_advance',
  text: 'UPDATE chats SET last_seq = $3 WHERE workspace_id = $1 AND id = $2',
};
const RECORD = {
  name: 'message_change_record',
  text: `INSERT INTO message_changes
           (workspace_id, chat_id, seq, message_id, kind, actor_id, client_change_id, reaction, reaction_on)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
};
const KEEP_EDIT = {
  name: 'message_change_keep_edit',
  text: `INSERT INTO message_edits (workspace_id, chat_id, message_id, seq, text, positions, written_at)
         SELECT workspace_id, chat_id, id, $4, text, positions, coalesce(edited_at, created_at) FROM messages
          WHERE workspace_id = $1 AND chat_id = $2 AND id = $3`,
};
const EDIT = {
  name: 'message_change_edit',
  text: `UPDATE messages SET text = $4, positions = $5::json, updated_seq = $6, edited_at = now(),
                             mentions = CASE WHEN $7::uuid[] IS NULL THEN mentions ELSE nullif($7::uuid[], '{}') END
          WHERE workspace_id = $1 AND chat_id = $2 AND id = $3`,
};
const DELETE = {
  name: 'message_change_delete',
  text: `UPDATE messages SET text = '', positions = '[]', reactions = NULL, mentions = NULL, pinned_at = NULL,
                             attachments = NULL, updated_seq = $4, deleted_at = now()
          WHERE workspace_id = $1 AND chat_id = $2 AND id = $3`,
};
// What a message and its earlier texts show.
const SHOWN_HERE = {
  name: 'message_change_shown_here',
  text: `SELECT DISTINCT own.value ->> 'placeholder' AS placeholder FROM (
           SELECT positions FROM messages WHERE workspace_id = $1 AND chat_id = $2 AND id = $3
           UNION ALL
           SELECT positions FROM message_edits WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3
         ) texts, json_array_elements(texts.positions) own`,
};
// What else there is of a message: its earlier texts, its reactions and, until the store has let go of them, its files.
const DROP_REST = {
  name: 'message_change_drop_rest',
  text: `WITH edits AS (DELETE FROM message_edits WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3),
              reactions AS (DELETE FROM reactions WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3)
         UPDATE attachments SET removed_at = now()
          WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 AND removed_at IS NULL`,
};
const EDITS = {
  name: 'message_change_edits',
  text: `SELECT text, positions, written_at AS "writtenAt", seq::float8 AS "replacedSeq" FROM message_edits
          WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 ORDER BY seq`,
};
const PIN = {
  name: 'message_change_pin',
  text: `UPDATE messages SET pinned_at = CASE WHEN $4 THEN now() END WHERE workspace_id = $1 AND chat_id = $2 AND id = $3`,
};
const PINNED = {
  name: 'message_change_pinned',
  text: `SELECT ${MESSAGE_COLUMNS} FROM messages m
          WHERE workspace_id = $1 AND chat_id = $2 AND pinned_at IS NOT NULL ORDER BY pinned_at DESC`,
};
/** Pins that a chat may have: their list has no pages. */
const MAX_PINS = 100;

type LockedChat = { readonly lastSeq: number; readonly erasedVersion: number };

/** Changes of messages, each in one transaction that holds the chat: its event gets the next sequence. */
@Injectable()
export class MessageChangeStore {
  constructor(
    private readonly database: Database,
    private readonly log: ModerationLog,
  ) {}

  /** Asks for permission to edit without changing anything: a refused edit must leave nothing in the vault. */
  async check(target: ChangeTarget, permit: Permission): Promise<void> {
    await this.database.transaction((transaction) => this.begin(transaction, target, 'updated', permit));
  }

  /**
   * Replaces the text; the earlier one stays in the history of edits.
   * @throws OutdatedError
   */
  edit(
    target: ChangeTarget,
    { text, positions, keyVersion, mentions }: EditedText,
    permit: Permission,
  ): Promise<Changed> {
    return this.change(target, 'updated', permit, async (transaction, key, seq, erasedVersion) => {
      if (keyVersion !== null && keyVersion < erasedVersion) throw new OutdatedError();
      await transaction.query(KEEP_EDIT, [...key, seq]);
      await transaction.query(EDIT, [...key, text, JSON.stringify(positions), seq, mentions ?? null]);
    });
  }

  /** Earlier texts of a message, from the first one on. */
  async edits(workspaceId: string, chatId: string, messageId: string): Promise<EditRow[]> {
    await this.find(this.database, [workspaceId, chatId, messageId]);
    return this.database.query<EditRow>(EDITS, [workspaceId, chatId, messageId]);
  }

  /**
   * Leaves a tombstone: text, earlier texts and reactions are gone.
   * @throws ShowsMoreError when the message shows other placeholders than the ones given
   */
  delete(
    transaction: Queryable,
    target: ChangeTarget,
    permit: Permission,
    expected: readonly string[],
  ): Promise<Changed> {
    return this.changeWithin(transaction, target, 'deleted', permit, async (key, seq) => {
      const rows = await transaction.query<{ placeholder: string }>(SHOWN_HERE, key);
      const shown = rows.map(({ placeholder }) => placeholder);
      if (shown.some((placeholder) => !expected.includes(placeholder))) throw new ShowsMoreError(shown);
      const { senderId } = await this.find(transaction, key);
      if (senderId !== target.actorId) await this.noteRemoval(transaction, target, senderId);
      await transaction.query(DELETE, [...key, seq]);
      await transaction.query(DROP_REST, key);
    });
  }

  /** Sets or takes back a reaction; one that is set already changes nothing and has no event. */
  async react(target: ChangeTarget, reaction: string, on: boolean, permit: Permission): Promise<Changed> {
    return this.database.transaction(async (transaction) => {
      const { key, seq } = await this.begin(transaction, target, 'reaction', permit);
      const statement = on ? REACTION.SET : REACTION.UNSET;
      const changed = await transaction.query(statement, [...key, target.actorId, reaction]);
      if (changed.length === 0) return { message: await this.find(transaction, key) };
      await transaction.query(REACTION.COUNT, key);
      await this.record(transaction, target, seq, 'reaction', reaction, on);
      const { workspaceId: spaceId, chatId, messageId, actorId: userId } = target;
      const change = { spaceId, chatId, seq, messageId, userId, reaction, on };
      return { message: await this.find(transaction, key), event: { kind: 'reaction', seq, change } };
    });
  }

  /** Pins a message or takes the pin off; where it is so already nothing changes and there is no event. */
  async pin(target: ChangeTarget, pinned: boolean, permit: Permission): Promise<Changed> {
    return this.database.transaction(async (transaction) => {
      const { key, seq, message } = await this.begin(transaction, target, pinned ? 'pinned' : 'unpinned', permit);
      if ((message.pinnedAt !== undefined) === pinned) return { message };
      const { workspaceId: spaceId, chatId, messageId, actorId: userId } = target;
      if (pinned && (await transaction.query(PINNED, [spaceId, chatId])).length >= MAX_PINS) {
        throw new CodedError('conflict', { reason: 'too_many_pins' });
      }
      await transaction.query(PIN, [...key, pinned]);
      await this.record(transaction, target, seq, pinned ? 'pinned' : 'unpinned', null, null);
      const change = { spaceId, chatId, seq, messageId, userId, pinned };
      return { message: await this.find(transaction, key), event: { kind: 'pin', seq, change } };
    });
  }

  async pinned(workspaceId: string, chatId: string): Promise<MessageView[]> {
    return (await this.database.query<MessageRow>(PINNED, [workspaceId, chatId])).map(viewOf);
  }

  /** Who deletes what somebody else said is on record. */
  private noteRemoval(transaction: Queryable, target: ChangeTarget, senderId: string): Promise<void> {
    const { workspaceId, chatId, messageId, actorId } = target;
    const details = { chatId, messageId };
    return this.log.append(transaction, workspaceId, { action: 'message_deleted', actorId, userId: senderId, details });
  }

  /** Changes a message by `apply`; the change is an event of its own. A client change id that came before changes nothing. */
  change(
    target: ChangeTarget,
    kind: 'updated' | 'deleted',
    permit: Permission,
    apply: (transaction: Queryable, key: readonly string[], seq: number, erasedVersion: number) => Promise<void>,
  ): Promise<Changed> {
    return this.database.transaction((transaction) =>
      this.changeWithin(transaction, target, kind, permit, (...change) => apply(transaction, ...change)),
    );
  }

  private async changeWithin(
    transaction: Queryable,
    target: ChangeTarget,
    kind: 'updated' | 'deleted',
    permit: Permission,
    apply: (key: readonly string[], seq: number, erasedVersion: number) => Promise<void>,
  ): Promise<Changed> {
    const { key, seq, erasedVersion, known } = await this.begin(transaction, target, kind, permit);
    if (known) return { message: await this.find(transaction, key) };
    await apply(key, seq, erasedVersion);
    await this.record(transaction, target, seq, kind, null, null);
    const message = await this.find(transaction, key);
    return { message, event: { kind, seq, message } };
  }

  /** Locks the chat, looks whether the change, or another under its client id, came before, and asks for permission. */
  private async begin(transaction: Queryable, target: ChangeTarget, kind: ChangeKind, permit: Permission) {
    const { workspaceId, chatId, messageId, actorId, clientChangeId } = target;
    const key = [workspaceId, chatId, messageId] as const;
    const [chat] = await transaction.query<LockedChat>(LOCK_CHAT, [workspaceId, chatId]);
    if (!chat) throw new CodedError('chat_not_found');
    const message = await this.find(transaction, key);
    const [earlier] =
      clientChangeId === undefined
        ? []
        : await transaction.query<{ same: boolean }>(KNOWN, [...key, actorId, clientChangeId, kind]);
    if (!earlier?.same) {
      const [actor] = await transaction.query<Actor>(ROLE, [workspaceId, actorId]);
      permit(message, actor);
      if (earlier) throw new CodedError('idempotency_key_reused');
    }
    return { key, seq: chat.lastSeq + 1, erasedVersion: chat.erasedVersion, known: earlier !== undefined, message };
  }

  private async find(transaction: Queryable, key: readonly string[]): Promise<MessageView> {
    const [row] = await transaction.query<MessageRow>(FIND, key);
    if (!row) throw new CodedError('message_not_found');
    return viewOf(row);
  }

  private async record(
    transaction: Queryable,
    { workspaceId, chatId, messageId, actorId, clientChangeId }: ChangeTarget,
    seq: number,
    kind: ChangeKind,
    reaction: string | null,
    on: boolean | null,
  ): Promise<void> {
    const values = [workspaceId, chatId, seq, messageId, kind, actorId, clientChangeId ?? null, reaction, on];
    await transaction.query(RECORD, values);
    await transaction.query(ADVANCE, [workspaceId, chatId, seq]);
  }
}
