import { createCipheriv } from 'node:crypto';

/*
 * GCM (NIST SP 800-38D) for AES-256, written out over single blocks: what the vault's format is checked by, without the
 * module under test and without anybody's GCM.
 */

const COUNTER_BYTES = 4;
const R = 0xe1n << 120n;

/** @returns the text the other way round, and the tag of `cipherText` */
export function gcm(
  key: Buffer,
  nonce: Buffer,
  associated: Buffer,
  cipherText: Buffer,
): { plain: Buffer; tag: Buffer } {
  const encrypt = blockCipher(key);
  const h = hashKey(key);
  const first = firstCounter(h, nonce);
  const plain = Buffer.from(
    cipherText.map((byte, at) => byte ^ (encrypt(counter(first, 1 + (at >> 4)))[at & 15] ?? 0)),
  );
  const hash = ghash(h, [...blocks(associated), ...blocks(cipherText), lengths(associated, cipherText)]);
  return { plain, tag: toBlock(hash ^ toNumber(encrypt(first))) };
}

/** The encrypted text with its tag, which may be cut short as GCM allows. */
export function gcmSeal(key: Buffer, nonce: Buffer, associated: Buffer, plain: Buffer, tagBytes = 16): Buffer {
  const cipherText = gcm(key, nonce, associated, plain).plain;
  return Buffer.concat([cipherText, gcm(key, nonce, associated, cipherText).tag.subarray(0, tagBytes)]);
}

/** A nonce of 16 bytes whose first counter block is the given one. */
export function nonceForCounter(key: Buffer, first: Buffer): Buffer {
  const byH = inverse(hashKey(key));
  const lengthBlock = toNumber(lengths(Buffer.alloc(0), Buffer.alloc(16)));
  return toBlock(times(times(toNumber(first), byH) ^ lengthBlock, byH));
}

/** One block of encrypted text that has the given tag. */
export function blockForTag(key: Buffer, nonce: Buffer, associated: Buffer, tag: Buffer): Buffer {
  const h = hashKey(key);
  const byH = inverse(h);
  const hash = toNumber(tag) ^ toNumber(blockCipher(key)(firstCounter(h, nonce)));
  const beforeLengths = times(hash, byH) ^ toNumber(lengths(associated, Buffer.alloc(16)));
  return toBlock(times(beforeLengths, byH) ^ ghash(h, blocks(associated)));
}

const blockCipher =
  (key: Buffer) =>
  (block: Buffer): Buffer =>
    createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block);

const hashKey = (key: Buffer): bigint => toNumber(blockCipher(key)(Buffer.alloc(16)));

function firstCounter(h: bigint, nonce: Buffer): Buffer {
  if (nonce.length === 12) return Buffer.concat([nonce, Buffer.of(0, 0, 0, 1)]);
  return toBlock(ghash(h, [...blocks(nonce), lengths(Buffer.alloc(0), nonce)]));
}

/** So many after the first, modulo 2^32. */
function counter(first: Buffer, steps: number): Buffer {
  const block = Buffer.from(first);
  const at = block.length - COUNTER_BYTES;
  block.writeUInt32BE((block.readUInt32BE(at) + steps) % 2 ** 32, at);
  return block;
}

const ghash = (h: bigint, input: readonly Buffer[]): bigint =>
  input.reduce((hash, block) => times(hash ^ toNumber(block), h), 0n);

const toNumber = (block: Buffer): bigint => BigInt(`0x${block.toString('hex')}`);

const toBlock = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(32, '0'), 'hex');

const blocks = (input: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(input.length / 16) }, (_, index) =>
    Buffer.concat([input.subarray(index * 16, index * 16 + 16), Buffer.alloc(16)]).subarray(0, 16),
  );

/** Both lengths in bits. */
function lengths(associated: Buffer, text: Buffer): Buffer {
  const block = Buffer.alloc(16);
  block.writeBigUInt64BE(BigInt(associated.length * 8), 0);
  block.writeBigUInt64BE(BigInt(text.length * 8), 8);
  return block;
}

/** Product in GF(2^128), the most significant bit standing for x^0. */
function times(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ R : shifted >> 1n;
  }
  return product;
}

/** The power 2^128 - 2: all squares but the first, multiplied. */
function inverse(x: bigint): bigint {
  let [product, square] = [1n << 127n, x];
  for (let bit = 1; bit < 128; bit += 1) {
    square = times(square, square);
    product = times(product, square);
  }
  return product;
}
