import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, Repository } from 'typeorm';
import { storing } from '../database/database-error.js';
import { Workspace } from './workspace.entity.js';

@Injectable()
export class WorkspaceStore {
  constructor(@InjectRepository(Workspace) private readonly workspaces: Repository<Workspace>) {}

  /** Runs work that touches several tables in one transaction. */
  transaction<T>(work: (transaction: EntityManager) => Promise<T>): Promise<T> {
    return storing(this.workspaces.manager.transaction(work));
  }

  async insert(
    transaction: EntityManager,
    workspace: Pick<Workspace, 'id' | 'name' | 'visibility' | 'piiPolicy' | 'defaultChatId'>,
  ): Promise<Workspace> {
    const row = transaction.create(Workspace, { ...workspace, deletedAt: null });
    await transaction.insert(Workspace, row);
    return row;
  }

  async find(id: string): Promise<Workspace | undefined> {
    return (await storing(this.workspaces.findOneBy({ id, deletedAt: IsNull() }))) ?? undefined;
  }

  /** Workspaces of a member in order of creation, after the workspace `after`. */
  async ofMember(userId: string, limit: number, after?: string): Promise<Workspace[]> {
    const query = this.workspaces
      .createQueryBuilder('w')
      .innerJoin('members', 'm', 'm.workspace_id = w.id AND m.user_id = :userId', { userId })
      .where('w.deleted_at IS NULL')
      .andWhere(
        `NOT EXISTS (SELECT FROM restrictions r WHERE r.workspace_id = w.id AND r.user_id = :userId AND r.kind = 'ban'
                        AND (r.expires_at IS NULL OR r.expires_at > now()))`,
      )
      .orderBy('w.id')
      .limit(limit);
    if (after !== undefined) query.andWhere('w.id > :after', { after });
    return storing(query.getMany());
  }

  /** The workspace as it is until the transaction ends. */
  async lock(transaction: EntityManager, id: string): Promise<Workspace | undefined> {
    const where = { id, deletedAt: IsNull() };
    return (await transaction.findOne(Workspace, { where, lock: { mode: 'pessimistic_write' } })) ?? undefined;
  }

  async update(
    transaction: EntityManager,
    id: string,
    change: Partial<Pick<Workspace, 'name' | 'visibility' | 'piiPolicy'>>,
  ): Promise<void> {
    await transaction.update(Workspace, { id }, change);
  }

  async markDeleted(transaction: EntityManager, id: string): Promise<void> {
    await transaction.update(Workspace, { id }, { deletedAt: new Date() });
  }
}
