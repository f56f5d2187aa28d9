import { createHash } from 'node:crypto';

const BITCOIN = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const RIPPLE = 'rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz';

const ADDRESS_BYTES = 25;

/**
 * Whether `value` is an address in Base58Check: a version, 20 bytes and the first 4 bytes of a double SHA-256 (Bitcoin's
 * encoding, which Litecoin, Dogecoin, Dash, Tron and, in an alphabet of its own, Ripple share).
 */
export function isBase58Check(value: string): boolean {
  return hasChecksum(value, BITCOIN) || (value.startsWith('r') && hasChecksum(value, RIPPLE));
}

function hasChecksum(value: string, alphabet: string): boolean {
  let number = 0n;
  for (const character of value) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return false;
    number = number * 58n + BigInt(digit);
  }
  const hex = number.toString(16);
  if (hex.length > 2 * ADDRESS_BYTES) return false;
  const bytes = Buffer.from(hex.padStart(2 * ADDRESS_BYTES, '0'), 'hex');
  return sha256(sha256(bytes.subarray(0, -4)))
    .subarray(0, 4)
    .equals(bytes.subarray(-4));
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
