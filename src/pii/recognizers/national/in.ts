import { isVerhoeff } from '../checksums.js';
import { digitsOf, rule } from '../recognizer.js';
import { Sign } from '../scan.js';

/** Indian Aadhaar numbers in groups of four: Verhoeff's check, never led by 0 or 1 (UIDAI). */
export const aadhaarRecognizer = rule({
  type: 'IN_AADHAAR',
  pattern: /\b[2-9]\d{3}([ -])\d{4}\1\d{4}\b/g,
  score: 0.8,
  digits: 12,
  accepts: ({ value, text, end }) => isVerhoeff(digitsOf(value)) && !/^[ -]\d{2}/.test(text.slice(end, end + 3)),
});

/** The same in one piece. */
export const plainAadhaarRecognizer = rule({
  type: 'IN_AADHAAR',
  pattern: /\b[2-9]\d{11}\b/g,
  score: 0.4,
  context: 'national',
  scoreInContext: 0.9,
  digits: 12,
  accepts: ({ value }) => isVerhoeff(value),
});

/** Indian permanent account numbers: the fourth letter is the kind of holder (Income Tax Department). */
export const indianPanRecognizer = rule({
  type: 'IN_PAN',
  pattern: /\b[A-Z]{3}[ABCFGHJLPT][A-Z](?!0000)\d{4}[A-Z]\b/g,
  score: 0.75,
  context: 'tax',
  scoreInContext: 0.9,
  digits: 4,
  signs: Sign.capital | Sign.mixed,
});
