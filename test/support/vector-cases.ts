/* What the tables of vectors share. Kinds are those that Project Wycheproof names (C2SP/wycheproof, testvectors_v1). */

export const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** So many bytes, each one more than the one before. */
export const counted = (first: number, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, index) => first + index));

/** What Wycheproof does to tags: single bits, all of them, and values that a careless comparison takes for none. */
export function modified(tag: Buffer): [string, Buffer][] {
  const flipped = Array.from({ length: tag.length * 8 }, (_, bit): [string, Buffer] => {
    const copy = Buffer.from(tag);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return [`bit ${bit} flipped`, copy];
  });
  return [
    ...flipped,
    ['all bits flipped', Buffer.from(tag.map((byte) => byte ^ 0xff))],
    ['the highest bit of each byte flipped', Buffer.from(tag.map((byte) => byte ^ 0x80))],
    ['all zeros', Buffer.alloc(tag.length)],
    ['all ones', Buffer.alloc(tag.length, 0xff)],
    ['reversed', Buffer.from(tag.toReversed())],
  ];
}

/** Names of the cases that were not refused. */
export const accepted = <Given>(cases: readonly [string, Given][], accepts: (given: Given) => boolean): string[] =>
  cases.filter(([, given]) => accepts(given)).map(([name]) => name);
