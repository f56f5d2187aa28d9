import { digitAt, isRepdigit, weightedSum } from '../checksums.js';
import { digitsOf, rule } from '../recognizer.js';

/** NHS numbers of England, Wales and the Isle of Man: modulus 11 (NHS data dictionary). */
export const ukNhsRecognizer = rule({
  type: 'UK_NHS',
  pattern: /\b\d{3}([ -]?)\d{3}\1\d{4}\b/g,
  score: 0.45,
  context: 'health',
  scoreInContext: 0.95,
  digits: 10,
  accepts: ({ value }) => isNhsNumber(digitsOf(value)),
});

/** National Insurance numbers (HMRC NIM39110: letters that are not used, prefixes that are not given out). */
export const ukNinoRecognizer = rule({
  type: 'UK_NINO',
  pattern: /\b(?!bg|gb|kn|nk|nt|tn|zz)[a-ceghj-pr-tw-z][a-ceghj-npr-tw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b/gi,
  score: 0.75,
  context: 'national',
  scoreInContext: 0.95,
  digits: 6,
});

function isNhsNumber(digits: string): boolean {
  const check = (11 - (weightedSum(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return check === digitAt(digits, 9) && !isRepdigit(digits);
}
