const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const BECH32 = 1; // BIP 173
const BECH32M = 0x2bc830a3; // BIP 350

/** Whether `value` is a human-readable prefix, `1`, and data with the checksum of BIP 173 or BIP 350. */
export function isBech32(value: string): boolean {
  const plain = value.toLowerCase();
  if (plain !== value && value.toUpperCase() !== value) return false;
  const separator = plain.lastIndexOf('1');
  if (separator < 1 || plain.length - separator < 7) return false;
  let check = 1;
  for (const high of [true, false]) {
    for (let index = 0; index < separator; index += 1) {
      const code = plain.charCodeAt(index);
      check = step(check, high ? code >> 5 : code & 31);
    }
    if (high) check = step(check, 0);
  }
  for (const character of plain.slice(separator + 1)) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return false;
    check = step(check, digit);
  }
  return check === BECH32 || check === BECH32M;
}

function step(check: number, digit: number): number {
  const top = check >>> 25;
  let next = ((check & 0x1ffffff) << 5) ^ digit;
  for (let bit = 0; bit < 5; bit += 1) if (((top >> bit) & 1) === 1) next ^= GENERATOR[bit] ?? 0;
  return next;
}
