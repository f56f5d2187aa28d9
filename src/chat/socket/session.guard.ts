import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { CodedError } from '../../errors/coded-error.js';
import type { ChatSocket } from './chat-socket.js';

/**
 * Lets an event pass only in a live session, that is one which a connection string has opened. The string itself was
 * verified before the socket was accepted (guards do not run on connect); here its result is asserted.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { session } = context.switchToWs().getClient<ChatSocket>().data;
    if (!session) throw new CodedError('session_required');
    if (session.expiresAt <= Date.now()) throw new CodedError('session_expired');
    return true;
  }
}
