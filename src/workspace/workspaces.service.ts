import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AccessChanges } from '../auth/access-changes.js';
import type { KeepAnswer } from '../auth/answer-keeper.js';
import type { Principal } from '../auth/principal.js';
import { idOfCursor, type Page, toPage } from '../edge/page.js';
import { within } from '../database/database.js';
import { CodedError } from '../errors/coded-error.js';
import { MemberStore } from './member.store.js';
import { DEFAULT_POLICY, type PiiPolicy } from './pii-policy.js';
import type { PiiPolicyDto } from './pii-policy.dto.js';
import { WorkspaceAccesses } from './workspace-access.js';
import { type CreateWorkspaceDto, type UpdateWorkspaceDto, WorkspaceDto } from './workspace.dto.js';
import type { Visibility } from './workspace.entity.js';
import { WorkspaceLifecycle } from './workspace-lifecycle.js';
import { WorkspaceStore } from './workspace.store.js';

@Injectable()
export class WorkspacesService {
  constructor(
    private readonly workspaces: WorkspaceStore,
    private readonly members: MemberStore,
    private readonly accesses: WorkspaceAccesses,
    private readonly lifecycle: WorkspaceLifecycle,
    private readonly changes: AccessChanges,
  ) {}

  async create(principal: Principal, request: CreateWorkspaceDto, keepAnswer: KeepAnswer): Promise<WorkspaceDto> {
    return this.workspaces.transaction(async (transaction) => {
      const workspace = await this.workspaces.insert(transaction, {
        id: uuidv7(),
        name: request.name,
        visibility: visibilityOf(request) ?? 'private',
        piiPolicy: mergePolicy(DEFAULT_POLICY, request.piiPolicy),
        defaultChatId: uuidv7(),
      });
      await this.members.add(transaction, workspace.id, principal.userId, 'owner');
      await this.lifecycle.created(transaction, workspace);
      await this.checkTypes(transaction, workspace.id, request.piiPolicy);
      const created = WorkspaceDto.of(workspace);
      await keepAnswer(await within(transaction), created);
      return created;
    });
  }

  async list(principal: Principal, limit: number, cursor?: string): Promise<Page<WorkspaceDto>> {
    const rows = await this.workspaces.ofMember(principal.userId, limit + 1, idOfCursor('workspaces', cursor));
    return toPage('workspaces', rows, limit, WorkspaceDto.of);
  }

  async get(principal: Principal, id: string): Promise<WorkspaceDto> {
    await this.accesses.require(principal, id);
    const workspace = await this.workspaces.find(id);
    if (!workspace) throw new CodedError('workspace_not_found');
    return WorkspaceDto.of(workspace);
  }

  async update(principal: Principal, id: string, request: UpdateWorkspaceDto): Promise<WorkspaceDto> {
    await this.requireOwner(principal, id);
    const visibility = visibilityOf(request);
    const finish = await this.workspaces.transaction(async (transaction) => {
      const present = (await this.workspaces.lock(transaction, id))?.piiPolicy;
      if (!present) throw new CodedError('workspace_not_found');
      await this.checkTypes(transaction, id, request.piiPolicy);
      const piiPolicy = request.piiPolicy && mergePolicy(present, request.piiPolicy);
      await this.workspaces.update(transaction, id, {
        ...(request.name !== undefined && { name: request.name }),
        ...(visibility && { visibility }),
        ...(piiPolicy && { piiPolicy }),
      });
      const closes = present.vault && piiPolicy?.vault === false;
      return closes ? this.lifecycle.vaultClosed(transaction, id) : undefined;
    });
    finish?.();
    this.changes.announce({ workspaceId: id });
    return this.get(principal, id);
  }

  async delete(principal: Principal, id: string): Promise<void> {
    await this.requireOwner(principal, id);
    await this.workspaces.transaction(async (transaction) => {
      await this.workspaces.markDeleted(transaction, id);
      await this.lifecycle.deleted(transaction, id);
    });
    this.changes.announce({ workspaceId: id });
  }

  /** A type that was kept before counts no more where the change does not speak of types. */
  private async checkTypes(transaction: EntityManager, id: string, policy: PiiPolicyDto | undefined): Promise<void> {
    if (Array.isArray(policy?.types)) await this.lifecycle.typesChosen(transaction, id, policy.types);
  }

  private async requireOwner(principal: Principal, id: string) {
    const access = await this.accesses.require(principal, id);
    if (access.standing !== 'owner') throw new CodedError('forbidden');
    return access;
  }
}

function visibilityOf(request: { visibility?: Visibility; public?: boolean }): Visibility | undefined {
  if (request.public === undefined) return request.visibility;
  if (request.visibility !== undefined) throw new CodedError('validation_failed', { fields: ['visibility', 'public'] });
  return request.public ? 'public' : 'private';
}

/** Members of the change that are left out keep their value; null takes theirs away. */
function mergePolicy(present: PiiPolicy, change: PiiPolicyDto | undefined): PiiPolicy {
  const stated = Object.entries(change ?? {}).filter(([, value]) => value !== undefined);
  const merged = Object.entries({ ...present, ...Object.fromEntries<unknown>(stated) });
  return Object.fromEntries(merged.filter(([, value]) => value !== null)) as unknown as PiiPolicy;
}
