import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomFillSync } from 'node:crypto';
import { pae } from '../../auth/message-string.js';

/*
 * Formats of the vault, all AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces:
 *   wrapped key   1 | nonce 12 | chat secret 64 encrypted | tag 16   associated data: version, workspace, chat, kid
 *   sealed value  1 | nonce 12 | padded value encrypted | tag 16     associated data: version, workspace, chat, placeholder, entry
 * A chat secret is a data key of 32 bytes and a fingerprint key of 32 bytes: the first is replaced whenever values of the
 * chat are erased, the second stays, so that the values that remain keep their placeholders.
 * A value is written as its length in bytes (4, little-endian), its UTF-8 bytes and zeros up to a multiple of 64, so that
 * the length of a name does not show. Moving a sealed value to another row, chat or workspace makes it unreadable.
 */
const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + NONCE_BYTES;
const LENGTH_BYTES = 4;
const BUCKET_BYTES = 64;
const KEY_BYTES = 32;
export const CHAT_SECRET_BYTES = 2 * KEY_BYTES;

/** What a stored value belongs to; part of its authentication. */
export interface EntryContext {
  readonly workspaceId: string;
  readonly chatId: string;
  /** As in `<PERSON_1>`, type included. */
  readonly placeholder: string;
  readonly entryId: string;
}

/** The two keys of a chat, derived from the halves of its secret so that look-up and encryption never share one. */
export interface ChatKey {
  readonly encryption: Buffer;
  readonly fingerprint: Buffer;
}

export function newChatSecret(): Buffer {
  return randomBytes(CHAT_SECRET_BYTES);
}

/** Another data key beside the same fingerprint key; made in place, so that no copy of it stays behind. */
export function renewDataKey(secret: Buffer): Buffer {
  return randomFillSync(Buffer.from(secret), 0, KEY_BYTES);
}

export function deriveChatKey(secret: Buffer): ChatKey {
  return {
    encryption: derive(secret.subarray(0, KEY_BYTES), 'cloakroom/vault/value/v1'),
    fingerprint: derive(secret.subarray(KEY_BYTES), 'cloakroom/vault/fingerprint/v1'),
  };
}

export function wrapChatSecret(
  masterKey: Buffer,
  kid: string,
  workspaceId: string,
  chatId: string,
  secret: Buffer,
): Buffer {
  return encrypt(masterKey, secret, keyContext(kid, workspaceId, chatId));
}

/** Undefined when the key or any bit of the wrapping is not the one it was made with. */
export function unwrapChatSecret(
  masterKey: Buffer,
  kid: string,
  workspaceId: string,
  chatId: string,
  wrapped: Buffer,
): Buffer | undefined {
  return decrypt(masterKey, wrapped, keyContext(kid, workspaceId, chatId));
}

export function sealValue(key: ChatKey, value: string, context: EntryContext): Buffer {
  const bytes = Buffer.byteLength(value);
  const padded = Buffer.alloc(Math.ceil((LENGTH_BYTES + bytes) / BUCKET_BYTES) * BUCKET_BYTES);
  padded.writeUInt32LE(bytes);
  padded.write(value, LENGTH_BYTES);
  return encrypt(key.encryption, padded, valueContext(context));
}

/** Undefined when the value was altered, cut, or moved here from elsewhere. */
export function openValue(key: ChatKey, sealed: Buffer, context: EntryContext): string | undefined {
  const padded = decrypt(key.encryption, sealed, valueContext(context));
  if (!padded || padded.length < LENGTH_BYTES) return undefined;
  const bytes = padded.readUInt32LE();
  return bytes <= padded.length - LENGTH_BYTES
    ? padded.toString('utf8', LENGTH_BYTES, LENGTH_BYTES + bytes)
    : undefined;
}

/** Keyed fingerprint of a normalised value: equal values of one chat are found, across chats nothing can be compared. */
export function fingerprint(key: ChatKey, normalisedValue: string): Buffer {
  return hmac(key.fingerprint, normalisedValue);
}

/**
 * HKDF-SHA-256 (RFC 5869) without salt and with a label for each use. For one block that is two HMACs; node's own keeps a
 * copy of the secret, out of our reach, until garbage is collected.
 */
function derive(half: Buffer, label: string): Buffer {
  const extracted = hmac(Buffer.alloc(KEY_BYTES), half);
  try {
    return hmac(extracted, `${label}\u0001`);
  } finally {
    extracted.fill(0);
  }
}

const hmac = (key: Buffer, data: Buffer | string): Buffer => createHmac('sha256', key).update(data).digest();

const keyContext = (kid: string, workspaceId: string, chatId: string): Buffer =>
  pae(['cloakroom/vault/key/v1', workspaceId, chatId, kid]);

const valueContext = ({ workspaceId, chatId, placeholder, entryId }: EntryContext): Buffer =>
  pae(['cloakroom/vault/value/v1', workspaceId, chatId, placeholder, entryId]);

function encrypt(key: Buffer, plain: Buffer, associated: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(associated);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, associated: Buffer): Buffer | undefined {
  if (sealed.length < HEAD_BYTES + TAG_BYTES || sealed[0] !== VERSION) return undefined;
  const nonce = sealed.subarray(1, HEAD_BYTES);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(associated)
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = decipher.update(sealed.subarray(HEAD_BYTES, -TAG_BYTES));
    // Checks the tag; a mode without blocks has nothing left to write.
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}
