import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { messageKey } from '../../src/auth/message-string.js';
import { deriveChatKey } from '../../src/pii/vault/value-cipher.js';
import { encodePieces } from '../support/reference-pae.js';
import { counted } from '../support/vector-cases.js';

const NONE = Buffer.alloc(0);
const KEY = counted(3, 32);

describe('HKDF-SHA-256', () => {
  const SALT = counted(1, 12);
  const derived = (secret: Buffer, salt: Buffer, info: Buffer, size: number): string =>
    Buffer.from(hkdfSync('sha256', secret, salt, info, size)).toString('hex');

  // RFC 5869, appendix A, test cases 1 to 3.
  it.each([
    [
      'A.1',
      Buffer.alloc(22, 0x0b),
      counted(0, 13),
      counted(0xf0, 10),
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      'A.2',
      counted(0x00, 80),
      counted(0x60, 80),
      counted(0xb0, 80),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    [
      'A.3, EmptySalt',
      Buffer.alloc(22, 0x0b),
      NONE,
      NONE,
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    ],
  ])('has the published vector %s', (_, secret, salt, info, output) => {
    expect(derived(secret, salt, info, output.length / 2)).toBe(output);
    expect(byHand(secret, salt, info, output.length / 2)).toBe(output);
  });

  it.each([1, 20, 31, 32, 33, 42, 64, 8_159, 255 * 32])('Normal, MaximalOutputSize: gives %d bytes', (size) => {
    expect(derived(KEY, SALT, counted(1, 20), size)).toBe(byHand(KEY, SALT, counted(1, 20), size));
  });

  it.each([255 * 32 + 1, 255 * 32 + 32, 65_536])('SizeTooLarge: refuses %d bytes', (size) => {
    expect(() => derived(KEY, SALT, NONE, size)).toThrow(/length/i);
  });

  it('OutputCollision: salts may collide, which is why ours is always empty; secrets and labels do not', () => {
    const plain = derived(KEY, NONE, SALT, 32);
    expect(derived(KEY, Buffer.alloc(32), SALT, 32)).toBe(plain);
    expect(derived(Buffer.concat([KEY, Buffer.alloc(1)]), NONE, SALT, 32)).not.toBe(plain);
    expect(derived(KEY, NONE, Buffer.concat([SALT, Buffer.alloc(1)]), 32)).not.toBe(plain);
  });

  it('makes the keys of a chat and of a session as the documents say', () => {
    const secret = counted(9, 64);
    const half = (from: number, label: string) =>
      byHand(secret.subarray(from, from + 32), NONE, Buffer.from(label), 32);
    const { encryption, fingerprint } = deriveChatKey(secret);
    expect(encryption.toString('hex')).toBe(half(0, 'cloakroom/vault/value/v1'));
    expect(fingerprint.toString('hex')).toBe(half(32, 'cloakroom/vault/fingerprint/v1'));
    const claims = { jti: 'a.b', cht: 'c', sub: 'd', sxp: 1_800_000_000 };
    const info = encodePieces(['cloakroom/message-key/v1', 'a.b', 'c', 'd', '1800000000']);
    expect(messageKey(KEY, claims).toString('hex')).toBe(byHand(KEY, NONE, info, 32));
  });

  /** RFC 5869, section 2, over HMAC alone. */
  function byHand(secret: Buffer, salt: Buffer, info: Buffer, size: number): string {
    const hmac = (key: Buffer, ...data: Buffer[]) => createHmac('sha256', key).update(Buffer.concat(data)).digest();
    const key = hmac(salt, secret);
    const output: Buffer[] = [];
    for (let count = 1; output.length * 32 < size; count += 1) {
      output.push(hmac(key, output.at(-1) ?? NONE, info, Buffer.of(count)));
    }
    return Buffer.concat(output).toString('hex', 0, size);
  }
});
