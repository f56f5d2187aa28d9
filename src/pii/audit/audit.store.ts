import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { Database, type Queryable } from '../../database/database.js';
import type { AuditAction, Reader, TypeCounts } from './audit-entry.js';

export interface AuditRow {
  readonly seq: number;
  readonly id: string;
  readonly at: Date;
  readonly action: AuditAction;
  readonly actorId: string;
  readonly credentialId: string;
  readonly chatId: string | null;
  readonly counts: TypeCounts;
  readonly reason: string | null;
  readonly requestId: string;
  readonly hash: Buffer;
}

const APPEND = {
  name: 'audit_append',
  text: 'SELECT audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)',
};
const PAGE = {
  name: 'audit_page',
  text: `SELECT seq::float8 AS seq, id, at, action, actor_id AS "actorId", credential_id AS "credentialId",
                chat_id AS "chatId", counts, reason, request_id AS "requestId", hash
           FROM audit WHERE workspace_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3`,
};

/** The arguments of the SQL function `audit_append`, in its order. */
export const auditValues = (
  workspaceId: string,
  chatId: string | null,
  action: AuditAction,
  counts: TypeCounts,
  { principal, requestId, reason }: Reader,
): unknown[] => [
  workspaceId,
  uuidv7(),
  action,
  principal.userId,
  principal.credentialId,
  chatId,
  JSON.stringify(counts),
  reason ?? null,
  requestId,
];

@Injectable()
export class AuditStore {
  constructor(private readonly database: Database) {}

  /** For what has no statement of its own to be written with, such as a refusal or a change in a transaction. */
  async append(
    workspaceId: string,
    chatId: string | null,
    action: AuditAction,
    counts: TypeCounts,
    reader: Reader,
    transaction: Queryable = this.database,
  ): Promise<void> {
    await transaction.query(APPEND, auditValues(workspaceId, chatId, action, counts, reader));
  }

  /** Latest first, before the sequence `before`. */
  async page(workspaceId: string, before: number, limit: number): Promise<AuditRow[]> {
    return this.database.query<AuditRow>(PAGE, [workspaceId, before, limit]);
  }
}
