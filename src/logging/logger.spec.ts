import { beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { DatabaseError } from '../database/database-error.js';
import { CodedError } from '../errors/coded-error.js';
import { createLogger, type JsonLogger } from './logger.js';

const SECRET = 'ada.canary@example.org';

describe('JsonLogger', () => {
  let lines: string[];
  let logger: JsonLogger;
  beforeEach(() => {
    lines = [];
    logger = createLogger({ logLevel: 'debug' }, { write: (line) => void lines.push(line) });
  });

  const written = (): Record<string, unknown> => {
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('canary');
    return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  };

  it('writes level, time, message and the context that Nest adds', () => {
    Logger.overrideLogger(logger);
    try {
      new Logger('Chat').warn('Something to look at', { code: 'unavailable', durationMs: 3.5 });
    } finally {
      Logger.overrideLogger(false);
    }
    expect(written()).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      context: 'Chat',
      code: 'unavailable',
      durationMs: 3.5,
      msg: 'Something to look at',
    });
  });

  it('drops fields that are not on the list, and values that are not of their kind', () => {
    logger.log(
      'x',
      { text: SECRET, message: SECRET, code: SECRET, status: SECRET, route: { a: SECRET }, kid: 'k1' },
      'Here',
    );
    expect(written()).toEqual({ level: 'info', time: expect.anything(), context: 'Here', kid: 'k1', msg: 'x' });
  });

  it.each([
    ['a parser', () => JSON.parse(`{"mail": ${SECRET}}`) as unknown],
    ['a message of several lines', () => throwing(new Error(`a\n    at f (/${SECRET}:1:1)\n${SECRET}`))],
    ['a changed message', () => throwing(Object.assign(new Error(SECRET), { message: 'other' }))],
    [
      'properties',
      () => throwing(Object.assign(new Error('x'), { detail: SECRET, parameters: [SECRET], code: SECRET })),
    ],
    ['a cause', () => throwing(new Error('x', { cause: new Error(SECRET) }))],
    ['a name', () => throwing(Object.assign(new Error('x'), { name: SECRET }))],
    ['no error at all', () => throwing(SECRET)],
  ])('does not quote %s', (_, cause) => {
    try {
      cause();
    } catch (error) {
      logger.error('It failed', { error });
      logger.error(error instanceof Error ? error : 'It failed');
      logger.error('It failed', error instanceof Error ? error.stack : error, 'Context');
    }
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('canary');
  });

  it('tells class, code and place of an error', () => {
    logger.error('It failed', { error: new CodedError('vault_unreadable'), requestId: 'r-1' });
    expect(written()).toMatchObject({
      requestId: 'r-1',
      error: {
        name: 'CodedError',
        code: 'vault_unreadable',
        frames: expect.arrayContaining([expect.stringMatching(/logger\.spec\.ts:\d+:\d+/)]),
      },
    });
  });

  it('tells the state and constraint of a database error', () => {
    logger.error(new DatabaseError('23505', 'users_external_id_key'));
    expect(written()).toMatchObject({
      error: { name: 'DatabaseError', sqlstate: '23505', constraint: 'users_external_id_key' },
    });
  });

  it('writes nothing below its level', () => {
    logger.verbose('x');
    expect(lines).toEqual([]);
  });
});

function throwing(error: unknown): never {
  throw error;
}
