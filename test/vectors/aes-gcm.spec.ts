import { createCipheriv, createDecipheriv } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { openValue, unwrapChatSecret } from '../../src/pii/vault/value-cipher.js';
import { blockForTag, gcm, gcmSeal, nonceForCounter } from '../support/reference-gcm.js';
import { encodePieces } from '../support/reference-pae.js';
import { accepted, bytes, counted, modified } from '../support/vector-cases.js';

const NONE = Buffer.alloc(0);
const KEY = counted(3, 32);
const NONCE = counted(1, 12);

describe('AES-256-GCM', () => {
  const MCGREW = 'feffe9928665731c6d6a8f9467308308'.repeat(2);
  const TEXT =
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39';
  const ASSOCIATED = 'feedfacedeadbeeffeedfacedeadbeefabaddad2';

  // D. McGrew, J. Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test cases 13 to 18 (AES-256).
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
      MCGREW,
      'cafebabefacedbaddecaf888',
      '',
      `${TEXT}1aafd255`,
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
      'b094dac5d93471bdec1a502270e3cc6c',
    ],
    [
      '16',
      MCGREW,
      'cafebabefacedbaddecaf888',
      ASSOCIATED,
      TEXT,
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
    [
      '17, SmallIv',
      MCGREW,
      'cafebabefacedbad',
      ASSOCIATED,
      TEXT,
      'c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f',
      '3a337dbf46a792c45e454913fe2ea8f2',
    ],
    [
      '18, LongIv',
      MCGREW,
      '9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b',
      ASSOCIATED,
      TEXT,
      '5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f',
      'a44a8266ee1c8eb0c8b5d4cf5ae9f19a',
    ],
  ])('has the published vector %s', (_, key, nonce, associated, plain, cipherText, tag) => {
    const cipher = createCipheriv('aes-256-gcm', bytes(key), bytes(nonce), { authTagLength: 16 });
    cipher.setAAD(bytes(associated));
    const written = Buffer.concat([cipher.update(bytes(plain)), cipher.final()]);
    expect([written.toString('hex'), cipher.getAuthTag().toString('hex')]).toEqual([cipherText, tag]);
    // The mode written out by hand, which makes the cases below.
    const read = gcm(bytes(key), bytes(nonce), bytes(associated), bytes(cipherText));
    expect([read.plain.toString('hex'), read.tag.toString('hex')]).toEqual([plain, tag]);
  });

  it.each(['ffffffff', 'fffffffe', 'fffffffd'])('CounterWrap: goes on from %s at zero', (low) => {
    const nonce = nonceForCounter(KEY, bytes(`000102030405060708090a0b${low}`));
    const plain = counted(0, 64);
    const decipher = createDecipheriv('aes-256-gcm', KEY, nonce, { authTagLength: 16 });
    const sealed = gcmSeal(KEY, nonce, NONE, plain);
    decipher.setAuthTag(sealed.subarray(-16));
    expect(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])).toEqual(plain);
  });

  it('ZeroLengthIv: is refused', () => {
    expect(() => createCipheriv('aes-256-gcm', KEY, NONE)).toThrow(/initialization vector/);
    expect(() => createDecipheriv('aes-256-gcm', KEY, NONE)).toThrow(/initialization vector/);
  });

  describe('as the vault opens it', () => {
    const scope = ['0190a000-0000-7000-8000-000000000001', '0190a000-0000-7000-8000-000000000002'] as const;
    const context = { workspaceId: scope[0], chatId: scope[1], placeholder: '<PERSON_1>', entryId: scope[0] };
    const ofKey = encodePieces(['cloakroom/vault/key/v1', ...scope, 'm1']);
    const ofValue = encodePieces(['cloakroom/vault/value/v1', ...scope, '<PERSON_1>', scope[0]]);
    /** In the format of the vault, made by hand. */
    const stored = (sealed: Buffer, nonce = NONCE, version = 1): Buffer =>
      Buffer.concat([Buffer.of(version), nonce, sealed]);
    const unwrap = (wrapped: Buffer, key = KEY) => unwrapChatSecret(key, 'm1', ...scope, wrapped);
    const open = (sealed: Buffer) => openValue({ encryption: KEY, fingerprint: KEY }, sealed, context);

    it.each([0, 1, 15, 16, 17, 31, 32, 33, 64, 255, 256])('Pseudorandom: %d bytes come back', (length) => {
      const plain = counted(1, length);
      expect(unwrap(stored(gcmSeal(KEY, NONCE, ofKey, plain)))).toEqual(plain);
    });

    it.each([
      ['a nonce of zeros', Buffer.alloc(12), undefined],
      ['a nonce of ones', Buffer.alloc(12, 0xff), undefined],
      ['a tag of zeros', NONCE, Buffer.alloc(16)],
      ['a tag of ones', NONCE, Buffer.alloc(16, 0xff)],
      ['a tag of 80 00 …', NONCE, Buffer.concat([Buffer.of(0x80), Buffer.alloc(15)])],
    ])('SpecialCase: %s is as good as any', (_, nonce, tag) => {
      const cipherText = tag ? blockForTag(KEY, nonce, ofKey, tag) : counted(1, 16);
      const made = gcm(KEY, nonce, ofKey, cipherText);
      expect(made.tag).toEqual(tag ?? made.tag);
      expect(unwrap(stored(Buffer.concat([cipherText, made.tag]), nonce))).toEqual(made.plain);
    });

    const secret = counted(7, 64);
    const value = Buffer.concat([Buffer.of(3, 0, 0, 0), Buffer.from('Ada'), Buffer.alloc(57)]);

    it('ModifiedTag: is refused, whatever was changed', () => {
      for (const [plain, associated, opened] of [
        [secret, ofKey, unwrap],
        [value, ofValue, open],
      ] as const) {
        const sealed = gcmSeal(KEY, NONCE, associated, plain);
        expect(opened(stored(sealed))).toBeDefined();
        const cases = modified(sealed.subarray(-16)).map(([name, tag]): [string, Buffer] => [
          name,
          stored(Buffer.concat([sealed.subarray(0, -16), tag])),
        ]);
        expect(cases).toHaveLength(133);
        expect(accepted(cases, (given) => opened(given) !== undefined)).toEqual([]);
      }
    });

    const sealed = (plain: Buffer, how: { nonce?: Buffer; associated?: Buffer; tagBytes?: number } = {}): Buffer => {
      const { nonce = NONCE, associated = ofKey, tagBytes } = how;
      return stored(gcmSeal(KEY, nonce, associated, plain, tagBytes), nonce);
    };
    it.each<[string, Buffer]>([
      // Shorter tags, good as GCM has them.
      ...[0, 4, 8, 12, 13, 14, 15].map((tagBytes): [string, Buffer] => [
        `TruncatedTag: ${tagBytes} bytes`,
        sealed(secret, { tagBytes }),
      ]),
      [
        'TruncatedTag: 12 bytes, filled up with zeros',
        Buffer.concat([sealed(secret, { tagBytes: 12 }), Buffer.alloc(4)]),
      ],
      ['a tag of 17 bytes', Buffer.concat([sealed(secret), Buffer.alloc(1)])],
      ['ZeroLengthIv', sealed(secret, { nonce: NONE })],
      ['SmallIv: 8 bytes', sealed(secret, { nonce: counted(1, 8) })],
      ['SmallIv: 11 bytes', sealed(secret, { nonce: counted(1, 11) })],
      ['LongIv: 13 bytes', sealed(secret, { nonce: counted(1, 13) })],
      ['LongIv: 16 bytes', sealed(secret, { nonce: counted(1, 16) })],
      ['no associated data', sealed(secret, { associated: NONE })],
      ['associated data cut by a byte', sealed(secret, { associated: ofKey.subarray(0, -1) })],
      ['associated data longer by a zero', sealed(secret, { associated: Buffer.concat([ofKey, Buffer.alloc(1)]) })],
      ['version 0', stored(gcmSeal(KEY, NONCE, ofKey, secret), NONCE, 0)],
      ['version 2', stored(gcmSeal(KEY, NONCE, ofKey, secret), NONCE, 2)],
      ['no bytes at all', NONE],
      ['a version alone', Buffer.of(1)],
      ['version and nonce alone', stored(NONE)],
    ])('is refused: %s', (_, wrapped) => {
      expect(unwrap(wrapped)).toBeUndefined();
    });

    it.each([0, 16, 24, 31, 33, 64])('a key of %d bytes opens nothing', (length) => {
      expect(unwrap(sealed(secret), counted(1, length))).toBeUndefined();
    });

    it.each([
      ['longer than what is there', Buffer.concat([Buffer.of(61, 0, 0, 0), Buffer.alloc(60)])],
      ['of four gigabytes', Buffer.concat([Buffer.alloc(4, 0xff), Buffer.alloc(60)])],
      ['cut off', Buffer.of(1, 0, 0)],
      ['missing', NONE],
    ])('a value whose length is %s does not open', (_, padded) => {
      expect(open(sealed(padded, { associated: ofValue }))).toBeUndefined();
    });
  });
});
