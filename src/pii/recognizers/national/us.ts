import { digitsOf, rule, type Candidate } from '../recognizer.js';

/** US social security numbers (SSA: no area 000, 666 or 9xx, no group 00, no serial 0000; three numbers of adverts). */
export const usSsnRecognizer = rule({
  type: 'US_SSN',
  pattern: /\b\d{3}(?:-\d{2}-|\.\d{2}\.)\d{4}\b/g,
  score: 0.85,
  digits: 9,
  accepts: isSsn,
});

/** The same without dashes: as often another number, so a word must call it so. */
export const usPlainSsnRecognizer = rule({
  type: 'US_SSN',
  pattern: /\b\d{3} ?-?\d{2} ?-?\d{4}\b/g,
  score: 0.3,
  context: 'ssn',
  scoreInContext: 0.85,
  digits: 9,
  accepts: isSsn,
});

/** US taxpayer numbers (IRS: 9xx, and a group of 50–65, 70–88, 90–92 or 94–99). */
export const usItinRecognizer = rule({
  type: 'US_ITIN',
  pattern: /\b9\d\d[- ]?(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])[- ]?\d{4}\b/g,
  score: 0.3,
  context: 'tax',
  scoreInContext: 0.85,
  digits: 9,
});

/** The same in its usual notation. */
export const usDashedItinRecognizer = rule({
  type: 'US_ITIN',
  pattern: /\b9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}\b/g,
  score: 0.8,
  digits: 9,
});

const NEVER_ISSUED = new Set(['078051120', '219099999', '123456789', '987654320']);

function isSsn({ value, text, start, end }: Candidate): boolean {
  const digits = digitsOf(value);
  if (/^(?:000|666|9)|^\d{3}00|0000$/.test(digits) || NEVER_ISSUED.has(digits)) return false;
  return !'-.'.includes(text.charAt(start - 1) || ' ') && !/^[-.]\d/.test(text.slice(end, end + 2));
}
