import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessChanges } from '../../auth/access-changes.js';
import type { Principal } from '../../auth/principal.js';
import { Database, within } from '../../database/database.js';
import { CodedError } from '../../errors/coded-error.js';
import { mayAdminister } from '../../workspace/role.js';
import { WorkspaceAccesses } from '../../workspace/workspace-access.js';
import { WorkspaceLifecycle, type WorkspaceParticipant } from '../../workspace/workspace-lifecycle.js';
import { isDetectableName } from '../entity-type.js';
import { checkPattern, isUsable, type TenantPattern } from './tenant-pattern.js';
import type { TenantPatternDto, TenantPatternListDto } from './tenant-pattern.dto.js';
import { type TenantPatternRow, TenantPatternStore } from './tenant-pattern.store.js';

const MAX_PATTERNS = 16;

/** What owners and admins do with the recognizers of their workspace. */
@Injectable()
export class TenantPatterns implements OnModuleInit, WorkspaceParticipant {
  constructor(
    private readonly accesses: WorkspaceAccesses,
    private readonly database: Database,
    private readonly store: TenantPatternStore,
    private readonly changes: AccessChanges,
    private readonly lifecycle: WorkspaceLifecycle,
  ) {}

  onModuleInit(): void {
    this.lifecycle.join(this);
  }

  async onWorkspaceDeleted(transaction: EntityManager, workspaceId: string): Promise<void> {
    await this.store.deleteAll(await within(transaction), workspaceId);
  }

  async list(principal: Principal, workspaceId: string): Promise<TenantPatternListDto> {
    await this.requireAdministrator(principal, workspaceId);
    return { items: (await this.store.ofWorkspace(workspaceId)).map(toDto) };
  }

  /** @throws CodedError `pattern_refused` for one that cannot run, or too many of them */
  async put(principal: Principal, workspaceId: string, wanted: TenantPattern): Promise<TenantPatternDto> {
    await this.requireAdministrator(principal, workspaceId);
    if (!isDetectableName(wanted.type)) throw new CodedError('validation_failed', { fields: ['type'] });
    const pattern = { ...wanted, context: wanted.context.map((word) => word.toLowerCase()) };
    checkPattern(pattern);
    const row = await this.database.transaction(async (transaction) => {
      // Locks the workspace: two calls at once cannot go over the limit together.
      await this.accesses.advancePatterns(transaction, workspaceId);
      const saved = await this.store.put(transaction, workspaceId, pattern);
      const all = await this.store.ofWorkspace(workspaceId, transaction);
      if (all.length > MAX_PATTERNS) throw new CodedError('pattern_refused', { reason: 'too_many' });
      return saved;
    });
    if (!row) throw new CodedError('internal');
    this.changes.announce({ workspaceId });
    return toDto(row);
  }

  async delete(principal: Principal, workspaceId: string, type: string): Promise<void> {
    await this.requireAdministrator(principal, workspaceId);
    // What no type can be called, such as a name with NUL, is nothing to ask the database for.
    if (!isDetectableName(type)) throw new CodedError('not_found');
    await this.database.transaction(async (transaction) => {
      await this.accesses.advancePatterns(transaction, workspaceId);
      if (!(await this.store.delete(transaction, workspaceId, type))) throw new CodedError('not_found');
    });
    this.changes.announce({ workspaceId });
  }

  private async requireAdministrator(principal: Principal, workspaceId: string): Promise<void> {
    const { standing } = await this.accesses.require(principal, workspaceId);
    if (!mayAdminister(standing)) throw new CodedError('forbidden');
  }
}

const toDto = (row: TenantPatternRow): TenantPatternDto => ({
  ...row,
  usable: isUsable(row),
  updatedAt: row.updatedAt.toISOString(),
});
