import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { LeakScanner, spellingsOf } from './leak-scanner.js';

const SECRETS = {
  email: 'Canary-7f3a91@Example.ORG',
  phone: '+49 151 2345-6789',
  han: '王小明欧阳靖',
  emoji: '👩‍👩‍👧‍👦 and 👩‍💻',
};

/** The same noise in each run: a random byte in front of a secret without its first is that first byte now and then. */
const noise = (length: number): Buffer => createHash('shake256', { outputLength: length }).update('noise').digest();

const around = (bytes: Buffer | string): Buffer => Buffer.concat([noise(4_099), Buffer.from(bytes), noise(4_099)]);

describe('LeakScanner', () => {
  const scanner = new LeakScanner(SECRETS);

  it('finds nothing in noise, and nothing in a part of a secret', () => {
    expect(scanner.find(noise(1_000_000))).toEqual([]);
    for (const secret of Object.values(SECRETS)) expect(scanner.find(around(secret.slice(1)))).toEqual([]);
  });

  it.each(
    Object.entries(SECRETS).flatMap(([name, secret]) =>
      [...spellingsOf(secret)].map(([spelling, bytes]) => [`${name} as ${spelling}`, bytes] as const),
    ),
  )('finds %s', (label, bytes) => {
    expect(scanner.find(around(bytes))).toContain(label);
  });

  it.each([
    ['in a dump', `COPY 1\tmail canary-7F3A91@example.org\\N`],
    ['in an access log', 'GET /v1/chat?q=Canary-7f3a91%40example.org'],
    ['in a log of JSON in JSON', JSON.stringify({ body: JSON.stringify({ a: SECRETS.email }) })],
    ['in a bytea column', `\\x${Buffer.from(`xx${SECRETS.email}`).toString('hex')}`],
    ['in a token', Buffer.from(JSON.stringify({ sub: 'x', mail: SECRETS.email })).toString('base64url')],
    ['in a token, one byte on', Buffer.from(JSON.stringify({ sub: 'xy', mail: SECRETS.email })).toString('base64url')],
    ['in a token, two bytes on', Buffer.from(JSON.stringify({ sub: 'xyz', mail: SECRETS.email })).toString('base64')],
    ['twice, broken off in between', `Canary-7f3Canary-7f3a91@${SECRETS.email}`],
  ])('finds an address %s', (_, text) => {
    expect(scanner.find(text).some((label) => label.startsWith('email'))).toBe(true);
  });

  it('finds a number by its digits', () => {
    expect(scanner.find('called 4915123456789 twice')).toEqual(['phone as UTF-8, digits']);
  });

  it('tells which of several it found', () => {
    expect(new Set(scanner.find(Object.values(SECRETS).join()).map((label) => label.split(' ')[0]))).toEqual(
      new Set(Object.keys(SECRETS)),
    );
  });
});
