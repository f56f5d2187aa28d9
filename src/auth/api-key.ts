import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

export type ApiKeyMode = 'live' | 'test';

/** The parts of a key whose form and check digits are right. Whether anybody owns it is for the database to say. */
export interface ApiKeyParts {
  readonly mode: ApiKeyMode;
  /** 11 base62 characters, no secret: the column by which the row is found. */
  readonly lookupId: string;
  /** 43 base62 characters, 256 bits. */
  readonly secret: string;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const LOOKUP_LENGTH = 11;
const SECRET_LENGTH = 43;
const CHECK_LENGTH = 6;
const FORM = /^ckr_(live|test)_([0-9A-Za-z]{11})_([0-9A-Za-z]{43})[0-9A-Za-z]{6}$/;

/**
 * Makes a new API key: `ckr_<mode>_<11 base62>_<43 base62><6 base62 CRC-32>`.
 *
 * The prefix lets secret scanners find a leaked key, the check digits let them (and us) refuse a look-alike without
 * asking a database. The key is shown once and never stored: store `hashApiKey`.
 */
export function createApiKey(mode: ApiKeyMode): { readonly key: string; readonly lookupId: string } {
  const lookupId = randomBase62(LOOKUP_LENGTH);
  const body = `ckr_${mode}_${lookupId}_${randomBase62(SECRET_LENGTH)}`;
  return { key: body + checkDigits(body), lookupId };
}

/** Takes a key apart, or answers undefined when its form or its check digits are wrong. No I/O. */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const [, mode, lookupId, secret] = FORM.exec(text) ?? [];
  if ((mode !== 'live' && mode !== 'test') || lookupId === undefined || secret === undefined) return undefined;
  const body = text.slice(0, -CHECK_LENGTH);
  return text.slice(-CHECK_LENGTH) === checkDigits(body) ? { mode, lookupId, secret } : undefined;
}

/**
 * The only form in which a key is stored: HMAC-SHA-256 of the whole key under a pepper that is not in the database.
 * No slow hash: the secret has 256 bits, there is nothing to guess.
 */
export function hashApiKey(key: string, pepper: Buffer): Buffer {
  return createHmac('sha256', pepper).update(key).digest();
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
