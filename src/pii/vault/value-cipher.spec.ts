import { createHmac } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { gcm } from '../../../test/support/reference-gcm.js';
import { encodePieces } from '../../../test/support/reference-pae.js';
import {
  deriveChatKey,
  type EntryContext,
  fingerprint,
  newChatSecret,
  openValue,
  renewDataKey,
  sealValue,
  unwrapChatSecret,
  wrapChatSecret,
} from './value-cipher.js';

const SECRET = Buffer.from(Array.from({ length: 64 }, (_, index) => index * 7 + 1));
const MASTER_KEY = Buffer.alloc(32, 0x5a);
const KEY = deriveChatKey(SECRET);
const CONTEXT: EntryContext = {
  workspaceId: '0190a000-0000-7000-8000-000000000001',
  chatId: '0190a000-0000-7000-8000-000000000002',
  placeholder: '<PERSON_1>',
  entryId: '0190a000-0000-7000-8000-000000000003',
};
const OTHER_ID = '0190a000-0000-7000-8000-00000000ffff';

describe('keys of a chat', () => {
  it('derives two that differ, and the same from the same data key', () => {
    expect(KEY.encryption).toHaveLength(32);
    expect(KEY.fingerprint).toHaveLength(32);
    expect(KEY.encryption.equals(KEY.fingerprint)).toBe(false);
    expect(deriveChatKey(Buffer.from(SECRET))).toEqual(KEY);
    expect(newChatSecret().equals(newChatSecret())).toBe(false);
  });

  it('changes only the one for values when the data key is renewed', () => {
    const renewed = deriveChatKey(renewDataKey(SECRET));
    expect(renewed.fingerprint).toEqual(KEY.fingerprint);
    expect(renewed.encryption.equals(KEY.encryption)).toBe(false);
  });

  it('agrees with Python, which knows only the documented formulas', () => {
    const script = `
import hashlib, hmac, json, sys
q = json.load(sys.stdin)
def hkdf(ikm, info):
    prk = hmac.new(b"\\0" * 32, ikm, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\\1", hashlib.sha256).digest()
secret = bytes.fromhex(q["secret"])
mac = hkdf(secret[32:], b"cloakroom/vault/fingerprint/v1")
print(json.dumps({
  "encryption": hkdf(secret[:32], b"cloakroom/vault/value/v1").hex(),
  "fingerprint": mac.hex(),
  "prints": [hmac.new(mac, v.encode("utf-8"), hashlib.sha256).hexdigest() for v in q["values"]],
}))`;
    const values = ['ada@example.org', 'żółw', '王小明', '👩‍💻', ''];
    const input = JSON.stringify({ secret: SECRET.toString('hex'), values });
    const python = spawnSync('python3', ['-c', script], { input, encoding: 'utf8' });
    if (python.error) {
      process.stdout.write('python3 is missing: the independent check of HKDF and fingerprints was left out\n');
      return;
    }
    expect(python.stderr).toBe('');
    expect(JSON.parse(python.stdout)).toEqual({
      encryption: KEY.encryption.toString('hex'),
      fingerprint: KEY.fingerprint.toString('hex'),
      prints: values.map((value) => fingerprint(KEY, value).toString('hex')),
    });
  });
});

describe('a wrapped chat secret', () => {
  const { workspaceId, chatId } = CONTEXT;
  const wrapped = wrapChatSecret(MASTER_KEY, 'm1', workspaceId, chatId, SECRET);

  it('has the documented format', () => {
    expect(wrapped).toHaveLength(1 + 12 + 64 + 16);
    expect(openByHand(MASTER_KEY, wrapped, ['cloakroom/vault/key/v1', workspaceId, chatId, 'm1'])).toEqual(SECRET);
    expect(unwrapChatSecret(MASTER_KEY, 'm1', workspaceId, chatId, wrapped)).toEqual(SECRET);
  });

  it('is another one each time', () => {
    expect(wrapChatSecret(MASTER_KEY, 'm1', workspaceId, chatId, SECRET).equals(wrapped)).toBe(false);
  });

  it.each<[string, () => Buffer | undefined]>([
    ['kid', () => unwrapChatSecret(MASTER_KEY, 'm2', workspaceId, chatId, wrapped)],
    ['workspace', () => unwrapChatSecret(MASTER_KEY, 'm1', OTHER_ID, chatId, wrapped)],
    ['chat', () => unwrapChatSecret(MASTER_KEY, 'm1', workspaceId, OTHER_ID, wrapped)],
    ['workspace and chat, exchanged', () => unwrapChatSecret(MASTER_KEY, 'm1', chatId, workspaceId, wrapped)],
    ['master key', () => unwrapChatSecret(Buffer.alloc(32, 0x5b), 'm1', workspaceId, chatId, wrapped)],
    ['pieces, cut elsewhere', () => unwrapChatSecret(MASTER_KEY, `${chatId}m1`, workspaceId, '', wrapped)],
  ])('does not open with another %s', (_, unwrap) => {
    expect(unwrap()).toBeUndefined();
  });

  it('does not open with any bit flipped, cut, or longer', () => {
    const opened = mutations(wrapped).filter((changed) =>
      unwrapChatSecret(MASTER_KEY, 'm1', workspaceId, chatId, changed),
    );
    expect(opened).toEqual([]);
  });
});

