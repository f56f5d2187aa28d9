import { Injectable } from '@nestjs/common';
import { AccessChanges } from '../../auth/access-changes.js';
import { GUEST_ID, type Principal } from '../../auth/principal.js';
import { UserStore } from '../../auth/user.store.js';
import { Database } from '../../database/database.js';
import { futureTime } from '../../edge/future-time.js';
import { idOfCursor, type Page, toPage } from '../../edge/page.js';
import { isUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import { mayAdminister, type Role, type Standing } from '../role.js';
import { WorkspaceAccesses } from '../workspace-access.js';
import { ModerationEntryDto, type RestrictDto, RestrictionDto } from './moderation.dto.js';
import { ModerationLog } from './moderation-log.js';
import { type RestrictionKind, RestrictionStore } from './restriction.store.js';

/** Bans and mutes, of members and of whoever else a public workspace lets in. */
@Injectable()
export class ModerationService {
  constructor(
    private readonly database: Database,
    private readonly accesses: WorkspaceAccesses,
    private readonly users: UserStore,
    private readonly restrictions: RestrictionStore,
    private readonly log: ModerationLog,
    private readonly changes: AccessChanges,
  ) {}

  /** @throws CodedError `forbidden` for oneself and for those whom the caller may not touch; `user_not_found` */
  async restrict(
    kind: RestrictionKind,
    principal: Principal,
    workspaceId: string,
    userId: string,
    { expiresAt, reason }: RestrictDto,
  ): Promise<RestrictionDto> {
    const standing = await this.requireAdministrator(principal, workspaceId);
    const end = expiresAt === undefined ? null : futureTime(expiresAt, 'expiresAt');
    // Guests have one id between them: they are silenced together or not at all.
    if (!isUuid(userId) || (userId !== GUEST_ID && !(await this.users.find(userId)))) {
      throw new CodedError('user_not_found');
    }
    if (userId === principal.userId) throw new CodedError('forbidden');
    const row = await this.database.transaction(async (transaction) => {
      requireMayTouch(standing, await this.restrictions.roleOf(transaction, workspaceId, userId));
      const restriction = { userId, createdBy: principal.userId, expiresAt: end };
      const details = { expiresAt: end?.toISOString() ?? null, ...(reason !== undefined && { reason }) };
      await this.log.append(transaction, workspaceId, { action: kind, actorId: principal.userId, userId, details });
      return this.restrictions.set(transaction, kind, workspaceId, restriction);
    });
    this.changes.announce({ workspaceId, userId });
    return RestrictionDto.of(row);
  }

  /** Nothing to lift is no fault. */
  async lift(kind: RestrictionKind, principal: Principal, workspaceId: string, userId: string): Promise<void> {
    const standing = await this.requireAdministrator(principal, workspaceId);
    if (!isUuid(userId)) throw new CodedError('user_not_found');
    await this.database.transaction(async (transaction) => {
      requireMayTouch(standing, await this.restrictions.roleOf(transaction, workspaceId, userId));
      if (!(await this.restrictions.lift(transaction, kind, workspaceId, userId))) return;
      const entry = { action: `${kind}_lifted`, actorId: principal.userId, userId, details: {} } as const;
      await this.log.append(transaction, workspaceId, entry);
    });
    this.changes.announce({ workspaceId, userId });
  }

  async list(
    kind: RestrictionKind,
    principal: Principal,
    workspaceId: string,
    limit: number,
    cursor?: string,
  ): Promise<Page<RestrictionDto>> {
    await this.requireAdministrator(principal, workspaceId);
    const rows = await this.restrictions.page(kind, workspaceId, limit + 1, idOfCursor(kind, cursor));
    return toPage(
      kind,
      rows.map((row) => ({ id: row.userId, row })),
      limit,
      ({ row }) => RestrictionDto.of(row),
    );
  }

  async readLog(
    principal: Principal,
    workspaceId: string,
    limit: number,
    cursor?: string,
  ): Promise<Page<ModerationEntryDto>> {
    await this.requireAdministrator(principal, workspaceId);
    const rows = await this.log.page(workspaceId, limit + 1, idOfCursor('moderation-log', cursor));
    return toPage('moderation-log', rows, limit, ModerationEntryDto.of);
  }

  private async requireAdministrator(principal: Principal, workspaceId: string): Promise<Standing> {
    const { standing } = await this.accesses.require(principal, workspaceId);
    if (!mayAdminister(standing)) throw new CodedError('forbidden');
    return standing;
  }
}

/** Owners are out of reach, admins are within that of owners. */
function requireMayTouch(standing: Standing, role: Role | undefined): void {
  if (role === 'owner' || (role === 'admin' && standing !== 'owner')) throw new CodedError('forbidden');
}
