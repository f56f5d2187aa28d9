import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Config } from '../config/config.js';
import { CodedError } from '../errors/coded-error.js';
import { isGuest, type Principal } from './principal.js';

/** Calls per minute: of a user over all their keys, of the guest per address. */
@Injectable()
export class RateLimits {
  private readonly users: RateLimiterMemory;
  private readonly guests: RateLimiterMemory;

  constructor(config: Config) {
    this.users = new RateLimiterMemory({ points: config.limits.userPerMinute, duration: 60 });
    this.guests = new RateLimiterMemory({ points: config.limits.guestPerMinute, duration: 60 });
  }

  /** @throws CodedError `rate_limited` with the seconds to wait */
  async consume(principal: Principal, address: string): Promise<void> {
    try {
      await (isGuest(principal) ? this.guests.consume(address) : this.users.consume(principal.userId));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new CodedError('rate_limited', { retryAfter: Math.ceil(refusal.msBeforeNext / 1_000) });
    }
  }
}
