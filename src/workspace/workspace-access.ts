import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/database.js';
import { isGuest, type Principal } from '../auth/principal.js';
import { isUuid } from '../edge/uuid.js';
import { CodedError } from '../errors/coded-error.js';
import type { PiiPolicy } from './pii-policy.js';
import { mayPost, type Standing } from './role.js';
import {
  type AccessRow,
  type Entry,
  type EntryRow,
  type Found,
  WorkspaceAccessStore,
} from './workspace-access.store.js';

/** What one caller is and may do in one workspace. */
export interface WorkspaceAccess {
  readonly workspaceId: string;
  readonly defaultChatId: string;
  readonly policy: PiiPolicy;
  /** Which state of the workspace's own patterns holds; 0: it never had any. */
  readonly patternsRevision: number;
  readonly standing: Standing;
  /** The grant of the member; it counts only together with the scope `pii:rehydrate`. */
  readonly piiAccess: boolean;
  /** Reads, and writes nothing for the time being. */
  readonly muted: boolean;
}

/** Somebody who may come in. */
export interface Entrance {
  readonly access: WorkspaceAccess;
  readonly displayName: string;
}

const GUEST_NAME = 'Guest';

/** Pure: what a row of the store means. Undefined where the workspace is not visible to the caller. */
export function accessOf(row: AccessRow | undefined): WorkspaceAccess | undefined {
  if (!row) return undefined;
  const standing = row.role ?? (row.visibility === 'public' ? 'visitor' : undefined);
  if (!standing) return undefined;
  const { workspaceId, defaultChatId, policy, patternsRevision, piiAccess, muted } = row;
  return { workspaceId, defaultChatId, policy, patternsRevision, standing, piiAccess, muted };
}

/** The narrow question that other rooms ask of this one. */
@Injectable()
export class WorkspaceAccesses {
  constructor(private readonly store: WorkspaceAccessStore) {}

  /** Undefined where the workspace does not exist or is not visible to the principal. */
  async find(principal: Principal, workspaceId: string): Promise<WorkspaceAccess | undefined> {
    return isUuid(workspaceId) ? accessOf(await this.store.find(workspaceId, principal.userId)) : undefined;
  }

  /** As `find`, of a row that another room read with `ACCESS_COLUMNS`. */
  ofRow(row: Found<AccessRow> | undefined): WorkspaceAccess | undefined {
    return row && accessOf(this.store.read(row));
  }

  /** @throws CodedError `workspace_not_found`; `unauthenticated` for the guest, who learns nothing about ids */
  async require(principal: Principal, workspaceId: string): Promise<WorkspaceAccess> {
    return visible(principal, await this.find(principal, workspaceId));
  }

  /** Whether all of these users, each named once, are members. */
  areMembers(workspaceId: string, userIds: readonly string[]): Promise<boolean> {
    return this.store.areMembers(workspaceId, userIds);
  }

  /** As `ofRow`, of a row that was read with `ENTRY_OF`. */
  entranceOf(row: Found<EntryRow> | undefined): Entrance | undefined {
    const access = this.ofRow(row);
    return access && { access, displayName: row?.displayName ?? GUEST_NAME };
  }

  /**
   * As `find`, in the order of the sessions, and one object for all with the same rights: they keep what they are given.
   * Undefined also where the user is gone, the credential was revoked or has expired, or all was ended since.
   */
  async findMany(sessions: readonly Entry[]): Promise<(WorkspaceAccess | undefined)[]> {
    const found: (WorkspaceAccess | undefined)[] = sessions.map(() => undefined);
    for (const row of await this.store.findMany(sessions)) {
      const access = accessOf(row);
      for (const place of row.places) found[place] = access;
    }
    return found;
  }

  /**
   * Marks in a transaction that the patterns of a workspace change. No other change of them goes on until it ends.
   * @throws CodedError `workspace_not_found`
   */
  async advancePatterns(transaction: Queryable, workspaceId: string): Promise<void> {
    if (!(await this.store.advancePatterns(transaction, workspaceId))) throw new CodedError('workspace_not_found');
  }
}

/** @throws CodedError `workspace_not_found`; `unauthenticated` for the guest, who learns nothing about ids */
export function visible(principal: Principal, access: WorkspaceAccess | undefined): WorkspaceAccess {
  if (!access) throw new CodedError(isGuest(principal) ? 'unauthenticated' : 'workspace_not_found');
  return access;
}

/** @throws CodedError `forbidden` for readers and for those who are muted */
export function requireMayPost({ standing, muted }: WorkspaceAccess): void {
  if (!mayPost(standing)) throw new CodedError('forbidden');
  if (muted) throw new CodedError('forbidden', { reason: 'muted' });
}

/** Whether originals from the vault may be shown: the grant of the member and the scope of the key, both. */
export const maySeeOriginals = (principal: Principal, access: WorkspaceAccess): boolean =>
  access.piiAccess && principal.scopes.has('pii:rehydrate');
