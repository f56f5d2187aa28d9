import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { AccessChanges } from '../../auth/access-changes.js';
import { createSecret, hashSecret, parseSecret, sameHash } from '../../config/checked-secret.js';
import type { KeepAnswer } from '../../auth/answer-keeper.js';
import type { Principal } from '../../auth/principal.js';
import { RateLimits } from '../../auth/rate-limits.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { futureTime } from '../../edge/future-time.js';
import { idOfCursor, type Page, toPage } from '../../edge/page.js';
import { isUuid } from '../../edge/uuid.js';
import { CodedError } from '../../errors/coded-error.js';
import { ModerationLog } from '../moderation/moderation-log.js';
import { mayAdminister } from '../role.js';
import { WorkspaceAccesses } from '../workspace-access.js';
import {
  type CreatedInvitationDto,
  type CreateInvitationDto,
  InvitationDto,
  type MembershipDto,
} from './invitation.dto.js';
import { InvitationStore } from './invitation.store.js';

const PREFIX = 'cki_';
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 7;
const MOST_DAYS = 30;

/** Links by which people become members: the token in them is shown once, and stored as a keyed hash alone. */
@Injectable()
export class InvitationsService {
  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly accesses: WorkspaceAccesses,
    private readonly invitations: InvitationStore,
    private readonly log: ModerationLog,
    private readonly limits: RateLimits,
    private readonly changes: AccessChanges,
  ) {}

  async create(
    principal: Principal,
    workspaceId: string,
    request: CreateInvitationDto,
    keepAnswer: KeepAnswer,
  ): Promise<CreatedInvitationDto> {
    await this.requireAdministrator(principal, workspaceId);
    const { text: token, lookupId } = createSecret(PREFIX);
    const invitation = {
      id: uuidv7(),
      lookupId,
      hash: hashSecret(token, this.config.apiKeySecret),
      role: request.role,
      maxUses: request.maxUses ?? 1,
      createdBy: principal.userId,
      expiresAt: endOf(request.expiresAt),
    };
    return this.database.transaction(async (transaction) => {
      const details = {
        invitationId: invitation.id,
        role: invitation.role,
        expiresAt: invitation.expiresAt.toISOString(),
      };
      const entry = { action: 'invitation_created', actorId: principal.userId, userId: null, details } as const;
      await this.log.append(transaction, workspaceId, entry);
      const row = await this.invitations.insert(transaction, workspaceId, invitation);
      const created = Object.assign(InvitationDto.of(row), { token });
      await keepAnswer(transaction, created);
      return created;
    });
  }

  async list(principal: Principal, workspaceId: string, limit: number, cursor?: string): Promise<Page<InvitationDto>> {
    await this.requireAdministrator(principal, workspaceId);
    const rows = await this.invitations.page(workspaceId, limit + 1, idOfCursor('invitations', cursor));
    return toPage('invitations', rows, limit, InvitationDto.of);
  }

  /** One that has ended, or was never there, is no fault: it lets nobody in. */
  async revoke(principal: Principal, workspaceId: string, id: string): Promise<void> {
    await this.requireAdministrator(principal, workspaceId);
    if (!isUuid(id)) throw new CodedError('not_found');
    await this.database.transaction(async (transaction) => {
      if (!(await this.invitations.revoke(transaction, workspaceId, id))) return;
      const details = { invitationId: id };
      const entry = { action: 'invitation_revoked', actorId: principal.userId, userId: null, details } as const;
      await this.log.append(transaction, workspaceId, entry);
    });
  }

  /**
   * Unknown, wrong, expired, revoked, used up and banned look the same, and count as wrong credentials of the address.
   * @throws CodedError `invitation_invalid`, `too_many_failures`
   */
  async accept({ userId }: Principal, address: string, token: string): Promise<MembershipDto> {
    this.limits.hear(address);
    const lookupId = parseSecret(token, PREFIX)?.lookupId;
    const membership = lookupId === undefined ? undefined : await this.join(userId, token, lookupId);
    if (!membership) {
      this.limits.fail(address);
      throw new CodedError('invitation_invalid');
    }
    return membership;
  }

  private async join(userId: string, token: string, lookupId: string): Promise<MembershipDto | undefined> {
    const hash = hashSecret(token, this.config.apiKeySecret);
    const membership = await this.database.transaction(async (transaction) => {
      const open = (await this.invitations.lockOpen(transaction, lookupId, userId)).find((one) =>
        sameHash(one.hash, hash),
      );
      const member = open && (await this.invitations.accept(transaction, open, userId));
      if (!open || !member) return undefined;
      const { joined, ...rest } = member;
      if (joined) {
        const details = { invitationId: open.id, role: member.role };
        const entry = { action: 'invitation_accepted', actorId: userId, userId, details } as const;
        await this.log.append(transaction, open.workspaceId, entry);
      }
      return { ...rest, workspaceId: open.workspaceId, userId, createdAt: rest.createdAt.toISOString() };
    });
    if (membership) this.changes.announce({ workspaceId: membership.workspaceId, userId });
    return membership;
  }

  private async requireAdministrator(principal: Principal, workspaceId: string): Promise<void> {
    const { standing } = await this.accesses.require(principal, workspaceId);
    if (!mayAdminister(standing)) throw new CodedError('forbidden');
  }
}

/** @throws CodedError `validation_failed` */
function endOf(expiresAt: string | undefined): Date {
  if (expiresAt === undefined) return new Date(Date.now() + DEFAULT_DAYS * DAY_MS);
  const end = futureTime(expiresAt, 'expiresAt');
  if (end.getTime() > Date.now() + MOST_DAYS * DAY_MS) {
    throw new CodedError('validation_failed', { fields: ['expiresAt'] });
  }
  return end;
}
