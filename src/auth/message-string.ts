import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { ConnectionClaims } from './connection-string.js';

/** What a message string is made over, beside the constant first piece. An absent optional piece counts as empty text. */
export interface MessagePieces {
  readonly sessionId: string;
  /** Whole number from 1, growing within a session. */
  readonly counter: number;
  /** The event's name, e.g. `message:send`: a string made for one event is worthless for another. */
  readonly event: string;
  readonly chatId: string;
  readonly clientMessageId: string;
  readonly message: string;
  readonly piiMapping?: string | undefined;
  readonly autoPiiMapping?: string | undefined;
  readonly piiPositions?: string | undefined;
  /** `replyTo` of a send, `messageId` of an edit or a deletion. */
  readonly reference?: string | undefined;
  /** Ids of the members that are mentioned, with commas between: a twelfth piece, only where the payload names any. */
  readonly mentions?: string | undefined;
}

/** The claims that make a message key a session's own. */
export type MessageKeyClaims = Pick<ConnectionClaims, 'jti' | 'cht' | 'sub' | 'sxp'>;

const KEY_CONTEXT = 'cloakroom/message-key/v1';
const MESSAGE_CONTEXT = 'cloakroom/message/v1';
const PREFIX = 'ms1_';
const FIRST_BLOCK = Buffer.of(1);
const LENGTH_BYTES = 8;
const PIECES = 11;
/** Of SHA-256. */
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/**
 * The message key of one connection string, 32 bytes: HKDF-SHA-256 (RFC 5869) of the ring key's message secret, with the
 * claims as info in an encoding that cannot be read two ways. Nothing is stored: whoever verified the string has it.
 *
 * @param ringMessageSecret `messageSecret` of the ring key that signed the connection string
 */
export function messageKey(ringMessageSecret: Buffer, { jti, cht, sub, sxp }: MessageKeyClaims): Buffer {
  const info = pae([KEY_CONTEXT, jti, cht, sub, String(sxp)]);
  return createHmac('sha256', rootOf(ringMessageSecret)).update(info).update(FIRST_BLOCK).digest();
}

const roots = new WeakMap<Buffer, Buffer>();

/**
 * The first step of HKDF, without salt, whose result is the same for all sessions of a ring key. With it kept the second
 * is one HMAC, for a key of one block, at a fifth of what `hkdfSync` costs: every connection string and session needs it.
 */
function rootOf(ringMessageSecret: Buffer): Buffer {
  let root = roots.get(ringMessageSecret);
  if (!root) {
    root = createHmac('sha256', Buffer.alloc(HASH_BYTES)).update(ringMessageSecret).digest();
    roots.set(ringMessageSecret, root);
  }
  return root;
}

/**
 * PASETO's pre-authentication encoding: the count of the pieces, then each one's length in bytes and its UTF-8 bytes,
 * numbers as little-endian 64 bit. No two lists of pieces have the same encoding.
 *
 * @throws TypeError on a lone surrogate, which UTF-8 would turn into U+FFFD, so that two texts had one encoding
 */
export function pae(pieces: readonly string[]): Buffer {
  begin(pieces.length);
  for (const piece of pieces) {
    if (!piece.isWellFormed()) throw new TypeError('A piece has a lone surrogate.');
    append(piece);
  }
  return Buffer.from(scratch.subarray(0, used));
}

/**
 * The message string: `ms1_` and the base64url of HMAC-SHA-256 over the encoded pieces (contract, section 8).
 *
 * @param key the 32 bytes of `messageKey`
 * @throws TypeError on a lone surrogate or a counter that is no whole number from 1
 */
export function messageString(key: Buffer, pieces: MessagePieces): string {
  if (!areSound(pieces)) throw new TypeError('The pieces are not those of a message.');
  return PREFIX + mac(key, pieces);
}

/**
 * Whether `given` is the message string of these pieces. Compares in constant time and accepts one spelling only. Pieces
 * of which no message string can be made (lone surrogate, counter out of range) match nothing.
 *
 * @param given what the client sent, of any type
 */
