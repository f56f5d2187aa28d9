import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeBase64Url, encodeBase64Url } from './base64url.js';

describe('base64url', () => {
  it.each([
    ['', ''],
    ['Zg', 'f'],
    ['Zm8', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg', 'foob'],
    ['Zm9vYmE', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
  ])('reads %j of RFC 4648, section 10, without padding', (text, plain) => {
    expect(decodeBase64Url(text)?.toString()).toBe(plain);
    expect(encodeBase64Url(Buffer.from(plain))).toBe(text);
  });

  it('uses the alphabet of section 5', () => {
    expect(encodeBase64Url(Buffer.from([0xfb, 0xff]))).toBe('-_8');
    expect(decodeBase64Url('-_8')).toEqual(Buffer.from([0xfb, 0xff]));
  });

  it.each([
    ['padding', 'Zg=='],
    ['one pad', 'Zm8='],
    ['the other alphabet', '+/8'],
    ['a mix of alphabets', '-/8'],
    ['a space inside', 'Zm 9v'],
    ['a space in front', ' Zm9v'],
    ['a space behind', 'Zm9v '],
    ['a line feed behind', 'Zm9v\n'],
    ['a carriage return', 'Zm9v\r\n'],
    ['a tab', 'Zm\t9v'],
    ['unused bits set, one byte', 'Zh'],
    ['unused bits set, two bytes', 'Zm9'],
    ['a length no bytes have', 'Zm9vY'],
    ['one character', 'Z'],
    ['junk that Node skips', 'QUI=!!\n'],
    ['a dot', 'Zm9v.'],
    ['NUL', 'Zm9v\0'],
    ['a character that is alphabetic only in its low byte', 'Zm9\u0176'],
    ['full-width letters', 'Ｚｍ９ｖ'],
    ['a lone surrogate', 'Zm9\ud800'],
  ])('refuses %s', (_what, text) => {
    expect(decodeBase64Url(text)).toBeUndefined();
  });

  it('has one spelling for any bytes, and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const text = encodeBase64Url(Buffer.from(bytes));
        expect(text).toMatch(/^[A-Za-z0-9_-]*$/);
        expect(decodeBase64Url(text)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('accepts no text that it would not write itself', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const bytes = decodeBase64Url(text);
        expect(bytes === undefined || encodeBase64Url(bytes) === text).toBe(true);
      }),
    );
  });
});
