import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { messageString, type MessagePieces, verifyMessageString } from '../../src/auth/message-string.js';
import { fingerprint } from '../../src/pii/vault/value-cipher.js';
import { encodePieces } from '../support/reference-pae.js';
import { accepted, bytes, counted, modified } from '../support/vector-cases.js';

const KEY = counted(3, 32);

describe('HMAC-SHA-256', () => {
  // RFC 4231, test cases 1 to 4, 6 and 7 (5 is about a cut output).
  it.each([
    ['1', '0b'.repeat(20), Buffer.from('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      '2',
      '4a656665',
      Buffer.from('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    ['3', 'aa'.repeat(20), Buffer.alloc(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    [
      '4',
      counted(1, 25).toString('hex'),
      Buffer.alloc(50, 0xcd),
      '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    ],
    [
      '6',
      'aa'.repeat(131),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
    [
      '7',
      'aa'.repeat(131),
      Buffer.from(
        'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
      ),
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    ],
  ])('has the published vector %s, as fingerprints use it', (_, key, data, output) => {
    expect(createHmac('sha256', bytes(key)).update(data).digest('hex')).toBe(output);
    // Values are text; two of the vectors are not.
    const text = data.toString();
    if (!Buffer.from(text).equals(data)) return;
    expect(fingerprint({ encryption: KEY, fingerprint: bytes(key) }, text).toString('hex')).toBe(output);
  });

  describe('as message strings are verified', () => {
    const pieces: MessagePieces = {
      sessionId: 'AAECAwQFBgcICQoLDA0ODw',
      counter: 1,
      event: 'message:send',
      chatId: '0190a000-0000-7000-8000-000000000002',
      clientMessageId: 'c-1',
      message: '',
    };
    const tag = Buffer.from(messageString(KEY, pieces).slice(4), 'base64url');
    const written = (given: Buffer) => `ms1_${given.toString('base64url')}`;
    const verifies = (given: Buffer) => verifyMessageString(KEY, written(given), pieces);

    it.each(['', 'x', 'x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65), '東'.repeat(10_000)])(
      'Pseudorandom: is that of node:crypto for message %#',
      (message) => {
        const { sessionId, event, chatId, clientMessageId } = pieces;
        const signed = [sessionId, '1', event, chatId, clientMessageId, message, '', '', '', ''];
        const hmac = createHmac('sha256', KEY).update(encodePieces(['cloakroom/message/v1', ...signed]));
        expect(messageString(KEY, { ...pieces, message })).toBe(written(hmac.digest()));
      },
    );

    it('ModifiedTag: is refused, whatever was changed', () => {
      expect(verifies(tag)).toBe(true);
      const cases = modified(tag);
      expect(cases).toHaveLength(261);
      expect(accepted(cases, verifies)).toEqual([]);
    });

    it('TruncatedTag: is refused at any length, and longer too', () => {
      const cases = Array.from({ length: 32 }, (_, length): [string, Buffer] => [
        `${length} bytes`,
        tag.subarray(0, length),
      ]);
      cases.push(['33 bytes', Buffer.concat([tag, Buffer.alloc(1)])], ['twice', Buffer.concat([tag, tag])]);
      expect(accepted(cases, verifies)).toEqual([]);
    });
  });
});
