import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The parts of a secret whose form and check digits are right. Whether it opens anything is for the database to say. */
export interface SecretParts {
  /** 11 base62 characters, no secret: the column by which the row is found. */
  readonly lookupId: string;
  /** 43 base62 characters, 256 bits. */
  readonly secret: string;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LOOKUP_LENGTH = 11;
const SECRET_LENGTH = 43;
const CHECK_LENGTH = 6;
const FORM = /^([0-9A-Za-z]{11})_([0-9A-Za-z]{43})[0-9A-Za-z]{6}$/;

/**
 * Makes a new secret: `<prefix><11 base62>_<43 base62><6 base62 CRC-32>`.
 *
 * The prefix lets secret scanners find a leaked one, the check digits let them (and us) refuse a look-alike without asking a
 * database. It is shown once and never stored: store `hashSecret`.
 */
export function createSecret(prefix: string): { readonly text: string; readonly lookupId: string } {
  const lookupId = randomBase62(LOOKUP_LENGTH);
  const body = `${prefix}${lookupId}_${randomBase62(SECRET_LENGTH)}`;
  return { text: body + checkDigits(body), lookupId };
}

/** Takes a secret apart, or answers undefined when its prefix, form or check digits are wrong. No I/O. */
export function parseSecret(text: string, prefix: string): SecretParts | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const [, lookupId, secret] = FORM.exec(text.slice(prefix.length)) ?? [];
  if (lookupId === undefined || secret === undefined) return undefined;
  return text.slice(-CHECK_LENGTH) === checkDigits(text.slice(0, -CHECK_LENGTH)) ? { lookupId, secret } : undefined;
}

/**
 * The only form in which a secret is stored: HMAC-SHA-256 of the whole of it under a pepper that is not in the database.
 * No slow hash: the secret has 256 bits, there is nothing to guess.
 */
export function hashSecret(text: string, pepper: Buffer): Buffer {
  return createHmac('sha256', pepper).update(text).digest();
}

/** Compares two hashes in constant time. Hashes of different lengths differ. */
export function sameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** CRC-32 as a big-endian number in base62, padded with `0` on the left. */
function checkDigits(body: string): string {
  let rest = crc32(body);
  let digits = '';
  while (digits.length < CHECK_LENGTH) {
    digits = ALPHABET.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** Unbiased: a byte counts only below 248 = 4 × 62, the largest multiple of 62 under 256. */
function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += ALPHABET.charAt(byte % 62);
    }
  }
  return text;
}
