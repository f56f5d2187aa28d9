import { digitAt, isRepdigit, weightedSum } from '../checksums.js';
import { digitsOf, rule } from '../recognizer.js';

/** Australian tax file numbers: weighted sum modulo 11 (ATO). Every eleventh number passes, so a word must call it so. */
export const australianTfnRecognizer = rule({
  type: 'AU_TFN',
  pattern: /\b\d{3} ?\d{3} ?\d{3}\b/g,
  score: 0.2,
  context: 'tax',
  scoreInContext: 0.9,
  digits: 9,
  accepts: ({ value }) =>
    weightedSum(digitsOf(value), [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !isRepdigit(digitsOf(value)),
});

/** Australian Medicare numbers: eight digits, their check digit, the issue, perhaps the person on the card. */
export const australianMedicareRecognizer = rule({
  type: 'AU_MEDICARE',
  pattern: /\b[2-6]\d{3} ?\d{5} ?\d(?:[ /-]?[1-9])?\b/g,
  score: 0.3,
  context: 'health',
  scoreInContext: 0.9,
  digits: 10,
  accepts: ({ value }) => {
    const digits = digitsOf(value);
    return weightedSum(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digitAt(digits, 8);
  },
});

/** Australian business numbers: one from the first digit, weighted sum modulo 89 (ABR). */
export const australianAbnRecognizer = rule({
  type: 'AU_ABN',
  pattern: /\b[1-9]\d ?\d{3} ?\d{3} ?\d{3}\b/g,
  score: 0.45,
  context: 'tax',
  scoreInContext: 0.95,
  digits: 11,
  accepts: ({ value }) => (weightedSum(digitsOf(value), [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) - 10) % 89 === 0,
});

/** Australian company numbers: ten minus the weighted sum modulo 10 (ASIC). */
export const australianAcnRecognizer = rule({
  type: 'AU_ACN',
  pattern: /\b\d{3} ?\d{3} ?\d{3}\b/g,
  score: 0.2,
  context: 'tax',
  scoreInContext: 0.9,
  digits: 9,
  accepts: ({ value }) => {
    const digits = digitsOf(value);
    return (
      (10 - (weightedSum(digits, [8, 7, 6, 5, 4, 3, 2, 1]) % 10)) % 10 === digitAt(digits, 8) && !isRepdigit(digits)
    );
  },
});
