import { digitAt, isRepdigit, weightedSum } from '../checksums.js';
import { digitsOf, rule } from '../recognizer.js';

/** Brazilian CPF in its usual notation: two check digits modulo 11 (Receita Federal). */
export const brazilianCpfRecognizer = rule({
  type: 'BR_CPF',
  pattern: /\b\d{3}\.\d{3}\.\d{3}-\d{2}\b/g,
  score: 0.95,
  digits: 11,
  accepts: ({ value }) => isCpf(digitsOf(value)),
});

/** The same in one piece. */
export const brazilianPlainCpfRecognizer = rule({
  type: 'BR_CPF',
  pattern: /\b\d{3} ?\d{3} ?\d{3}[ -]?\d{2}\b/g,
  score: 0.45,
  context: 'tax',
  scoreInContext: 0.95,
  digits: 11,
  accepts: ({ value }) => isCpf(digitsOf(value)),
});

function isCpf(digits: string): boolean {
  const first = ((10 * weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2])) % 11) % 10;
  const second = ((10 * weightedSum(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) % 11) % 10;
  return !isRepdigit(digits) && first === digitAt(digits, 9) && second === digitAt(digits, 10);
}