describe('a sealed value', () => {
  const sealed = sealValue(KEY, 'Ada Lovelace', CONTEXT);

  it('has the documented format', () => {
    const { workspaceId, chatId, placeholder, entryId } = CONTEXT;
    expect(sealed).toHaveLength(1 + 12 + 64 + 16);
    expect(sealed[0]).toBe(1);
    const pieces = ['cloakroom/vault/value/v1', workspaceId, chatId, placeholder, entryId];
    const padded = Buffer.alloc(64);
    padded.writeUInt32LE(12);
    padded.write('Ada Lovelace', 4);
    expect(openByHand(KEY.encryption, sealed, pieces)).toEqual(padded);
  });

  it('never repeats a nonce', () => {
    const nonces = Array.from({ length: 2_000 }, () => sealValue(KEY, 'x', CONTEXT).toString('hex', 1, 13));
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  it.each<[string, Partial<EntryContext>]>([
    ['workspace', { workspaceId: OTHER_ID }],
    ['chat', { chatId: OTHER_ID }],
    ['placeholder', { placeholder: '<PERSON_2>' }],
    ['type', { placeholder: '<LOCATION_1>' }],
    ['entry', { entryId: OTHER_ID }],
    ['workspace and chat, exchanged', { workspaceId: CONTEXT.chatId, chatId: CONTEXT.workspaceId }],
    ['cut between pieces', { chatId: CONTEXT.chatId + CONTEXT.placeholder, placeholder: '' }],
  ])('does not open with another %s', (_, change) => {
    expect(openValue(KEY, sealed, { ...CONTEXT, ...change })).toBeUndefined();
  });

  it('does not open with the key of another chat, nor with the key for fingerprints', () => {
    expect(openValue(deriveChatKey(newChatSecret()), sealed, CONTEXT)).toBeUndefined();
    expect(openValue({ ...KEY, encryption: KEY.fingerprint }, sealed, CONTEXT)).toBeUndefined();
  });

  it('is no wrapped key, and a wrapped key is no sealed value', () => {
    const { workspaceId, chatId } = CONTEXT;
    expect(unwrapChatSecret(KEY.encryption, 'm1', workspaceId, chatId, sealed)).toBeUndefined();
    const wrapped = wrapChatSecret(KEY.encryption, 'm1', workspaceId, chatId, SECRET);
    expect(openValue(KEY, wrapped, CONTEXT)).toBeUndefined();
  });

  it('does not open with any bit flipped, cut, or longer', () => {
    expect(mutations(sealed).filter((changed) => openValue(KEY, changed, CONTEXT) !== undefined)).toEqual([]);
    expect(openValue(KEY, Buffer.alloc(0), CONTEXT)).toBeUndefined();
  });

  it('hides the length of a value within steps of 64 bytes', () => {
    const lengths = Array.from({ length: 126 }, (_, length) => sealValue(KEY, 'x'.repeat(length), CONTEXT).length);
    expect([...new Set(lengths)]).toEqual([93, 157, 221]);
    // 60 bytes beside the length fill the first bucket.
    expect([lengths[0], lengths[60], lengths[61], lengths[124], lengths[125]]).toEqual([93, 93, 157, 157, 221]);
  });

  it.each([
    ['nothing', ''],
    ['Latin', 'Zoë Łukasz'],
    ['Han', '王小明'],
    ['Arabic, from right to left', 'محمد \u200f(x)'],
    ['an emoji of several code points', '👩‍👩‍👧‍👦'],
    ['combining characters as they were', 'e\u0301 is not \u00e9'],
    ['replacement patterns', "$& $` $' $1 $$"],
    ['control characters', 'a\u0001\t\r\n\u007f'],
    ['zeros, as the padding has them', 'a\0\0'],
    ['a placeholder', '<PERSON_1>'],
    ['the longest value allowed', '𝒳'.repeat(1_024)],
  ])('keeps %s byte for byte', (_, value) => {
    const opened = openValue(KEY, sealValue(KEY, value, CONTEXT), CONTEXT);
    expect(opened).toBe(value);
    expect(Buffer.from(opened ?? '').equals(Buffer.from(value))).toBe(true);
  });
});

/** Every byte with each of its bits flipped, every shorter cut, from both ends, and one byte more. */
function mutations(sealed: Buffer): Buffer[] {
  const changed: Buffer[] = [];
  for (let at = 0; at < sealed.length; at += 1) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      const copy = Buffer.from(sealed);
      copy[at] = (copy[at] ?? 0) ^ bit;
      changed.push(copy);
    }
    changed.push(sealed.subarray(0, at), sealed.subarray(at + 1));
  }
  return [...changed, Buffer.concat([sealed, Buffer.of(0)]), Buffer.concat([Buffer.of(1), sealed])];
}

/** Opens `version | nonce | ciphertext | tag` by the book, without the module under test. */
function openByHand(key: Buffer, sealed: Buffer, pieces: readonly string[]): Buffer {
  expect(sealed[0]).toBe(1);
  const { plain, tag } = gcm(key, sealed.subarray(1, 13), encodePieces(pieces), sealed.subarray(13, -16));
  expect(tag).toEqual(sealed.subarray(-16));
  return plain;
}

it('compares as the service does: HMAC of the value alone, so that types that mean the same value agree', () => {
  const expected = createHmac('sha256', KEY.fingerprint).update('ada@example.org').digest();
  expect(fingerprint(KEY, 'ada@example.org')).toEqual(expected);
});
