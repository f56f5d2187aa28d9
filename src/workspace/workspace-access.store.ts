import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { arrayLiteral } from '../database/array-literal.js';
import { Database, type Queryable } from '../database/database.js';
import { Gathered } from '../database/gathered.js';
import type { PiiPolicy } from './pii-policy.js';
import type { Role } from './role.js';
import { ACCESS_COLUMNS, ACCESS_OF, ENTRY_OF, NOT_BANNED } from './workspace-access.statements.js';
import type { Visibility } from './workspace.entity.js';

export interface AccessRow {
  readonly workspaceId: string;
  readonly visibility: Visibility;
  readonly policy: PiiPolicy;
  /** Grows with every change of the workspace's own patterns; 0 where it never had any. */
  readonly patternsRevision: number;
  readonly defaultChatId: string;
  /** Null for callers who are no member. */
  readonly role: Role | null;
  readonly piiAccess: boolean;
  readonly muted: boolean;
}

/** Of somebody who comes in, or is in. */
export interface EntryRow extends AccessRow {
  /** Null for the guest. */
  readonly displayName: string | null;
}

/** The same for several sessions that were asked about together. */
export interface SharedAccessRow extends AccessRow {
  /** Where these sessions stand among those. */
  readonly places: readonly number[];
}

/** As it comes from the table. */
export type Found<Row> = Omit<Row, 'policy'> & { readonly policy: string };

const KEPT_POLICIES = 1_000;

const FIND = {
  name: 'workspace_access_find',
  text: `SELECT q.user_id AS "userId", ${ACCESS_COLUMNS}
           FROM (SELECT DISTINCT u.* FROM unnest($1::uuid[], $2::uuid[]) AS u (workspace_id, user_id)) q
          CROSS JOIN ${ACCESS_OF('q.workspace_id', 'q.user_id')}
          WHERE ${NOT_BANNED}`,
};

const RIGHTS = `e."workspaceId", e.visibility, e.policy, e."defaultChatId", e."patternsRevision", e.role, e."piiAccess", e.muted`;
// Of thousands of sessions many have the same rights: one row for all of those costs less than one for each.
const FIND_MANY = {
  name: 'workspace_access_find_many',
  text: `SELECT ${RIGHTS}, array_agg(q.ord::int - 1) AS places
           FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::float8[])
                WITH ORDINALITY AS q (workspace_id, user_id, credential_id, issued_at, ord)
          CROSS JOIN ${ENTRY_OF('q')}
          GROUP BY ${RIGHTS}`,
};

const COUNT_MEMBERS = {
  name: 'workspace_access_count_members',
  text: 'SELECT count(*)::int AS count FROM members WHERE workspace_id = $1 AND user_id = ANY ($2::uuid[])',
};

const ADVANCE_PATTERNS = {
  name: 'workspace_advance_patterns',
  text: `UPDATE workspaces SET patterns_revision = patterns_revision + 1
          WHERE id = $1 AND deleted_at IS NULL RETURNING patterns_revision`,
};

/** Under which credential somebody is, or wants to be, in a workspace. */
export interface Entry {
  readonly workspaceId: string;
  readonly userId: string;
  readonly credentialId: string;
  /** When the connection string was issued that they come or came with, in whole seconds since 1970. */
  readonly issuedAt: number;
}

interface Caller {
  readonly workspaceId: string;
  readonly userId: string;
}

@Injectable()
export class WorkspaceAccessStore {
  private readonly finding = new Gathered((callers: readonly Caller[]) => this.findAll(callers));
  /** By their JSON: sessions and calls of a workspace share one object. */
  private readonly policies = new LRUCache<string, PiiPolicy>({ max: KEPT_POLICIES });

  constructor(private readonly database: Database) {}

  find(workspaceId: string, userId: string): Promise<AccessRow | undefined> {
    return this.finding.ask({ workspaceId, userId });
  }

  async areMembers(workspaceId: string, userIds: readonly string[]): Promise<boolean> {
    const [row] = await this.database.query<{ count: number }>(COUNT_MEMBERS, [workspaceId, userIds]);
    return row?.count === userIds.length;
  }

  /** Access of many sessions in one round trip; none for those whose workspace or credential is gone. */
  async findMany(sessions: readonly Entry[]): Promise<SharedAccessRow[]> {
    const rows = await this.database.query<Found<SharedAccessRow>>(FIND_MANY, [
      arrayLiteral(sessions, ({ workspaceId }) => workspaceId),
      arrayLiteral(sessions, ({ userId }) => userId),
      arrayLiteral(sessions, ({ credentialId }) => credentialId),
      arrayLiteral(sessions, ({ issuedAt }) => String(issuedAt)),
    ]);
    return rows.map((row) => this.read(row));
  }

  /** @returns whether there is such a workspace; its row stays locked until the transaction ends */
  async advancePatterns(transaction: Queryable, workspaceId: string): Promise<boolean> {
    return (await transaction.query(ADVANCE_PATTERNS, [workspaceId])).length > 0;
  }

  /** A row that was read with `ACCESS_COLUMNS`, its policy taken apart. */
  read<Row extends Found<AccessRow>>(row: Row): Omit<Row, 'policy'> & { readonly policy: PiiPolicy } {
    let policy = this.policies.get(row.policy);
    if (!policy) {
      policy = JSON.parse(row.policy) as PiiPolicy;
      this.policies.set(row.policy, policy);
    }
    return { ...row, policy };
  }

  private async findAll(callers: readonly Caller[]): Promise<(AccessRow | undefined)[]> {
    const rows = await this.database.query<Found<AccessRow> & { readonly userId: string }>(FIND, [
      callers.map(({ workspaceId }) => workspaceId),
      callers.map(({ userId }) => userId),
    ]);
    const found = new Map(rows.map((row) => [`${row.workspaceId}/${row.userId}`, this.read(row)]));
    return callers.map(({ workspaceId, userId }) => found.get(`${workspaceId}/${userId}`));
  }
}
