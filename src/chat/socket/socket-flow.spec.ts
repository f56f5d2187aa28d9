import { describe, expect, it } from '@jest/globals';
import type { Limits } from '../../config/config.js';
import { SocketFlow } from './socket-flow.js';

const flow = (change: Partial<Limits> = {}): SocketFlow =>
  new SocketFlow({ socketEventsPerSecond: 10, socketBurst: 20, socketKibPerSecond: 64, ...change } as Limits);

describe('the flow of a socket', () => {
  it('lets a burst through, then refuses and says for how long', () => {
    const socket = flow();
    const codes = Array.from({ length: 21 }, () => socket.refusal(1_000, 10)?.code);
    expect(codes.filter((code) => code !== undefined)).toEqual(['rate_limited']);
    expect(socket.refusal(1_000, 10)?.details).toEqual({ retryAfter: 1 });
    expect(socket.refusal(1_100, 10)).toBeUndefined();
    expect(socket.refusal(1_100, 10)?.code).toBe('rate_limited');
  });

  it('counts bytes apart, each event as a whole', () => {
    const socket = flow();
    expect(socket.refusal(0, 64 * 1_024)).toBeUndefined();
    expect(socket.refusal(0, 64 * 1_024)).toBeUndefined();
    expect(socket.refusal(0, 1)?.code).toBe('byte_rate_limited');
    expect(socket.refusal(1_000, 64 * 1_024)).toBeUndefined();
    expect(socket.refusal(1_000, 64 * 1_024)).toMatchObject({ code: 'byte_rate_limited', details: { retryAfter: 1 } });
  });

  it('takes three seconds of refusals for a flood, one burst for none, and forgets in peace', () => {
    const burst = (socket: SocketFlow, now: number): boolean => {
      for (let n = 0; n < 100; n += 1) socket.refusal(now, 10);
      return socket.isFlooding;
    };
    const flooding = flow();
    expect([0, 500, 1_000, 1_999].map((now) => burst(flooding, now))).toEqual([false, false, false, false]);
    expect(burst(flooding, 2_000)).toBe(true);

    const lively = flow();
    expect([0, 1_000, 11_000, 12_000, 22_000, 23_000].map((now) => burst(lively, now))).not.toContain(true);
  });
});
