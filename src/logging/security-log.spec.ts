import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { ERROR_TABLE, type ErrorCode } from '../errors/code-table.js';
import { createLogger } from './logger.js';
import { SECURITY_LINES, SecurityLog } from './security-log.js';

const ADA = { userId: 'ada', credentialId: 'k-1' };

describe('SecurityLog', () => {
  let lines: Record<string, unknown>[];
  let security: SecurityLog;
  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
    Logger.overrideLogger(createLogger({ logLevel: 'info' }, { write }));
    security = new SecurityLog();
  });
  afterEach(() => {
    security.onModuleDestroy();
    Logger.overrideLogger(false);
    jest.useRealTimers();
  });

  it('tells at once what was refused, where and to whom', () => {
    security.refused('forbidden', { method: 'GET', route: '/v1/users', requestId: 'r-1' }, ADA);
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.anything(),
        context: 'SecurityLog',
        code: 'forbidden',
        method: 'GET',
        route: '/v1/users',
        requestId: 'r-1',
        userId: 'ada',
        keyId: 'k-1',
        msg: SECURITY_LINES.unauthorized,
      },
    ]);
  });

  it('tells once a minute how often the same came again', () => {
    for (let call = 0; call < 1_000; call++) {
      security.refused('rate_limited', { event: 'typing:set', sessionId: `s-${call}` }, ADA);
    }
    expect(lines).toHaveLength(1);
    jest.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({ msg: SECURITY_LINES.excessive, code: 'rate_limited', userId: 'ada', count: 999 });
    expect(lines[1]).not.toHaveProperty('sessionId');

    security.refused('rate_limited', { event: 'typing:set' }, ADA);
    jest.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(3);
  });

  it('keeps different events, users, keys and codes apart', () => {
    security.refused('forbidden', { event: 'message:send' }, ADA);
    security.refused('forbidden', { event: 'message:edit' }, ADA);
    security.refused('forbidden', { event: 'message:send' }, { ...ADA, userId: 'bob' });
    security.refused('forbidden', { event: 'message:send' }, { ...ADA, credentialId: 'k-2' });
    security.refused('chat_not_found', { event: 'message:send' }, ADA);
    security.refused('forbidden', { event: 'message:send' });
    expect(lines).toHaveLength(6);
  });

  it('holds so many different things in a minute, and says how many more there were', () => {
    for (let user = 0; user < 20_005; user++) {
      security.accepted('api_key', { userId: `u-${user}`, credentialId: 'k' }, {});
    }
    expect(lines).toHaveLength(20_000);
    jest.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(20_001);
    expect(lines.at(-1)).toMatchObject({ level: 'warn', msg: SECURITY_LINES.untold, count: 5 });
    security.accepted('api_key', ADA, {});
    expect(lines).toHaveLength(20_002);
  });

  it('tells at its end what it has counted', () => {
    security.accepted('bearer_token', ADA, { requestId: 'r-1' });
    security.accepted('bearer_token', ADA, { requestId: 'r-2' });
    security.onModuleDestroy();
    expect(lines).toMatchObject([{ requestId: 'r-1' }, { credential: 'bearer_token', count: 1 }]);
  });

  it('has a line for every refusal of the table, and none for failures of the service', () => {
    for (const [code, { status }] of Object.entries(ERROR_TABLE)) {
      lines.length = 0;
      security.refused(code as ErrorCode, {});
      expect([code, lines.length]).toEqual([code, status < 500 ? 1 : 0]);
    }
  });
});
