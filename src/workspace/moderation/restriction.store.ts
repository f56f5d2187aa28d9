import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import type { Role } from '../role.js';

/** A ban keeps from reading, hence from everything; a mute only from writing. */
export type RestrictionKind = 'ban' | 'mute';

export interface RestrictionRow {
  readonly userId: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Null for one that lasts until it is lifted. */
  readonly expiresAt: Date | null;
}

const COLUMNS = `user_id AS "userId", created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt"`;

// With the row locked, so that a role given at the same instant is seen here or comes after.
const ROLE = {
  name: 'restriction_role',
  text: 'SELECT role FROM members WHERE workspace_id = $1 AND user_id = $2 FOR SHARE',
};
const SET = {
  name: 'restriction_set',
  text: `INSERT INTO restrictions (workspace_id, user_id, kind, created_by, expires_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (workspace_id, user_id, kind)
           DO UPDATE SET created_by = excluded.created_by, created_at = now(), expires_at = excluded.expires_at
         RETURNING ${COLUMNS}`,
};
const LIFT = {
  name: 'restriction_lift',
  text: `DELETE FROM restrictions WHERE workspace_id = $1 AND user_id = $2 AND kind = $3
         RETURNING expires_at IS NULL OR expires_at > now() AS active`,
};
const PAGE = {
  name: 'restriction_page',
  text: `SELECT ${COLUMNS} FROM restrictions
          WHERE workspace_id = $1 AND kind = $2 AND ($3::uuid IS NULL OR user_id > $3)
            AND (expires_at IS NULL OR expires_at > now()) ORDER BY user_id LIMIT $4`,
};

@Injectable()
export class RestrictionStore {
  constructor(private readonly database: Database) {}

  async roleOf(transaction: Queryable, workspaceId: string, userId: string): Promise<Role | undefined> {
    return (await transaction.query<{ role: Role }>(ROLE, [workspaceId, userId]))[0]?.role;
  }

  /** Begins a restriction, or gives the present one another end. */
  async set(
    transaction: Queryable,
    kind: RestrictionKind,
    workspaceId: string,
    restriction: Pick<RestrictionRow, 'userId' | 'createdBy' | 'expiresAt'>,
  ): Promise<RestrictionRow> {
    const { userId, createdBy, expiresAt } = restriction;
    const [row] = await transaction.query<RestrictionRow>(SET, [workspaceId, userId, kind, createdBy, expiresAt]);
    return row ?? { ...restriction, createdAt: new Date() };
  }

  /** @returns whether there was one to lift */
  async lift(transaction: Queryable, kind: RestrictionKind, workspaceId: string, userId: string): Promise<boolean> {
    return (await transaction.query<{ active: boolean }>(LIFT, [workspaceId, userId, kind]))[0]?.active ?? false;
  }

  /** Those that hold now, by user, after the user `after`. */
  page(kind: RestrictionKind, workspaceId: string, limit: number, after?: string): Promise<RestrictionRow[]> {
    return this.database.query(PAGE, [workspaceId, kind, after ?? null, limit]);
  }
}
