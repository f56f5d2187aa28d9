import { describe, expect, it } from '@jest/globals';
import { hkdfSync } from 'node:crypto';
import { KeyRing, type SigningKey } from './key-ring.js';

const key = (kid: string, fill = 1): SigningKey => ({ kid, secret: Buffer.alloc(32, fill) });

describe('KeyRing', () => {
  it('signs with the first key and still finds the others', () => {
    const ring = new KeyRing([key('new', 1), key('old', 2)]);
    expect(ring.current.kid).toBe('new');
    expect(ring.find('new')).toBe(ring.current);
    expect(ring.find('old')?.kid).toBe('old');
  });

  it('knows nothing of keys that were revoked, and signs with the first one left', () => {
    const ring = new KeyRing([key('new', 1), key('old', 2)]);
    ring.withdraw(new Set(['new', 'never had']));
    expect([ring.current.kid, ring.find('new'), ring.size]).toEqual(['old', undefined, 1]);
    ring.withdraw(new Set(['new', 'old']));
    expect(() => ring.current).toThrow('no_signing_key');
  });

  it.each(['gone', '', 'NEW', '__proto__', 'constructor', '../new', "new' OR 1=1"])('does not find %j', (kid) => {
    expect(new KeyRing([key('new')]).find(kid)).toBeUndefined();
  });

  it.each(['a', '0', '_', '-', 'k1_2-3', 'k'.repeat(64)])('accepts the kid %j', (kid) => {
    expect(new KeyRing([key(kid)]).current.kid).toBe(kid);
  });

  it.each(['', 'k'.repeat(65), 'a b', 'a.b', 'a/b', 'a\n', 'ä', '"'])('refuses the kid %j', (kid) => {
    expect(() => new KeyRing([key(kid)])).toThrow('kid');
  });

  it('refuses no key, the same kid twice and a short secret, without quoting any', () => {
    expect(() => new KeyRing([])).toThrow('empty');
    expect(() => new KeyRing([key('a', 1), key('a', 2)])).toThrow('same kid');
    expect(() => new KeyRing([{ kid: 'a', secret: Buffer.from('short-secret') }])).toThrow(/^(?!.*short-secret)/);
    expect(() => new KeyRing([{ kid: 'a', secret: Buffer.alloc(31) }])).toThrow('32 bytes');
  });

  it('derives a secret for each purpose and key by HKDF-SHA-256', () => {
    const ring = new KeyRing([key('a', 1), key('b', 2)]);
    const derived = [ring.find('a'), ring.find('b')].flatMap((each) => [each?.connectionSecret, each?.messageSecret]);
    expect(new Set(derived.map((secret) => secret?.toString('hex'))).size).toBe(4);
    expect(derived.every((secret) => secret?.length === 32)).toBe(true);
    const expected = hkdfSync('sha256', Buffer.alloc(32, 1), '', 'cloakroom/connection-string/v1', 32);
    expect(ring.current.connectionSecret).toEqual(Buffer.from(expected));
  });
});
