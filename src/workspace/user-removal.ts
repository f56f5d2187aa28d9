import { Injectable } from '@nestjs/common';
import { AccessChanges } from '../auth/access-changes.js';
import type { Principal } from '../auth/principal.js';
import { UserStore } from '../auth/user.store.js';
import { isUuid } from '../edge/uuid.js';
import { CodedError } from '../errors/coded-error.js';
import { MemberStore } from './member.store.js';

/** Takes users out: them, their keys and their memberships at once. Their messages stay where they are. */
@Injectable()
export class UserRemoval {
  constructor(
    private readonly members: MemberStore,
    private readonly users: UserStore,
    private readonly changes: AccessChanges,
  ) {}

  /** @throws CodedError `user_not_found`; `conflict` for oneself, and for the last owner of a workspace */
  async remove(principal: Principal, userId: string): Promise<void> {
    if (userId === principal.userId) throw new CodedError('conflict', { reason: 'oneself' });
    if (!isUuid(userId)) throw new CodedError('user_not_found');
    await this.members.leaveAll(userId, principal.userId, (transaction) => this.users.remove(userId, transaction));
    this.changes.announce({ userId });
  }
}
