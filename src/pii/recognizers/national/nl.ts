import { isRepdigit, weightedSum } from '../checksums.js';
import { digitsOf, rule } from '../recognizer.js';

/** Dutch citizen service numbers: the test of eleven, in which the last digit counts -1 (Wabb). Every eleventh number passes. */
export const dutchBsnRecognizer = rule({
  type: 'NL_BSN',
  pattern: /\b\d{3}[. ]?\d{2,3}[. ]?\d{3,4}\b/g,
  score: 0.2,
  context: 'national',
  scoreInContext: 0.9,
  digits: 8,
  accepts: ({ value }) => {
    const digits = digitsOf(value).padStart(9, '0');
    return digits.length === 9 && !isRepdigit(digits) && weightedSum(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0;
  },
});
