import { isLuhn } from '../checksums.js';
import { digitsOf, rule } from '../recognizer.js';

const DATE = '(?:19|20)?\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01]|6[1-9]|[78]\\d|9[01])';

/** Swedish personal and co-ordination numbers: date (day plus 60), serial, Luhn's check (Skatteverket). */
export const swedishPersonalNumberRecognizer = rule({
  type: 'SE_PERSONNUMMER',
  pattern: new RegExp(`\\b${DATE}[-+]\\d{4}\\b`, 'g'),
  score: 0.8,
  digits: 10,
  accepts: ({ value }) => isLuhn(digitsOf(value).slice(-10)),
});

/** The same in one piece. */
export const swedishPlainNumberRecognizer = rule({
  type: 'SE_PERSONNUMMER',
  pattern: new RegExp(`\\b${DATE}\\d{4}\\b`, 'g'),
  score: 0.3,
  context: 'national',
  scoreInContext: 0.9,
  digits: 10,
  accepts: ({ value }) => isLuhn(value.slice(-10)),
});
