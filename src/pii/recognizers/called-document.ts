import { digitsOf, type Candidate } from './recognizer.js';
import { nearest } from './scan.js';

/** Enough digits, and no word such as "order" between the number and what it is called. */
export function isCalled({ value, text, start, end, scan }: Candidate, digits: number): boolean {
  if (digitsOf(value).length < digits || /[/@._]/.test(text.charAt(start - 1))) return false;
  const otherwise = nearest(scan, 'other', start, end);
  return otherwise === undefined || otherwise.end < start - 24 || otherwise.start >= end;
}