export function verifyMessageString(key: Buffer, given: unknown, pieces: MessagePieces): boolean {
  if (typeof given !== 'string' || !areSound(pieces)) return false;
  const [mine, theirs] = [Buffer.from(PREFIX + mac(key, pieces)), Buffer.from(given)];
  return mine.length === theirs.length && timingSafeEqual(mine, theirs);
}

function areSound(pieces: MessagePieces): boolean {
  return (
    Number.isSafeInteger(pieces.counter) &&
    pieces.counter >= 1 &&
    pieces.sessionId.isWellFormed() &&
    pieces.event.isWellFormed() &&
    pieces.chatId.isWellFormed() &&
    pieces.clientMessageId.isWellFormed() &&
    pieces.message.isWellFormed() &&
    (pieces.piiMapping ?? '').isWellFormed() &&
    (pieces.autoPiiMapping ?? '').isWellFormed() &&
    (pieces.piiPositions ?? '').isWellFormed() &&
    (pieces.reference ?? '').isWellFormed() &&
    (pieces.mentions ?? '').isWellFormed()
  );
}

/**
 * HMAC-SHA-256 (RFC 2104) of the encoded pieces, in base64url. Written out with one-shot hashes and the padded key kept
 * with the session: node's Hmac object costs three times as much, and this runs for every message.
 */
function mac(key: Buffer, pieces: MessagePieces): string {
  const { inner, outer } = paddedKey(key);
  inner.copy(scratch);
  begin(pieces.mentions === undefined ? PIECES : PIECES + 1, BLOCK_BYTES);
  append(MESSAGE_CONTEXT);
  append(pieces.sessionId);
  append(String(pieces.counter));
  append(pieces.event);
  append(pieces.chatId);
  append(pieces.clientMessageId);
  append(pieces.message);
  append(pieces.piiMapping ?? '');
  append(pieces.autoPiiMapping ?? '');
  append(pieces.piiPositions ?? '');
  append(pieces.reference ?? '');
  if (pieces.mentions !== undefined) append(pieces.mentions);
  outer.write(hash('sha256', scratch.subarray(0, used), 'binary'), BLOCK_BYTES, 'latin1');
  return hash('sha256', outer, 'base64url');
}

interface PaddedKey {
  readonly inner: Buffer;
  /** With room for the inner hash behind it. */
  readonly outer: Buffer;
}

const paddedKeys = new WeakMap<Buffer, PaddedKey>();

function paddedKey(key: Buffer): PaddedKey {
  let padded = paddedKeys.get(key);
  if (!padded) {
    padded = { inner: Buffer.alloc(BLOCK_BYTES, 0x36), outer: Buffer.alloc(BLOCK_BYTES + HASH_BYTES, 0x5c) };
    for (const [index, byte] of key.entries()) {
      padded.inner[index] = byte ^ 0x36;
      padded.outer[index] = byte ^ 0x5c;
    }
    paddedKeys.set(key, padded);
  }
  return padded;
}

/**
 * One buffer for all encodings of the process: every use begins and ends within one synchronous call, so no two meet. It
 * grows with the longest input, which the transport bounds (64 KiB).
 */
let scratch = Buffer.allocUnsafeSlow(16_384);
let used = 0;

/** @param at what is in front of it stays */
function begin(count: number, at = 0): void {
  writeLength(count, at);
  used = at + LENGTH_BYTES;
}

function append(piece: string): void {
  const needed = used + LENGTH_BYTES + piece.length * 3;
  if (needed > scratch.length) grow(needed);
  const length = piece === '' ? 0 : scratch.write(piece, used + LENGTH_BYTES, 'utf8');
  writeLength(length, used);
  used += LENGTH_BYTES + length;
}

/** Little-endian 64 bit. Lengths fit in 32 bit: V8's strings are shorter than 2^30. */
function writeLength(length: number, offset: number): void {
  scratch.writeUInt32LE(length, offset);
  scratch.writeUInt32LE(0, offset + 4);
}

function grow(needed: number): void {
  const larger = Buffer.allocUnsafeSlow(needed * 2);
  scratch.copy(larger, 0, 0, used);
  scratch = larger;
}
