import { isCalled } from './called-document.js';
import { rule } from './recognizer.js';
import { Sign } from './scan.js';

/** Driving licence numbers, where the text calls them so: every state has a form of its own. */
export const driverLicenseRecognizer = rule({
  type: 'US_DRIVER_LICENSE',
  // Three letters at most before digits, dashes inside. What makes it a licence is the word.
  pattern: /\b[A-Za-z]{0,3}\d[A-Za-z0-9-]{4,18}\b/g,
  score: 0.1,
  context: 'licence',
  scoreInContext: 0.75,
  digits: 4,
  accepts: (candidate) => isCalled(candidate, 4),
});

/** British driving licences: five letters of the name, date of birth, initials, check (DVLA). */
export const britishLicenceRecognizer = rule({
  type: 'UK_DRIVING_LICENCE',
  pattern: /\b[A-Z9]{5}\d[0156]\d(?:0[1-9]|[12]\d|3[01])\d[A-Z9]{2}[A-Z0-9]{3}\b/g,
  score: 0.8,
  digits: 6,
  signs: Sign.capital | Sign.mixed,
});
