import { countrySpecs, isValidIBAN } from 'ibantools';
import { isWordAt, type Recognizer } from './recognizer.js';
import { isNear, Sign } from './scan.js';

const HEAD = /\b[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]/gi;

/** IBANs in electronic or printed form: registered length of the country, ISO 7064 MOD 97-10, structure of the country. */
export const ibanRecognizer: Recognizer = {
  types: ['IBAN_CODE'],
  digits: 8,
  signs: Sign.mixed,
  find(text, scan, minScore, report) {
    HEAD.lastIndex = 0;
    for (let head = HEAD.exec(text); head !== null; head = HEAD.exec(text)) {
      const start = head.index;
      const length = countrySpecs[head[0].slice(0, 2).toUpperCase()]?.chars;
      if (length === undefined || length === null) continue;
      const { value, end } = take(text, start, length);
      if (value.length < length || isWordAt(text, end)) continue;
      // A mistyped number that is called an IBAN tells nearly as much as a right one.
      const score = isValidIBAN(value) ? 1 : isNear(scan, 'bank', start, end) && hasDigits(value) ? 0.6 : 0;
      if (score > 0 && score >= minScore) report('IBAN_CODE', start, end, score);
      HEAD.lastIndex = score > 0 ? end : HEAD.lastIndex;
    }
  },
};

/** Reads `length` letters and digits from `start`, stepping over single spaces and dashes. */
function take(text: string, start: number, length: number): { value: string; end: number } {
  let value = '';
  let end = start;
  while (value.length < length && end < text.length) {
    if (isWordAt(text, end)) value += text.charAt(end);
    else if (!(' -'.includes(text.charAt(end)) && isWordAt(text, end + 1))) break;
    end += 1;
  }
  return { value: value.toUpperCase(), end };
}

function hasDigits(value: string): boolean {
  return value.replace(/[^0-9]/g, '').length >= 8;
}
