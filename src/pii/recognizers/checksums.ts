/** Luhn's check (ISO/IEC 7812-1, annex B) over a string of ASCII digits. */
export function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index -= 1, double = !double) {
    const digit = digits.charCodeAt(index) - 48;
    sum += double ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return digits !== '' && sum % 10 === 0;
}

/** Sum of the digits, each multiplied by the weight at its place; places without a weight count nothing. */
export function weightedSum(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index += 1) {
    sum += (digits.charCodeAt(index) - 48) * (weights[index] ?? 0);
  }
  return sum;
}

/** The digit at `index`, as a number. */
export function digitAt(digits: string, index: number): number {
  return digits.charCodeAt(index) - 48;
}

/** ISO 7064, MOD 11,10: the last digit is the check digit. */
export function isIso7064Mod11With10(digits: string): boolean {
  let product = 10;
  for (let index = 0; index < digits.length - 1; index += 1) {
    const sum = (digitAt(digits, index) + product) % 10;
    product = (2 * (sum === 0 ? 10 : sum)) % 11;
  }
  return (11 - product) % 10 === digitAt(digits, digits.length - 1);
}

// Verhoeff's dihedral group D5: multiplication, and the permutation of the digit at each place (Verhoeff, 1969).
const MULTIPLY = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const PERMUTE = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Verhoeff's check over a string of ASCII digits. */
export function isVerhoeff(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const permuted = digitAt(PERMUTE[place % 8] ?? '', digitAt(digits, digits.length - 1 - place));
    check = digitAt(MULTIPLY[check] ?? '', permuted);
  }
  return digits !== '' && check === 0;
}

/** Whether all digits are the same: no authority hands such a number out, and checksums often hold for it. */
export function isRepdigit(digits: string): boolean {
  for (let index = 1; index < digits.length; index += 1) {
    if (digits.charCodeAt(index) !== digits.charCodeAt(0)) return false;
  }
  return true;
}
