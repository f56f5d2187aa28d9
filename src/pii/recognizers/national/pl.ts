import { weightedSum } from '../checksums.js';
import { rule } from '../recognizer.js';

/** Polish PESEL: date of birth with the century in the month, serial, check digit (Dz.U. 2010 nr 217 poz. 1427). */
export const polishPeselRecognizer = rule({
  type: 'PL_PESEL',
  pattern: /\b\d{2}(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}\b/g,
  score: 0.55,
  context: 'national',
  scoreInContext: 0.95,
  digits: 11,
  accepts: ({ value }) => weightedSum(value, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
});
