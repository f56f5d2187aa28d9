import { Injectable } from '@nestjs/common';
import { isUuid } from '../edge/uuid.js';
import { CodedError } from '../errors/coded-error.js';
import type { Principal } from './principal.js';
import { UserStore } from './user.store.js';

/** Decides whether a caller sees what belongs to a user: keys and sessions. */
@Injectable()
export class UserAccesses {
  constructor(private readonly users: UserStore) {}

  /**
   * Oneself, or anybody with the scope `admin`.
   * @throws CodedError `user_not_found` also where the user is somebody else's business
   */
  async require(principal: Principal, userId: string): Promise<void> {
    if (userId === principal.userId) return;
    if (!principal.scopes.has('admin') || !isUuid(userId) || !(await this.users.find(userId))) {
      throw new CodedError('user_not_found');
    }
  }
}
