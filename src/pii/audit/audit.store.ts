import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import { newUuid } from '../../edge/uuid.js';
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

/**
 * Appends entries, for a statement whose first nine parameters are `appendingValues`. In the order given, which is that of the
 * chain. One workspace alone, so that two batches cannot wait for each other's heads.
 */
export const APPENDING = `SELECT audit_append($1, id, action, actor_id, credential_id, chat_id, counts, reason, request_id) AS seq
           FROM (SELECT * FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[], $8::text[], $9::text[])
                   WITH ORDINALITY AS e (id, action, actor_id, credential_id, chat_id, counts, reason, request_id, ord)
                  ORDER BY ord) entries`;
const APPEND = { name: 'audit_append', text: APPENDING };
const PAGE = {
  name: 'audit_page',
  text: `SELECT seq::float8 AS seq, id, at, action, actor_id AS "actorId", credential_id AS "credentialId",
                chat_id AS "chatId", counts, reason, request_id AS "requestId", hash
           FROM audit a WHERE workspace_id = $1 AND a.seq < $2 ORDER BY a.seq DESC LIMIT $3`,
};

/** What is to be audited. */
export interface NewAuditEntry {
  readonly chatId: string | null;
  readonly action: AuditAction;
  readonly counts: TypeCounts;
  readonly reader: Reader;
}

export const appendingValues = (workspaceId: string, entries: readonly NewAuditEntry[]): unknown[] => [
  workspaceId,
  entries.map(newUuid),
  entries.map(({ action }) => action),
  entries.map(({ reader }) => reader.principal.userId),
  entries.map(({ reader }) => reader.principal.credentialId),
  entries.map(({ chatId }) => chatId),
  entries.map(({ counts }) => JSON.stringify(counts)),
  entries.map(({ reader }) => reader.reason ?? null),
  entries.map(({ reader }) => reader.requestId),
];

/** Of one entry whose counts and chat the database finds out: id, action, actor, credential, reason and request. */
export const readingValues = (action: AuditAction, { principal, reason, requestId }: Reader): unknown[] => [
  newUuid(),
  action,
  principal.userId,
  principal.credentialId,
  reason ?? null,
  requestId,
];

@Injectable()
export class AuditStore {
  constructor(private readonly database: Database) {}

  /** For what is audited alone, such as a refusal or a change in a transaction. */
  async append(
    workspaceId: string,
    chatId: string | null,
    action: AuditAction,
    counts: TypeCounts,
    reader: Reader,
    transaction: Queryable = this.database,
  ): Promise<void> {
    await transaction.query(APPEND, appendingValues(workspaceId, [{ chatId, action, counts, reader }]));
  }

  /** Latest first, before the sequence `before`. */
  async page(workspaceId: string, before: number, limit: number): Promise<AuditRow[]> {
    return this.database.query<AuditRow>(PAGE, [workspaceId, before, limit]);
  }
}
