import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import type { TypeCounts } from '../../pii/audit/audit-entry.js';
import type { AttachmentScan } from '../messages/message-view.js';
import type { ObjectForm } from './object-store.js';

/** Where an attachment belongs. */
export interface AttachmentKey {
  readonly workspaceId: string;
  readonly chatId: string;
  readonly messageId: string;
  readonly id: string;
}

export interface NewAttachment extends AttachmentKey, ObjectForm {
  readonly userId: string;
  /** Masked. */
  readonly name: string;
}

export interface AttachmentRow extends ObjectForm {
  readonly userId: string;
  readonly name: string;
  /** Null while the attachment is not there for others. */
  readonly scan: AttachmentScan | null;
  readonly findings: TypeCounts | null;
}

const ADD = {
  name: 'attachment_add',
  text: `INSERT INTO attachments (workspace_id, chat_id, message_id, id, user_id, name, type, size, sha256)
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
          WHERE (SELECT count(*) FROM attachments WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3
                    AND removed_at IS NULL) < $10
         RETURNING 1`,
};
const FIND = {
  name: 'attachment_find',
  text: `SELECT user_id AS "userId", name, type, size::float8 AS size, sha256, scan, findings FROM attachments
          WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 AND id = $4 AND removed_at IS NULL`,
};
const FINISH = {
  name: 'attachment_finish',
  text: `UPDATE attachments SET scan = $5, findings = $6
          WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 AND id = $4 AND removed_at IS NULL RETURNING 1`,
};
const SHOW = {
  name: 'attachment_show',
  text: `UPDATE messages SET updated_seq = $4, attachments = (
           SELECT json_agg(json_strip_nulls(json_build_object('id', id, 'name', name, 'type', type, 'size', size,
                                                              'sha256', sha256, 'scan', scan, 'findings', findings)) ORDER BY id)
             FROM attachments WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3
                                AND scan IS NOT NULL AND removed_at IS NULL)
          WHERE workspace_id = $1 AND chat_id = $2 AND id = $3`,
};
const REMOVE = {
  name: 'attachment_remove',
  text: `UPDATE attachments SET removed_at = now()
          WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 AND id = $4 AND removed_at IS NULL`,
};
const REMOVE_MANY = {
  name: 'attachment_remove_many',
  text: `WITH removed AS (
           UPDATE attachments SET removed_at = now()
            WHERE workspace_id = $1 AND ($2::uuid IS NULL OR chat_id = $2) AND ($3::uuid IS NULL OR user_id = $3)
              AND removed_at IS NULL RETURNING chat_id, message_id)
         UPDATE messages m SET attachments = NULL FROM removed r
          WHERE m.workspace_id = $1 AND m.chat_id = r.chat_id AND m.id = r.message_id`,
};
const REMOVED = {
  name: 'attachment_removed',
  text: `SELECT workspace_id AS "workspaceId", chat_id AS "chatId", message_id AS "messageId", id FROM attachments
          WHERE removed_at IS NOT NULL OR (scan IS NULL AND created_at < now() - interval '1 hour') LIMIT $1`,
};
const FORGET = {
  name: 'attachment_forget',
  text: 'DELETE FROM attachments WHERE workspace_id = $1 AND chat_id = $2 AND message_id = $3 AND id = $4',
};

const columns = ({ workspaceId, chatId, messageId, id }: AttachmentKey) => [workspaceId, chatId, messageId, id];

@Injectable()
export class AttachmentStore {
  constructor(private readonly database: Database) {}

  /** @returns false where the message has as many as it may have */
  async add(
    attachment: NewAttachment,
    most: number,
    alongside: (transaction: Queryable) => Promise<void>,
  ): Promise<boolean> {
    const { userId, name, type, size, sha256 } = attachment;
    const values = [...columns(attachment), userId, name, type, size, sha256, most];
    return this.database.transaction(async (transaction) => {
      if ((await transaction.query(ADD, values)).length === 0) return false;
      await alongside(transaction);
      return true;
    });
  }

  async find(key: AttachmentKey): Promise<AttachmentRow | undefined> {
    return (await this.database.query<AttachmentRow>(FIND, columns(key)))[0];
  }

  /** Shows the attachment on its message. @returns false where it was removed meanwhile */
  async finish(
    transaction: Queryable,
    key: AttachmentKey,
    seq: number,
    scan: AttachmentScan,
    findings: TypeCounts | undefined,
  ): Promise<boolean> {
    const values = [...columns(key), scan, findings ? JSON.stringify(findings) : null];
    if ((await transaction.query(FINISH, values)).length === 0) return false;
    await transaction.query(SHOW, [key.workspaceId, key.chatId, key.messageId, seq]);
    return true;
  }

  async remove(key: AttachmentKey): Promise<void> {
    await this.database.query(REMOVE, columns(key));
  }

  /** Of a workspace, as far as they are in this chat and of this user; null stands for all. */
  async removeMany(
    workspaceId: string,
    chatId: string | null,
    userId: string | null,
    transaction: Queryable = this.database,
  ): Promise<void> {
    await transaction.query(REMOVE_MANY, [workspaceId, chatId, userId]);
  }

  /** Attachments whose object has to go: removed ones, and those that nobody finished within an hour. */
  async removed(limit: number): Promise<AttachmentKey[]> {
    return this.database.query(REMOVED, [limit]);
  }

  /** Once its object is gone. */
  async forget(key: AttachmentKey): Promise<void> {
    await this.database.query(FORGET, columns(key));
  }
}
