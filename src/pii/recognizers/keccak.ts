// Keccak-256 with the padding of 2011, as Ethereum uses it: SHA-3 of FIPS 202, which node:crypto has, pads otherwise.
// Lanes are bigint: it runs on a 40 character address that has passed every cheaper test.

const MASK = (1n << 64n) - 1n;
const RATE = 136;

const { constants, rotations, targets } = tables();

/** Keccak-256 of an ASCII text of fewer than 136 characters, as lower-case hexadecimal. */
export function keccak256(text: string): string {
  const block = new Uint8Array(RATE);
  for (let index = 0; index < text.length; index += 1) block[index] = text.charCodeAt(index);
  block[text.length] = 0x01;
  block[RATE - 1] = (block[RATE - 1] ?? 0) | 0x80;
  const view = new DataView(block.buffer);
  const state = Array.from({ length: 25 }, (_, lane) => (lane < RATE / 8 ? view.getBigUint64(8 * lane, true) : 0n));
  for (const constant of constants) round(state, constant);
  const digest = new DataView(new ArrayBuffer(32));
  for (let lane = 0; lane < 4; lane += 1) digest.setBigUint64(8 * lane, state[lane] ?? 0n, true);
  return Buffer.from(digest.buffer).toString('hex');
}

/** One round: theta, rho and pi, chi, iota (FIPS 202, section 3.2). */
function round(state: bigint[], constant: bigint): void {
  const lane = (index: number): bigint => state[index] ?? 0n;
  const parity = Array.from(
    { length: 5 },
    (_, x) => lane(x) ^ lane(x + 5) ^ lane(x + 10) ^ lane(x + 15) ^ lane(x + 20),
  );
  for (let index = 0; index < 25; index += 1) {
    const x = index % 5;
    state[index] = lane(index) ^ (parity[(x + 4) % 5] ?? 0n) ^ rotate(parity[(x + 1) % 5] ?? 0n, 1n);
  }
  const moved: bigint[] = Array.from({ length: 25 }, () => 0n);
  for (let index = 0; index < 25; index += 1) moved[targets[index] ?? 0] = rotate(lane(index), rotations[index] ?? 0n);
  for (let index = 0; index < 25; index += 1) {
    const row = index - (index % 5);
    const at = (x: number): bigint => moved[row + ((index + x) % 5)] ?? 0n;
    state[index] = at(0) ^ (~at(1) & MASK & at(2));
  }
  state[0] = lane(0) ^ constant;
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & MASK;
}

/** The tables of rho, pi and iota, from their definitions (FIPS 202, algorithms 2, 3 and 5). */
function tables(): { constants: bigint[]; rotations: bigint[]; targets: number[] } {
  const rotations = Array.from({ length: 25 }, () => 0n);
  for (let step = 0, x = 1, y = 0; step < 24; step += 1) {
    rotations[x + 5 * y] = BigInt((((step + 1) * (step + 2)) / 2) % 64);
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  const targets = Array.from({ length: 25 }, (_, index) => {
    const [x, y] = [index % 5, Math.floor(index / 5)];
    return y + 5 * ((2 * x + 3 * y) % 5);
  });
  let register = 1;
  const constants = Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let bit = 0; bit <= 6; bit += 1) {
      if ((register & 1) === 1) constant |= 1n << ((1n << BigInt(bit)) - 1n);
      register = (register << 1) ^ ((register & 0x80) === 0 ? 0 : 0x171);
    }
    return constant;
  });
  return { constants, rotations, targets };
}
