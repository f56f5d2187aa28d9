import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { GUEST_ID } from '../../auth/principal.js';
import { Database, type Queryable } from '../../database/database.js';

/** What is logged of those in charge. */
export type ModerationAction =
  | 'member_set'
  | 'member_removed'
  | 'user_removed'
  | 'invitation_created'
  | 'invitation_revoked'
  | 'invitation_accepted'
  | 'ban'
  | 'ban_lifted'
  | 'mute'
  | 'mute_lifted'
  | 'message_deleted';

/** Ids, roles and times; `reason` is masked for good. */
export interface ModerationDetails {
  readonly role?: string;
  readonly piiAccess?: boolean;
  readonly expiresAt?: string | null;
  readonly invitationId?: string;
  readonly chatId?: string;
  readonly messageId?: string;
  readonly reason?: string;
}

export interface ModerationEntry {
  readonly action: ModerationAction;
  readonly actorId: string;
  /** The user whom it concerns; null where it concerns nobody yet. */
  readonly userId: string | null;
  readonly details: ModerationDetails;
}

export interface ModerationRow extends ModerationEntry {
  readonly id: string;
  readonly at: Date;
}

const APPEND = {
  name: 'moderation_log_append',
  text: `INSERT INTO moderation_log (workspace_id, id, action, actor_id, user_id, details) VALUES ($1, $2, $3, $4, $5, $6)`,
};
const APPEND_TO_ALL_OF = {
  name: 'moderation_log_append_to_all_of',
  text: `INSERT INTO moderation_log (workspace_id, id, action, actor_id, user_id, details)
         SELECT workspace_id, $1, $2, $3, $4, '{}' FROM members WHERE user_id = $4`,
};
const PAGE = {
  name: 'moderation_log_page',
  text: `SELECT id, at, action, actor_id AS "actorId", user_id AS "userId", details FROM moderation_log
          WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3`,
};
const END = GUEST_ID.replaceAll('0', 'f');

/** Who let in, promoted, muted, banned, removed or silenced whom. Rows are written together with what they tell of. */
@Injectable()
export class ModerationLog {
  constructor(private readonly database: Database) {}

  async append(transaction: Queryable, workspaceId: string, entry: ModerationEntry): Promise<void> {
    const { action, actorId, userId, details } = entry;
    await transaction.query(APPEND, [workspaceId, uuidv7(), action, actorId, userId, JSON.stringify(details)]);
  }

  /** One entry in each workspace that its user is a member of. */
  async appendToAllOf(transaction: Queryable, { action, actorId, userId }: Omit<ModerationEntry, 'details'>) {
    await transaction.query(APPEND_TO_ALL_OF, [uuidv7(), action, actorId, userId]);
  }

  /** Latest first, before the entry `before`. */
  page(workspaceId: string, limit: number, before: string = END): Promise<ModerationRow[]> {
    return this.database.query(PAGE, [workspaceId, before, limit]);
  }
}
