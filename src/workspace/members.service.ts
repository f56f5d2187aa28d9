import { Injectable } from '@nestjs/common';
import { AccessChanges } from '../auth/access-changes.js';
import type { Principal } from '../auth/principal.js';
import { UserStore } from '../auth/user.store.js';
import { idOfCursor, type Page, toPage } from '../edge/page.js';
import { isUuid } from '../edge/uuid.js';
import { CodedError } from '../errors/coded-error.js';
import type { Member } from './member.entity.js';
import { MemberStore } from './member.store.js';
import { mayAdminister, type Standing } from './role.js';
import { WorkspaceAccesses } from './workspace-access.js';
import type { MemberDto, PutMemberDto } from './workspace.dto.js';

@Injectable()
export class MembersService {
  constructor(
    private readonly accesses: WorkspaceAccesses,
    private readonly members: MemberStore,
    private readonly users: UserStore,
    private readonly changes: AccessChanges,
  ) {}

  async list(principal: Principal, workspaceId: string, limit: number, cursor?: string): Promise<Page<MemberDto>> {
    await this.requireAdministrator(principal, workspaceId);
    const rows = await this.members.ofWorkspace(workspaceId, limit + 1, idOfCursor('members', cursor));
    return toPage(
      'members',
      rows.map((member) => ({ id: member.userId, member })),
      limit,
      ({ member }) => toDto(member),
    );
  }

  /** @throws CodedError `forbidden` when an admin touches an owner or makes one; `conflict` for the last owner */
  async put(principal: Principal, workspaceId: string, userId: string, request: PutMemberDto): Promise<MemberDto> {
    const standing = await this.requireAdministrator(principal, workspaceId);
    if (!isUuid(userId) || !(await this.users.find(userId))) throw new CodedError('user_not_found');
    const decide = (present: Member | null, owners: number) => {
      requireMayTouch(standing, present, request.role === 'owner');
      if (present?.role === 'owner' && request.role !== 'owner') requireAnotherOwner(owners);
      return { role: request.role, piiAccess: request.piiAccess ?? present?.piiAccess ?? false };
    };
    const { role, piiAccess } = request;
    const details = { role, ...(piiAccess !== undefined && { piiAccess }) };
    const entry = { actorId: principal.userId, userId, details };
    const member = await this.members.change(workspaceId, userId, decide, { action: 'member_set', ...entry });
    this.changes.announce({ workspaceId, userId });
    if (!member) throw new CodedError('internal');
    return toDto(member);
  }

  /** Administrators remove others; everybody may leave. */
  async remove(principal: Principal, workspaceId: string, userId: string): Promise<void> {
    const { standing } = await this.accesses.require(principal, workspaceId);
    if (principal.userId !== userId && !mayAdminister(standing)) throw new CodedError('forbidden');
    if (!isUuid(userId)) throw new CodedError('user_not_found');
    const decide = (present: Member | null, owners: number) => {
      if (!present) throw new CodedError('user_not_found');
      if (principal.userId !== userId) requireMayTouch(standing, present, false);
      if (present.role === 'owner') requireAnotherOwner(owners);
      return undefined;
    };
    const entry = { actorId: principal.userId, userId, details: {} };
    await this.members.change(workspaceId, userId, decide, { action: 'member_removed', ...entry });
    this.changes.announce({ workspaceId, userId });
  }

  private async requireAdministrator(principal: Principal, workspaceId: string): Promise<Standing> {
    const { standing } = await this.accesses.require(principal, workspaceId);
    if (!mayAdminister(standing)) throw new CodedError('forbidden');
    return standing;
  }
}

/** Owners are made and changed by owners only. */
function requireMayTouch(standing: Standing, present: Member | null, makesOwner: boolean): void {
  if (standing !== 'owner' && (present?.role === 'owner' || makesOwner)) throw new CodedError('forbidden');
}

function requireAnotherOwner(owners: number): void {
  if (owners < 2) throw new CodedError('conflict', { reason: 'last_owner' });
}

const toDto = (member: Member): MemberDto => ({
  userId: member.userId,
  role: member.role,
  piiAccess: member.piiAccess,
  createdAt: member.createdAt.toISOString(),
});
