import { Inject, Injectable } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { Config } from '../config/config.js';
import { REDIS, type RedisClient } from '../database/redis.js';
import type { ErrorCode } from '../errors/code-table.js';
import { CodedError } from '../errors/coded-error.js';
import { Allowance } from './allowance.js';
import { networkOf } from './network.js';
import { isGuest, type Principal } from './principal.js';

const MINUTE = 60;
const KIB = 1_024;
/** Whoever asks faster whether a value occurs is trying them out. */
const LOOK_UPS = 30;

/**
 * What a caller may do in a minute, over REST and the socket together: of a user over all keys, of guests for each address.
 * With Redis the nodes count together, and each for itself while Redis is away.
 */
@Injectable()
export class RateLimits {
  private readonly userCalls: Allowance;
  private readonly guestCalls: Allowance;
  private readonly bytes: Allowance;
  private readonly connects: Allowance;
  private readonly arrivals: Allowance;
  private readonly knocks: Allowance;
  private readonly failures: Allowance;
  private readonly lookUps: Allowance;

  constructor(config: Config, @Inject(REDIS) redis: RedisClient | undefined) {
    const { limits } = config;
    const allowance = (name: string, points: number) => new Allowance(limiter(name, points, redis));
    this.userCalls = allowance('user', limits.userPerMinute);
    this.guestCalls = allowance('guest', limits.guestPerMinute);
    this.bytes = allowance('bytes', limits.userKibPerMinute * KIB);
    this.connects = allowance('connect', limits.userConnectsPerMinute);
    this.arrivals = allowance('arrival', 2 * limits.addressConnectsPerMinute);
    this.knocks = allowance('knock', limits.addressConnectsPerMinute);
    this.failures = allowance('failure', limits.failuresPerMinute);
    this.lookUps = allowance('look-up', LOOK_UPS);
  }

  /**
   * One call or event of so many bytes.
   * @throws CodedError `rate_limited` or `byte_rate_limited`, with the seconds to wait
   */
  call(principal: Principal, address: string, bytes: number): void {
    const caller = callerOf(principal, address);
    demand('rate_limited', (isGuest(principal) ? this.guestCalls : this.userCalls).spend(caller, 1));
    if (bytes > 0) demand('byte_rate_limited', this.bytes.spend(caller, bytes));
  }

  /** A question whether a value occurs somewhere. @throws CodedError `rate_limited` */
  lookUp(principal: Principal, address: string): void {
    demand('rate_limited', this.lookUps.spend(callerOf(principal, address), 1));
  }

  /**
   * A connection that wants to become a WebSocket. Twice as many as handshakes are taken: whoever exceeds these is still told
   * so by code, which a refused connection can tell nobody.
   * @throws CodedError `connect_rate_limited`
   */
  arrive(address: string): void {
    demand('connect_rate_limited', this.arrivals.spend(networkOf(address), 1));
  }

  /** A handshake, before anything is known of who makes it. @throws CodedError `connect_rate_limited`, `too_many_failures` */
  knock(address: string): void {
    this.hear(address);
    demand('connect_rate_limited', this.knocks.spend(networkOf(address), 1));
  }

  /** A session that is about to be opened or renewed. @throws CodedError `connect_rate_limited` */
  connect(principal: Principal, address: string): void {
    demand('connect_rate_limited', this.connects.spend(callerOf(principal, address), 1));
  }

  /** Before a credential is looked at. @throws CodedError `too_many_failures` for an address that had too many wrong ones */
  hear(address: string): void {
    demand('too_many_failures', this.failures.wait(networkOf(address)));
  }

  /** A credential was wrong. */
  fail(address: string): void {
    this.failures.spend(networkOf(address), 1);
  }
}

/** Guests share one id; what tells them apart is the network that they call from. */
export const callerOf = (principal: Principal, address: string): string =>
  isGuest(principal) ? networkOf(address) : principal.userId;

function demand(code: ErrorCode, wait: number): void {
  if (wait > 0) throw new CodedError(code, { retryAfter: Math.ceil(wait / 1_000) });
}

function limiter(name: string, points: number, storeClient: RedisClient | undefined): RateLimiterAbstract {
  const options = { keyPrefix: `cloakroom:limit:${name}`, points, duration: MINUTE };
  const insuranceLimiter = new RateLimiterMemory(options);
  if (!storeClient) return insuranceLimiter;
  return new RateLimiterRedis({ ...options, storeClient, insuranceLimiter, rejectIfRedisNotReady: true });
}
