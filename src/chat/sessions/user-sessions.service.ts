import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AccessChanges } from '../../auth/access-changes.js';
import type { Principal } from '../../auth/principal.js';
import { UserAccesses } from '../../auth/user-accesses.js';
import { UserStore } from '../../auth/user.store.js';
import { Config } from '../../config/config.js';
import { idOfCursor, type Page, toPage } from '../../edge/page.js';
import { CodedError } from '../../errors/coded-error.js';
import { SecurityLog } from '../../logging/security-log.js';
import { isSessionId } from '../socket/session-id.js';
import { SessionStore } from './session.store.js';
import { UserSessionDto } from './user-session.dto.js';

/** What a user sees of the own sessions on all nodes, and how they are ended. */
@Injectable()
export class UserSessions {
  constructor(
    private readonly config: Config,
    private readonly accesses: UserAccesses,
    private readonly users: UserStore,
    private readonly sessions: SessionStore,
    private readonly changes: AccessChanges,
    private readonly security: SecurityLog,
  ) {}

  /** @throws CodedError `user_not_found` also where the user is somebody else's business */
  async list(principal: Principal, userId: string, limit: number, cursor?: string): Promise<Page<UserSessionDto>> {
    await this.accesses.require(principal, userId);
    const after = idOfCursor('sessions', cursor, isSessionId) ?? '';
    return toPage('sessions', await this.sessions.ofUser(userId, after, limit + 1), limit, UserSessionDto.of);
  }

  /**
   * Ends one session. Whether there is it is not told: it may be so new that its node has not written it yet.
   * @throws CodedError `user_not_found` also where the user is somebody else's business
   */
  async end(principal: Principal, userId: string, id: string): Promise<void> {
    await this.accesses.require(principal, userId);
    if (!isSessionId(id)) throw new CodedError('validation_failed', { fields: ['sessionId'] });
    await this.sessions.end({ userId, id }, this.config.sessionSeconds);
    this.changes.announce({ userId, sessionId: id });
    this.security.changed('sessionEnded', principal, { sessionId: id });
  }

  /**
   * Ends all sessions whose connection string was issued until now, and refuses the strings that were. These tell their
   * time in whole seconds: the answer waits for the next one, so that whoever then asks for a string gets a good one. Nodes
   * whose clocks are seconds apart err by as much.
   * @throws CodedError `user_not_found` also where the user is somebody else's business
   */
  async endAll(principal: Principal, userId: string): Promise<void> {
    await this.accesses.require(principal, userId);
    const now = Date.now();
    await this.users.endSessions(userId, now / 1_000);
    this.changes.announce({ userId });
    this.security.changed('sessionsEnded', principal, {});
    await delay(1_000 - (now % 1_000));
  }
}
