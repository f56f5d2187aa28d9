import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { isGuest } from '../auth/principal.js';
import { RateLimits } from '../auth/rate-limits.js';
import { Config } from '../config/config.js';
import { CodedError } from '../errors/coded-error.js';
import type { ChatSocket } from './chat-socket.js';
import { peerAddress } from './peer-address.js';

/**
 * Lets an event pass only in a live session, that is one which a connection string has opened. The string itself was
 * verified before the socket was accepted (guards do not run on connect); here its result is asserted. Guests share
 * one allowance per address over all their sockets and calls.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  constructor(
    private readonly config: Config,
    private readonly limits: RateLimits,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const socket = context.switchToWs().getClient<ChatSocket>();
    const { session } = socket.data;
    if (!session) throw new CodedError('session_required');
    if (session.expiresAt <= Date.now()) throw new CodedError('session_expired');
    if (isGuest(session.principal)) {
      await this.limits.consume(session.principal, peerAddress(socket, this.config.trustProxyHops));
    }
    return true;
  }
}
