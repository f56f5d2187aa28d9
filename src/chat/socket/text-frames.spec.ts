import { describe, expect, it } from '@jest/globals';
import { textFrames } from './text-frames.js';

/** Reads frames as RFC 6455, section 5.2, says. */
function read(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    expect(bytes[at]).toBe(0x81);
    let length = bytes.readUInt8(at + 1);
    let start = at + 2;
    if (length === 126) [length, start] = [bytes.readUInt16BE(start), start + 2];
    else if (length === 127) [length, start] = [Number(bytes.readBigUInt64BE(start)), start + 8];
    texts.push(bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  return texts;
}

describe('textFrames', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('frames a text of %i bytes', (length) => {
    expect(read(textFrames(['x'.repeat(length), 'next']))).toEqual(['x'.repeat(length), 'next']);
  });

  it('counts bytes, not characters', () => {
    const texts = ['Zoë', '👩'.repeat(40), 'é'.repeat(63)];
    expect(read(textFrames(texts))).toEqual(texts);
  });

  it('takes over what is framed already', () => {
    expect(read(textFrames(['a', textFrames(['b', 'c']), 'd']))).toEqual(['a', 'b', 'c', 'd']);
    expect(textFrames([])).toHaveLength(0);
  });
});
