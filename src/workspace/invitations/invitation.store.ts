import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import type { Role } from '../role.js';

/** Nobody becomes an owner by a link. */
export type InvitedRole = Exclude<Role, 'owner'>;
export const INVITED_ROLES = ['admin', 'member', 'reader'] as const satisfies readonly InvitedRole[];

export interface NewInvitation {
  readonly id: string;
  readonly lookupId: string;
  readonly hash: Buffer;
  readonly role: InvitedRole;
  readonly maxUses: number;
  readonly createdBy: string;
  readonly expiresAt: Date;
}

export interface InvitationRow extends Omit<NewInvitation, 'lookupId' | 'hash'> {
  readonly uses: number;
  readonly createdAt: Date;
}

/** An invitation that lets in now. */
export interface OpenInvitation {
  readonly workspaceId: string;
  readonly id: string;
  readonly hash: Buffer;
  readonly role: InvitedRole;
  readonly createdBy: string;
}

export interface MembershipRow {
  readonly role: Role;
  readonly piiAccess: boolean;
  readonly createdAt: Date;
  /** Whether the member is new. */
  readonly joined: boolean;
}

const COLUMNS = `id, role, max_uses AS "maxUses", uses, created_by AS "createdBy", created_at AS "createdAt",
  expires_at AS "expiresAt"`;

const INSERT = {
  name: 'invitation_insert',
  text: `INSERT INTO invitations (workspace_id, id, lookup_id, hash, role, max_uses, created_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING ${COLUMNS}`,
};
const PAGE = {
  name: 'invitation_page',
  text: `SELECT ${COLUMNS} FROM invitations
          WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2)
            AND revoked_at IS NULL AND expires_at > now() AND uses < max_uses ORDER BY id LIMIT $3`,
};
const REVOKE = {
  name: 'invitation_revoke',
  text: `UPDATE invitations SET revoked_at = now() WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING 1`,
};
// A link is good for as long as whoever made it may let people in. Who is banned finds no link at all.
const LOCK_OPEN = {
  name: 'invitation_lock_open',
  text: `SELECT i.workspace_id AS "workspaceId", i.id, i.hash, i.role, i.created_by AS "createdBy" FROM invitations i
           JOIN workspaces w ON w.id = i.workspace_id AND w.deleted_at IS NULL
           JOIN members m ON m.workspace_id = i.workspace_id AND m.user_id = i.created_by AND m.role IN ('owner', 'admin')
          WHERE i.lookup_id = $1 AND i.revoked_at IS NULL AND i.expires_at > now()
            AND (i.uses < i.max_uses
                 OR EXISTS (SELECT FROM members x WHERE x.workspace_id = i.workspace_id AND x.user_id = $2))
            AND NOT EXISTS (SELECT FROM restrictions r
                             WHERE r.workspace_id = i.workspace_id AND r.user_id IN ($2, i.created_by) AND r.kind = 'ban'
                               AND (r.expires_at IS NULL OR r.expires_at > now()))
            FOR UPDATE OF i`,
};
const JOIN = {
  name: 'invitation_join',
  text: `INSERT INTO members (workspace_id, user_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
         RETURNING role, pii_access AS "piiAccess", created_at AS "createdAt", true AS joined`,
};
const MEMBER = {
  name: 'invitation_member',
  text: `SELECT role, pii_access AS "piiAccess", created_at AS "createdAt", false AS joined
           FROM members WHERE workspace_id = $1 AND user_id = $2`,
};
const USE = {
  name: 'invitation_use',
  text: 'UPDATE invitations SET uses = uses + 1 WHERE workspace_id = $1 AND id = $2',
};

@Injectable()
export class InvitationStore {
  constructor(private readonly database: Database) {}

  async insert(transaction: Queryable, workspaceId: string, invitation: NewInvitation): Promise<InvitationRow> {
    const { id, lookupId, hash, role, maxUses, createdBy, expiresAt } = invitation;
    const values = [workspaceId, id, lookupId, hash, role, maxUses, createdBy, expiresAt];
    const [row] = await transaction.query<InvitationRow>(INSERT, values);
    return row ?? { ...invitation, uses: 0, createdAt: new Date() };
  }

  /** Those that still let somebody in, in order of creation, after the invitation `after`. */
  page(workspaceId: string, limit: number, after?: string): Promise<InvitationRow[]> {
    return this.database.query(PAGE, [workspaceId, after ?? null, limit]);
  }

  /** @returns whether there was one to revoke */
  async revoke(transaction: Queryable, workspaceId: string, id: string): Promise<boolean> {
    return (await transaction.query(REVOKE, [workspaceId, id])).length > 0;
  }

  /** The invitations with a lookup id that let the user in now, until the transaction ends. */
  lockOpen(transaction: Queryable, lookupId: string, userId: string): Promise<OpenInvitation[]> {
    return transaction.query(LOCK_OPEN, [lookupId, userId]);
  }

  /** Makes the user a member, which uses the invitation; who is one already stays what they are. */
  async accept(
    transaction: Queryable,
    { workspaceId, id, role }: OpenInvitation,
    userId: string,
  ): Promise<MembershipRow | undefined> {
    const [joined] = await transaction.query<MembershipRow>(JOIN, [workspaceId, userId, role]);
    if (joined) await transaction.query(USE, [workspaceId, id]);
    return joined ?? (await transaction.query<MembershipRow>(MEMBER, [workspaceId, userId]))[0];
  }
}
