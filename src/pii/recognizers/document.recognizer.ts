import { digitsOf, rule, type Candidate } from './recognizer.js';
import { nearest, Sign } from './scan.js';

// Three letters at most before digits, dashes inside: the forms of most countries. What makes it a passport is the word.
const DOCUMENT = /\b[A-Za-z]{0,3}\d[A-Za-z0-9-]{4,18}\b/g;

/** Passport numbers, where the text calls them so. */
export const passportRecognizer = rule({
  type: 'PASSPORT',
  pattern: /\b[A-Za-z]{0,3}\d[A-Za-z0-9]{5,10}\b/g,
  score: 0.1,
  context: 'passport',
  scoreInContext: 0.75,
  digits: 5,
  accepts: (candidate) => isCalled(candidate, 5),
});

/** Driving licence numbers, where the text calls them so: every state has a form of its own. */
export const driverLicenseRecognizer = rule({
  type: 'US_DRIVER_LICENSE',
  pattern: DOCUMENT,
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

/** Enough digits, and no word such as "order" between the number and what it is called. */
function isCalled({ value, text, start, end, scan }: Candidate, digits: number): boolean {
  if (digitsOf(value).length < digits || /[/@._]/.test(text.charAt(start - 1))) return false;
  const otherwise = nearest(scan, 'other', start, end);
  return otherwise === undefined || otherwise.end < start - 24 || otherwise.start >= end;
}
