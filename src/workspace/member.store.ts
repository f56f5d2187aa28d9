import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, Repository } from 'typeorm';
import { storing } from '../database/database-error.js';
import { within } from '../database/database.js';
import { CodedError } from '../errors/coded-error.js';
import { Member } from './member.entity.js';
import { type ModerationEntry, ModerationLog } from './moderation/moderation-log.js';
import type { Role } from './role.js';

/** Owners of the workspaces that one user owns, that user among them. */
const OWNERS_BESIDE = `
  SELECT m.workspace_id, m.user_id FROM members m
    JOIN workspaces w ON w.id = m.workspace_id AND w.deleted_at IS NULL
   WHERE m.role = 'owner'
     AND m.workspace_id IN (SELECT workspace_id FROM members WHERE user_id = $1 AND role = 'owner')
   ORDER BY m.workspace_id, m.user_id FOR UPDATE OF m`;

@Injectable()
export class MemberStore {
  constructor(
    @InjectRepository(Member) private readonly members: Repository<Member>,
    private readonly log: ModerationLog,
  ) {}

  async add(transaction: EntityManager, workspaceId: string, userId: string, role: Role): Promise<void> {
    await transaction.insert(Member, { workspaceId, userId, role, piiAccess: false });
  }

  /**
   * Ends all memberships of a user, together with `work`, each on record in its workspace. Owners of the same workspaces are locked, so that two removals at
   * once cannot take the last two.
   * @throws CodedError `conflict` while the user is the last owner of a workspace
   */
  async leaveAll(userId: string, actorId: string, work: (transaction: EntityManager) => Promise<void>): Promise<void> {
    await storing(
      this.members.manager.transaction(async (transaction) => {
        const owners = await transaction.query<{ workspace_id: string; user_id: string }[]>(OWNERS_BESIDE, [userId]);
        const kept = new Set(owners.filter((owner) => owner.user_id !== userId).map((owner) => owner.workspace_id));
        if (owners.some((owner) => !kept.has(owner.workspace_id))) {
          throw new CodedError('conflict', { reason: 'last_owner' });
        }
        await this.log.appendToAllOf(await within(transaction), { action: 'user_removed', actorId, userId });
        await transaction.delete(Member, { userId });
        await work(transaction);
      }),
    );
  }

  async ofWorkspace(workspaceId: string, limit: number, after?: string): Promise<Member[]> {
    return storing(
      this.members.find({
        where: { workspaceId, ...(after && { userId: MoreThan(after) }) },
        order: { userId: 'ASC' },
        take: limit,
      }),
    );
  }

  /**
   * Decides and writes with the members of the workspace locked, so that two changes at once cannot remove the last
   * owner together.
   * @param entry for the log of moderation
   * @param decide sees the present member and the number of owners; returns the new state, or undefined to remove
   */
  change(
    workspaceId: string,
    userId: string,
    decide: (present: Member | null, owners: number) => { role: Role; piiAccess: boolean } | undefined,
    entry: ModerationEntry,
  ): Promise<Member | null> {
    return storing(
      this.members.manager.transaction(async (transaction) => {
        const all = await transaction.find(Member, {
          where: [
            { workspaceId, role: 'owner' },
            { workspaceId, userId },
          ],
          order: { userId: 'ASC' },
          lock: { mode: 'pessimistic_write' },
        });
        const present = all.find((member) => member.userId === userId) ?? null;
        const wanted = decide(present, all.filter((member) => member.role === 'owner').length);
        await this.log.append(await within(transaction), workspaceId, entry);
        if (!wanted) {
          await transaction.delete(Member, { workspaceId, userId });
          return null;
        }
        await transaction.upsert(Member, { workspaceId, userId, ...wanted }, ['workspaceId', 'userId']);
        return transaction.findOneByOrFail(Member, { workspaceId, userId });
      }),
    );
  }
}
