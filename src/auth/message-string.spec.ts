import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createHmac, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageKey, messageString, pae, verifyMessageString, type MessagePieces } from './message-string.js';

interface Vectors {
  readonly messageKeyHex: string;
  readonly messageKey: string;
  readonly cases: readonly { name: string; pieces: string[]; paeHex: string; messageString: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../test/vectors/message-string-vectors.json', import.meta.url), 'utf8'),
) as Vectors;
/** `npm run test:nightly` tries a million. */
const RUNS = Number(process.env['MUTATION_RUNS'] ?? 2_000);
const key = Buffer.from(vectors.messageKeyHex, 'hex');

const PLAIN: MessagePieces = {
  sessionId: 'AAECAwQFBgcICQoLDA0ODw',
  counter: 1,
  event: 'message:send',
  chatId: '01890f3e-7b1a-7cc2-b1c4-0123456789ab',
  clientMessageId: 'c-1',
  message: 'Hello, world!',
};
const PLAIN_STRING = messageString(key, PLAIN);

function asPieces(list: readonly string[]): MessagePieces {
  const [, sessionId = '', counter = '', event = '', chatId = '', clientMessageId = '', message = '', ...rest] = list;
  const [piiMapping, autoPiiMapping, piiPositions, reference] = rest;
  const needed = { sessionId, counter: Number(counter), event, chatId, clientMessageId, message };
  return { ...needed, piiMapping, autoPiiMapping, piiPositions, reference };
}

describe('pae', () => {
  it.each([
    ['no piece', [], '0000000000000000'],
    ['one empty piece', [''], '01000000000000000000000000000000'],
    ['one piece', ['test'], '0100000000000000040000000000000074657374'],
  ])("is PASETO's encoding of %s", (_what, pieces, hex) => {
    expect(pae(pieces).toString('hex')).toBe(hex);
  });

  it('keeps apart what joins to the same text', () => {
    expect(pae(['ab', 'c'])).not.toEqual(pae(['a', 'bc']));
    expect(pae(['a', ''])).not.toEqual(pae(['a']));
  });

  it('grows beyond its buffer and shrinks back', () => {
    const long = '東'.repeat(100_000);
    expect(pae(['x', long, 'y'])).toHaveLength(8 + 9 + 8 + 300_000 + 9);
    expect(pae(['x', long, 'y']).subarray(25, 28).toString()).toBe('東');
    expect(pae(['test']).toString('hex')).toBe('0100000000000000040000000000000074657374');
  });

  it('gives a buffer of its own, which later calls leave alone', () => {
    const first = pae(['first']);
    pae(['other']);
    expect(first.subarray(16).toString()).toBe('first');
  });

  it('refuses a lone surrogate, which would become U+FFFD', () => {
    expect(() => pae(['a\ud800'])).toThrow(TypeError);
  });
});

describe('message strings', () => {
  it('reads the key of the vectors', () => {
    expect(Buffer.from(vectors.messageKey, 'base64url')).toEqual(key);
  });

  it.each(vectors.cases)('match the vector "$name"', ({ pieces, paeHex, messageString: expected }) => {
    expect(pae(pieces).toString('hex')).toBe(paeHex);
    expect(messageString(key, asPieces(pieces))).toBe(expected);
    expect(verifyMessageString(key, expected, asPieces(pieces))).toBe(true);
  });

  it('count an absent piece as empty text', () => {
    const empty = { piiMapping: '', autoPiiMapping: '', piiPositions: '', reference: '' };
    expect(messageString(key, { ...PLAIN, ...empty })).toBe(PLAIN_STRING);
  });

  it.each<[string, Partial<MessagePieces>]>([
    ['session', { sessionId: 'AAECAwQFBgcICQoLDA0ODg' }],
    ['counter', { counter: 2 }],
    ['event', { event: 'message:edit' }],
    ['chat', { chatId: '01890f3e-7b1a-7cc2-b1c4-0123456789ac' }],
    ['client id', { clientMessageId: 'c-2' }],
    ['message', { message: 'Hello, world' }],
    ['normalisation of the message', { message: 'Hello, world!\u200b' }],
    ['mapping', { piiMapping: '{}' }],
    ['automatic detection', { autoPiiMapping: 'false' }],
    ['positions', { piiPositions: '[]' }],
    ['reference', { reference: 'x' }],
    ['list of mentions', { mentions: 'x' }],
    ['list of mentions, even an empty one', { mentions: '' }],
  ])('do not match another %s', (_what, change) => {
    expect(verifyMessageString(key, PLAIN_STRING, { ...PLAIN, ...change })).toBe(false);
  });

  it('do not match where a text moved from one piece to the next', () => {
    const given = messageString(key, { ...PLAIN, piiMapping: '{}' });
    expect(verifyMessageString(key, given, { ...PLAIN, autoPiiMapping: '{}' })).toBe(false);
  });

  it('have the mentions as a twelfth piece', () => {
    const pieces = ['cloakroom/message/v1', PLAIN.sessionId, '1', PLAIN.event, PLAIN.chatId, 'c-1', PLAIN.message];
    const encoded = pae([...pieces, '', '', '', '', 'a,b']);
    const mac = createHmac('sha256', key).update(encoded).digest('base64url');
    expect(messageString(key, { ...PLAIN, mentions: 'a,b' })).toBe(`ms1_${mac}`);
  });

  it('do not match under another key', () => {
    expect(verifyMessageString(Buffer.alloc(32), PLAIN_STRING, PLAIN)).toBe(false);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['no text', 5],
    ['an object that reads as the text', { toString: () => PLAIN_STRING }],
    ['a list of it', [PLAIN_STRING]],
    ['an empty text', ''],
    ['the prefix alone', 'ms1_'],
    ['no prefix', PLAIN_STRING.slice(4)],
    ['another version', PLAIN_STRING.replace('ms1_', 'ms2_')],
    ['another case of the prefix', PLAIN_STRING.replace('ms1_', 'MS1_')],
    ['one character less', PLAIN_STRING.slice(0, -1)],
    ['padding', `${PLAIN_STRING}=`],
    ['a line feed', `${PLAIN_STRING}\n`],
    ['a space', `${PLAIN_STRING.slice(0, 10)} ${PLAIN_STRING.slice(10)}`],
    ['16 bytes of it', PLAIN_STRING.slice(0, 26)],
    ['hexadecimal', `ms1_${Buffer.from(PLAIN_STRING.slice(4), 'base64url').toString('hex')}`],
    ['characters that are ours only in their low byte', PLAIN_STRING.replace(/.$/, '\u0151')],
  ])('refuse %s', (_what, given) => {
    expect(verifyMessageString(key, given, PLAIN)).toBe(false);
  });

  it('refuse the other spellings of the same last bits', () => {
    const last = PLAIN_STRING.slice(-1);
    const others = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_').filter(
      (character) => character !== last,
    );
    for (const other of others) expect(verifyMessageString(key, PLAIN_STRING.slice(0, -1) + other, PLAIN)).toBe(false);
  });

  it.each([0, -1, 1.5, NaN, Infinity, 2 ** 53, 1e21])('refuse the counter %d', (counter) => {
    expect(() => messageString(key, { ...PLAIN, counter })).toThrow(TypeError);
    expect(verifyMessageString(key, PLAIN_STRING, { ...PLAIN, counter })).toBe(false);
  });

  it.each(['sessionId', 'event', 'chatId', 'clientMessageId', 'message', 'piiMapping', 'reference'] as const)(
    'refuse a lone surrogate in %s instead of sharing a string with U+FFFD',
    (piece) => {
      const replaced = messageString(key, { ...PLAIN, [piece]: 'a\ufffd' });
      expect(verifyMessageString(key, replaced, { ...PLAIN, [piece]: 'a\ufffd' })).toBe(true);
      expect(verifyMessageString(key, replaced, { ...PLAIN, [piece]: 'a\ud800' })).toBe(false);
      expect(() => messageString(key, { ...PLAIN, [piece]: '\udc00a' })).toThrow(TypeError);
    },
  );

  it('match what was signed, for any text, and nothing else', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1 }), (message, other, counter) => {
        const given = messageString(key, { ...PLAIN, message, counter });
        expect(verifyMessageString(key, given, { ...PLAIN, message, counter })).toBe(true);
        expect(verifyMessageString(key, given, { ...PLAIN, message: other, counter })).toBe(message === other);
      }),
      { numRuns: 2000 },
    );
  });

  it('match no mutation', () => {
    const given = PLAIN_STRING;
    const mutation = fc.record({ at: fc.nat(given.length), cut: fc.nat(3), put: fc.string({ maxLength: 3 }) });
    fc.assert(
      fc.property(mutation, ({ at, cut, put }) => {
        const text = given.slice(0, at) + put + given.slice(at + cut);
        fc.pre(text !== given);
        expect(verifyMessageString(key, text, PLAIN)).toBe(false);
      }),
      { numRuns: RUNS },
    );
  }, 600_000);
});

