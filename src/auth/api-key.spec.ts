import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createApiKey, parseApiKey } from './api-key.js';
import { hashSecret, sameHash } from '../config/checked-secret.js';

/** Its check digits were computed by Python (zlib.crc32), not by this module. */
const KNOWN = 'ckr_live_00000000000_00000000000000000000000000000000000000000003ypg1I';

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('createApiKey', () => {
  it.each(['live', 'test'] as const)('makes a %s key of the documented form', (mode) => {
    const { key, lookupId } = createApiKey(mode);
    expect(key).toMatch(new RegExp(`^ckr_${mode}_[0-9A-Za-z]{11}_[0-9A-Za-z]{49}$`));
    expect(parseApiKey(key)).toEqual({ mode, lookupId, secret: key.slice(21, 64) });
  });

  it('never makes the same key twice', () => {
    const keys = Array.from({ length: 500 }, () => createApiKey('live'));
    expect(new Set(keys.map(({ key }) => key)).size).toBe(500);
    expect(new Set(keys.map(({ lookupId }) => lookupId)).size).toBe(500);
  });

  it('uses all 62 characters alike', () => {
    const counts = new Map<string, number>();
    const drawn = Array.from({ length: 2000 }, () => parseApiKey(createApiKey('test').key)?.secret ?? '').join('');
    for (const character of drawn) counts.set(character, (counts.get(character) ?? 0) + 1);
    const expected = drawn.length / 62;
    const chiSquare = Array.from(ALPHANUMERIC).reduce(
      (sum, character) => sum + ((counts.get(character) ?? 0) - expected) ** 2 / expected,
      0,
    );
    // 61 degrees of freedom: above 140 by chance once in about ten million runs; modulo bias gives over 600.
    expect(chiSquare).toBeLessThan(140);
  });
});

describe('parseApiKey', () => {
  const { key } = createApiKey('live');

  it.each([
    ['a key whose check digits were computed elsewhere', KNOWN],
    [
      'a key whose CRC-32 needs a zero in front',
      'ckr_live_00000000000_000000000000000000000000000000000000000032600WVFG',
    ],
  ])('accepts %s', (_what, text) => {
    expect(parseApiKey(text)?.mode).toBe('live');
  });

  it.each([
    ['nothing', ''],
    ['a space in front', ` ${key}`],
    ['a space behind', `${key} `],
    ['a line feed behind', `${key}\n`],
    ['one character less', key.slice(0, -1)],
    ['one character more', `${key}0`],
    ['another prefix', key.replace('ckr', 'ckx')],
    ['another case of the prefix', key.replace('ckr', 'CKR')],
    ['another mode', key.replace('live', 'test')],
    ['an unknown mode', key.replace('live', 'prod')],
    ['no mark between id and secret', `${key.slice(0, 20)}0${key.slice(21)}`],
    ['a character outside base62', `${key.slice(0, 30)}-${key.slice(31)}`],
    ['a letter that only looks like one of ours', `${key.slice(0, 30)}а${key.slice(31)}`],
    ['a bearer prefix', `Bearer ${key}`],
    ['two keys', `${key}, ${key}`],
  ])('refuses %s', (_what, text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });

  it('finds every typing error in one character', () => {
    fc.assert(
      fc.property(fc.nat(key.length - 1), fc.constantFrom(...Array.from(`${ALPHANUMERIC}_`)), (at, character) => {
        fc.pre(key[at] !== character);
        expect(parseApiKey(key.slice(0, at) + character + key.slice(at + 1))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});

describe('hashSecret', () => {
  const pepper = Buffer.alloc(32, 7);

  it('depends on the whole key and on the pepper', () => {
    const hash = hashSecret('ckr_a', pepper);
    expect(hash).toHaveLength(32);
    expect(sameHash(hash, hashSecret('ckr_a', pepper))).toBe(true);
    expect(sameHash(hash, hashSecret('ckr_b', pepper))).toBe(false);
    expect(sameHash(hash, hashSecret('ckr_a', Buffer.alloc(32, 8)))).toBe(false);
  });

  it('calls hashes of different lengths different instead of throwing', () => {
    expect(sameHash(Buffer.alloc(32), Buffer.alloc(31))).toBe(false);
    expect(sameHash(Buffer.alloc(0), Buffer.alloc(32))).toBe(false);
  });
});
