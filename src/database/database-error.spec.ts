import { describe, expect, it } from '@jest/globals';
import { CodedError } from '../errors/coded-error.js';
import { DatabaseError, isUniqueViolation, translated } from './database-error.js';

const fromServer = (code: string): Error =>
  Object.assign(new Error('Key (mail)=(ada@example.org) exists'), {
    code,
    severity: 'ERROR',
    detail: 'ada@example.org',
  });

describe('translated', () => {
  it.each(['08006', '53300', '57014', '57P01', '57P03', '58030', '25006'])('is unavailable for SQLSTATE %s', (code) => {
    expect(translated(fromServer(code))).toEqual(new CodedError('unavailable'));
  });

  it.each([
    Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED', syscall: 'connect' }),
    Object.assign(new Error('getaddrinfo ENOTFOUND db'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }),
    new Error('Connection terminated unexpectedly'),
    new Error('Connection terminated due to connection timeout'),
    new Error('timeout exceeded when trying to connect'),
    new Error('Query read timeout'),
    new Error('Client has encountered a connection error and is not queryable'),
    new Error('Cannot use a pool after calling end on the pool'),
  ])('is unavailable for "$message"', (error) => {
    expect(translated(error)).toEqual(new CodedError('unavailable'));
  });

  it.each(['23505', '22P02', '42601', '40001', 'XX000'])('keeps SQLSTATE %s and nothing else', (code) => {
    const error = translated(fromServer(code));
    expect(error).toMatchObject({ name: 'DatabaseError', sqlstate: code, constraint: undefined });
    expect(error.cause).toBeUndefined();
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('ada');
  });

  it('knows nothing of an error that is neither the server’s nor the connection’s', () => {
    expect(translated(new TypeError('ada@example.org'))).toEqual(new DatabaseError(undefined, undefined));
    expect(translated('ada@example.org')).toEqual(new DatabaseError(undefined, undefined));
  });

  it('passes our own errors', () => {
    const own = new CodedError('conflict');
    expect(translated(own)).toBe(own);
  });
});

describe('isUniqueViolation', () => {
  it('looks at the constraint when one is named', () => {
    const error = new DatabaseError('23505', 'users_external_id_key');
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'users_external_id_key')).toBe(true);
    expect(isUniqueViolation(error, 'users_pkey')).toBe(false);
    expect(isUniqueViolation(new DatabaseError('23503', undefined))).toBe(false);
    expect(isUniqueViolation(new Error('23505'))).toBe(false);
  });
});
