import { createCipheriv, createHmac, hkdfSync } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
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

describe('the primitives, against published vectors', () => {
  // D. McGrew, J. Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 13 to 16 (AES-256).
  it.each([
    ['13', '00'.repeat(32), '00'.repeat(12), '', '', '', '530f8afbc74536b9a963b4f1c4cb738b'],
    [
      '14',
      '00'.repeat(32),
      '00'.repeat(12),
      '',
      '00'.repeat(16),
      'cea7403d4d606b6e074ec5d3baf39d18',
      'd0d1c8a799996bf0265b98b5d48ab919',
    ],
    [
      '15',
      'feffe9928665731c6d6a8f9467308308'.repeat(2),
      'cafebabefacedbaddecaf888',
      '',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
      'b094dac5d93471bdec1a502270e3cc6c',
    ],
    [
      '16',
      'feffe9928665731c6d6a8f9467308308'.repeat(2),
      'cafebabefacedbaddecaf888',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ])('AES-256-GCM case %s', (_, key, nonce, associated, plain, cipherText, tag) => {
    const cipher = createCipheriv('aes-256-gcm', bytes(key), bytes(nonce), { authTagLength: 16 });
    cipher.setAAD(bytes(associated));
    const written = Buffer.concat([cipher.update(bytes(plain)), cipher.final()]);
    expect([written.toString('hex'), cipher.getAuthTag().toString('hex')]).toEqual([cipherText, tag]);
    // The mode written out in this file, by which the vault's format is checked below.
    expect(gcm(bytes(key), bytes(nonce), bytes(associated), bytes(cipherText))).toEqual({
      plain: bytes(plain),
      tag: bytes(tag),
    });
  });

  // RFC 5869, appendix A, test cases 1 to 3.
  it.each([
    [
      'A.1',
      '0b'.repeat(22),
      '000102030405060708090a0b0c',
      'f0f1f2f3f4f5f6f7f8f9',
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
    ],
    [
      'A.2',
      row(0x00, 80),
      row(0x60, 80),
      row(0xb0, 80),
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
    ],
    [
      'A.3',
      '0b'.repeat(22),
      '',
      '',
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
    ],
  ])('HKDF-SHA-256 case %s', (_, input, salt, info, output) => {
    const derived = Buffer.from(hkdfSync('sha256', bytes(input), bytes(salt), bytes(info), output.length / 2));
    expect(derived.toString('hex')).toBe(output);
  });

  // RFC 4231, test cases 1, 2 and 6.
  it.each([
    ['1', '0b'.repeat(20), 'Hi There', 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      '2',
      '4a656665',
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      '6',
      'aa'.repeat(131),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ])('HMAC-SHA-256 case %s, as the fingerprint uses it', (_, key, text, output) => {
    expect(fingerprint({ ...KEY, fingerprint: bytes(key) }, text).toString('hex')).toBe(output);
  });
});

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

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

function row(first: number, count: number): string {
  return Buffer.from(Array.from({ length: count }, (_, index) => first + index)).toString('hex');
}

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
  const { plain, tag } = gcm(key, sealed.subarray(1, 13), encoded(pieces), sealed.subarray(13, -16));
  expect(tag).toEqual(sealed.subarray(-16));
  return plain;
}

function le64(number: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(number));
  return out;
}

/** PASETO's pre-authentication encoding, from its definition. */
function encoded(pieces: readonly string[]): Buffer {
  return Buffer.concat([
    le64(pieces.length),
    ...pieces.flatMap((piece) => [le64(Buffer.byteLength(piece)), Buffer.from(piece)]),
  ]);
}

/** GCM (NIST SP 800-38D) with a nonce of 96 bits, written out over single AES blocks. */
function gcm(key: Buffer, nonce: Buffer, associated: Buffer, cipherText: Buffer): { plain: Buffer; tag: Buffer } {
  const block = (input: Buffer): Buffer => createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(input);
  const counter = (count: number): Buffer => {
    const input = Buffer.concat([nonce, Buffer.alloc(4)]);
    input.writeUInt32BE(count, 12);
    return block(input);
  };
  const plain = Buffer.from(cipherText.map((byte, at) => byte ^ (counter(2 + (at >> 4))[at & 15] ?? 0)));
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64BE(BigInt(associated.length * 8), 0);
  lengths.writeBigUInt64BE(BigInt(cipherText.length * 8), 8);
  const h = toNumber(block(Buffer.alloc(16)));
  let hash = 0n;
  for (const part of [...blocks(associated), ...blocks(cipherText), lengths]) hash = times(hash ^ toNumber(part), h);
  const tag = (hash ^ toNumber(counter(1))).toString(16).padStart(32, '0');
  return { plain, tag: bytes(tag) };
}

const toNumber = (block: Buffer): bigint => BigInt(`0x${block.toString('hex')}`);

function blocks(input: Buffer): Buffer[] {
  return Array.from({ length: Math.ceil(input.length / 16) }, (_, index) =>
    Buffer.concat([input.subarray(index * 16, index * 16 + 16), Buffer.alloc(16)]).subarray(0, 16),
  );
}

/** Product in GF(2^128), the most significant bit standing for x^0. */
function times(x: bigint, y: bigint): bigint {
  let product = 0n;
  let shifted = y;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n;
  }
  return product;
}

it('compares as the service does: HMAC of the value alone, so that types that mean the same value agree', () => {
  const expected = createHmac('sha256', KEY.fingerprint).update('ada@example.org').digest();
  expect(fingerprint(KEY, 'ada@example.org')).toEqual(expected);
});
