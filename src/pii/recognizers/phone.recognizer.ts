import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { phoneShape } from './phone-shape.js';
import { digitsOf, isDigitAt, isWordAt, type Recognizer } from './recognizer.js';
import { isNear, nearest, type Scan } from './scan.js';

const NUMBER = /(?:\+ ?\(?|\(\+?)?\d(?:[ ./()-]{0,3}\d){5,19}/g;
const EXTENSION = /(?: ?(?:x|#)|,? ?(?:ext|extn|extension|durchwahl|dw|poste|int)\b\.?:?) ?\d{1,6}(?!\d)/iy;
const INTERNATIONAL = /^(?:\+|\(\+|00[1-9]|011[ -]?[1-9])/;
const MOST_DIGITS = 15; // ITU-T E.164, section 6

// Signs before a number that make it an amount, an issue, or the tail of something longer.
const NO_PHONE_BEFORE = /[$€£¥#%_@&=/\\:]/;
const WHOLE_BEFORE = /[.,:/-]/;

/**
 * Phone numbers: international ones by their calling code, national ones by shape, and any row of 6 to 15 digits that the
 * text calls a phone number. Extensions belong to the number.
 */
export const phoneRecognizer: Recognizer = {
  types: ['PHONE_NUMBER'],
  digits: 6,
  find(text, scan, minScore, report) {
    NUMBER.lastIndex = 0;
    for (let match = NUMBER.exec(text); match !== null; match = NUMBER.exec(text)) {
      const start = match.index;
      const value = withoutNeighbours(match[0]);
      const end = start + value.length;
      if (!standsAlone(text, start, end)) continue;
      const score = scoreOf(value, start, end, scan, text);
      if (score < minScore || score === 0) continue;
      EXTENSION.lastIndex = end;
      report('PHONE_NUMBER', start, end + (EXTENSION.exec(text)?.[0].length ?? 0), score);
      NUMBER.lastIndex = end;
    }
  },
};

function scoreOf(value: string, start: number, end: number, scan: Scan, text: string): number {
  const digits = digitsOf(value);
  if (digits.length > MOST_DIGITS) return 0;
  if (INTERNATIONAL.test(value)) return isInternational(value, digits) ? 0.85 : 0.4;
  const shape = phoneShape(value);
  if (shape === 'no phone') return 0;
  const called = nearest(scan, 'phone', start, end);
  const otherwise = nearest(scan, 'other', start, end);
  const meant = called !== undefined && (otherwise === undefined || otherwise.start <= called.start);
  if (meant) return digits.length >= 7 || shape === 'likely' ? 0.8 : 0.5;
  if (shape === 'likely') return otherwise === undefined || isNear(scan, 'phone', start, end) ? 0.6 : 0.4;
  if (text.charAt(start - 1) === '.' || digits.length < 7) return 0;
  return shape === 'possible' ? 0.3 : 0.1;
}

/** A real calling code, and a length that its plan allows; or the shape alone where the plan is one that we do not know. */
function isInternational(value: string, digits: string): boolean {
  const e164 = value.includes('+') ? digits : digits.replace(/^(?:00|011)/, '');
  // (0) is a trunk prefix that is not dialled from abroad: +41 (0)44 …
  const dialled = value.includes('(0)') ? `+${digitsOf(value.replace('(0)', '')).replace(/^00/, '')}` : `+${e164}`;
  const parsed = parsePhoneNumberFromString(dialled);
  return parsed !== undefined && (parsed.isPossible() || parsed.country === undefined || digits.length >= 9);
}

/** Two numbers side by side make one match: what is behind the fifteenth digit belongs to the next. */
function withoutNeighbours(value: string): string {
  const closed = value.indexOf('(') >= 0 && value.indexOf(')') < 0 ? value.slice(0, value.indexOf('(')) : value;
  const trimmed = closed.replace(/(?<![^0-9])[^0-9]+$/, '');
  if (digitsOf(trimmed).length <= MOST_DIGITS) return trimmed;
  const cut = Math.max(trimmed.lastIndexOf(' '), trimmed.lastIndexOf('\n'));
  return cut > 6 ? withoutNeighbours(trimmed.slice(0, cut)) : trimmed;
}

function standsAlone(text: string, start: number, end: number): boolean {
  if (isWordAt(text, start - 1) || isDigitAt(text, end)) return false;
  if (isWordAt(text, end) && !/[xX]/.test(text.charAt(end))) return false;
  const before = text.charAt(start - 1);
  if (WHOLE_BEFORE.test(before) && isDigitAt(text, start - 2)) return false;
  if (/[.,:-]/.test(text.charAt(end)) && isDigitAt(text, end + 1)) return false;
  return before !== '$' && !NO_PHONE_BEFORE.test(before.replace(/[:=/]/, ''));
}
