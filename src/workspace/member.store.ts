import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, Repository } from 'typeorm';
import { storing } from '../database/database-error.js';
import { Member } from './member.entity.js';
import type { Role } from './role.js';

@Injectable()
export class MemberStore {
  constructor(@InjectRepository(Member) private readonly members: Repository<Member>) {}

  async add(transaction: EntityManager, workspaceId: string, userId: string, role: Role): Promise<void> {
    await transaction.insert(Member, { workspaceId, userId, role, piiAccess: false });
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
   * @param decide sees the present member and the number of owners; returns the new state, or undefined to remove
   */
  change(
    workspaceId: string,
    userId: string,
    decide: (present: Member | null, owners: number) => { role: Role; piiAccess: boolean } | undefined,
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
