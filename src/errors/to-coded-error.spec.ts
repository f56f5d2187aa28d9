import { describe, expect, it } from '@jest/globals';
import { ForbiddenException, HttpException, NotFoundException } from '@nestjs/common';
import { CodedError } from './coded-error.js';
import { toCodedError } from './to-coded-error.js';

const SECRET = 'ada.canary@example.org';
const fastify = (statusCode: number): Error => Object.assign(new Error(SECRET), { statusCode, code: 'FST_ERR_X' });

describe('toCodedError', () => {
  const own = new CodedError('chat_not_found');

  it.each<[string, unknown, string]>([
    ['ours as they are', own, 'chat_not_found'],
    ['a route that is not there', new NotFoundException(SECRET), 'not_found'],
    ['a file name that is not looked for', new ForbiddenException(SECRET), 'forbidden'],
    ['a status that nobody foresaw', new HttpException(SECRET, 418), 'internal'],
    ['a body over the limit', fastify(413), 'payload_too_large'],
    ['a content type', fastify(415), 'unsupported_media_type'],
    ['a fault of the framework', fastify(500), 'internal'],
    ['a status on an error of anybody else', Object.assign(new Error(SECRET), { statusCode: 404 }), 'internal'],
    ['a parser', new SyntaxError(SECRET), 'internal'],
    ['a text', SECRET, 'internal'],
    ['nothing', undefined, 'internal'],
  ])('translates %s', (_, thrown, code) => {
    const coded = toCodedError(thrown);
    expect(coded.code).toBe(code);
    expect(JSON.stringify([coded, coded.message, coded.details, coded.entry, coded.stack])).not.toContain('canary');
    expect(coded.cause).toBeUndefined();
  });

  it('does not copy what is coded already', () => {
    expect(toCodedError(own)).toBe(own);
  });
});
