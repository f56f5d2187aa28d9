import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import type { RateLimits } from '../../auth/rate-limits.js';
import { Doorstep } from './doorstep.js';

const unlimited = { arrive: () => undefined } as unknown as RateLimits;
const from = (remoteAddress: string, forwarded = '') =>
  ({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }) as unknown as IncomingMessage;

describe('Doorstep', () => {
  it('holds so many of one place, and lets others pass', () => {
    const doorstep = new Doorstep(unlimited, 0, 2);
    const [one, two, third] = [from('2001:db8:0:1::1'), from('2001:db8:0:1::2'), from('2001:db8:0:1::1')];
    doorstep.wait(one);
    doorstep.arrive(two);
    doorstep.wait(two);
    for (const request of [one, two, from('2001:db8:0:1:ffff::3')]) {
      expect(() => doorstep.arrive(request)).toThrow('connect_rate_limited');
    }
    doorstep.arrive(from('2001:db8:0:2::1'));
    doorstep.arrive(from('192.0.2.1'));
    doorstep.leave(one);
    doorstep.arrive(third);
    doorstep.wait(third);
    // To say twice that one has left frees no second place.
    doorstep.leave(one);
    expect(() => doorstep.arrive(one)).toThrow('connect_rate_limited');
    doorstep.leave(two);
    doorstep.arrive(one);
  });

  it('believes its own proxies about where a connection comes from, and nobody else', () => {
    const own = new Doorstep(unlimited, 1, 1);
    own.wait(from('10.0.0.1', '198.51.100.9, 192.0.2.1'));
    expect(() => own.arrive(from('10.0.0.2', '192.0.2.1'))).toThrow('connect_rate_limited');
    own.arrive(from('10.0.0.1', '192.0.2.2'));
    const none = new Doorstep(unlimited, 0, 1);
    none.wait(from('10.0.0.1', '192.0.2.1'));
    expect(() => none.arrive(from('10.0.0.1', '192.0.2.2'))).toThrow('connect_rate_limited');
  });
});