describe('messageKey', () => {
  const secret = Buffer.alloc(32, 3);
  const claims = { jti: 'AAECAwQFBgcICQoLDA0ODw', cht: 'chat', sub: 'user', sxp: 1_800_000_000 };

  it('is what HKDF-SHA-256 of node makes, without salt', () => {
    for (const root of [secret, Buffer.alloc(32, 4), Buffer.from('a secret of another length than that of a hash')]) {
      const { jti, cht, sub, sxp } = claims;
      const info = pae(['cloakroom/message-key/v1', jti, cht, sub, String(sxp)]);
      expect(messageKey(root, claims)).toEqual(Buffer.from(hkdfSync('sha256', root, '', info, 32)));
    }
  });

  it('is 32 bytes that depend on the secret and on every claim', () => {
    const keys = [
      messageKey(secret, claims),
      messageKey(Buffer.alloc(32, 4), claims),
      messageKey(secret, { ...claims, jti: 'BAECAwQFBgcICQoLDA0ODw' }),
      messageKey(secret, { ...claims, cht: 'other' }),
      messageKey(secret, { ...claims, sub: 'other' }),
      messageKey(secret, { ...claims, sxp: 1_800_000_001 }),
      messageKey(secret, { ...claims, cht: 'chatu', sub: 'ser' }),
    ];
    expect(keys.every(({ length }) => length === 32)).toBe(true);
    expect(new Set(keys.map((each) => each.toString('hex'))).size).toBe(keys.length);
    expect(messageKey(secret, { ...claims })).toEqual(keys[0]);
  });
});
