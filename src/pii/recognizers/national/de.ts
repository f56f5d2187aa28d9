import { isIso7064Mod11With10 } from '../checksums.js';
import { digitsOf, rule } from '../recognizer.js';

/** German tax identification numbers: ISO 7064 MOD 11,10, and one digit two or three times among the first ten (BZSt). */
export const germanTaxIdRecognizer = rule({
  type: 'DE_TAX_ID',
  pattern: /\b[1-9]\d ?\d{3} ?\d{3} ?\d{3}\b/g,
  score: 0.5,
  context: 'tax',
  scoreInContext: 0.95,
  digits: 11,
  accepts: ({ value }) => isTaxId(digitsOf(value)),
});

function isTaxId(digits: string): boolean {
  const counts = Array.from({ length: 10 }, () => 0);
  for (const digit of digits.slice(0, 10)) counts[Number(digit)] = (counts[Number(digit)] ?? 0) + 1;
  const repeated = counts.filter((count) => count > 1);
  return repeated.length === 1 && (repeated[0] ?? 0) <= 3 && isIso7064Mod11With10(digits);
}
