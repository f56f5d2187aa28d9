import { Injectable } from '@nestjs/common';
import { isGuest, type Principal } from '../../auth/principal.js';
import { callerOf } from '../../auth/rate-limits.js';
import { Config } from '../../config/config.js';
import { CodedError } from '../../errors/coded-error.js';

/** How many sockets each user has open on this node; guests are told apart by their address. */
@Injectable()
export class SocketQuota {
  private readonly open = new Map<string, number>();

  constructor(private readonly config: Config) {}

  /**
   * Counts one more socket.
   * @returns whose place it is, to be given back once
   * @throws CodedError `too_many_sockets`
   */
  take(principal: Principal, address: string): string {
    const caller = callerOf(principal, address);
    const count = this.open.get(caller) ?? 0;
    const { guestSockets, userSockets } = this.config.limits;
    if (count >= (isGuest(principal) ? guestSockets : userSockets)) {
      throw new CodedError('too_many_sockets', { retryAfter: 1 });
    }
    this.open.set(caller, count + 1);
    return caller;
  }

  giveBack(caller: string): void {
    const count = (this.open.get(caller) ?? 1) - 1;
    if (count > 0) this.open.set(caller, count);
    else this.open.delete(caller);
  }
}
