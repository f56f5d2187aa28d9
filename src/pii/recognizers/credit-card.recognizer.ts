import { isLuhn, isRepdigit } from './checksums.js';
import { digitsOf, isDigitAt, isWordAt, type Recognizer } from './recognizer.js';
import { isNear, nearest, type Scan } from './scan.js';

// Issuer prefixes and lengths (ISO/IEC 7812; the networks' published ranges). The first group is so well kept that the check
// digit is proof enough; numbers of the second are as often something else and give way to a word such as "order". Where the text speaks of a card, Luhn's check is
// enough.
const MAJOR = [
  /^4(?:\d{12}|\d{15}|\d{18})$/, // Visa
  /^(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-59]|[689]\d)\d{11}$/, // Diners Club
  /^6(?:011|4[4-9]\d|5\d{2})\d{12}$/, // Discover
  /^35(?:2[89]|[3-8]\d)\d{12}$/, // JCB
];
const MINOR = [
  /^(?:50|5[6-9]|6\d)\d{10,17}$/, // Maestro, UnionPay, RuPay, Elo, Dankort
  /^220[0-4]\d{12,15}$/, // Mir
  /^9792\d{12}$/, // Troy
  /^(?:1\d|21)\d{13}$/, // UATP; JCB's first numbers (2131, 1800)
  /^35\d{14}$/, // beyond JCB's present range
];

const RUN = /\d(?:[ .-]{0,2}\d){11,47}/g;
const GROUP = /\d+/g;

/** Payment card numbers: issuer prefix, length and Luhn's check, however the digits are grouped. */
export const creditCardRecognizer: Recognizer = {
  types: ['CREDIT_CARD'],
  digits: 12,
  find(text, scan, _minScore, report) {
    RUN.lastIndex = 0;
    for (let run = RUN.exec(text); run !== null; run = RUN.exec(text)) {
      for (const { start, end } of cardsIn(run[0], run.index, text, scan)) report('CREDIT_CARD', start, end, 1);
    }
  },
};

/** Whether a string of digits is a card number of one of the major networks. */
export function isMajorCard(digits: string): boolean {
  return isLuhn(digits) && !isRepdigit(digits) && MAJOR.some((issuer) => issuer.test(digits));
}

/** The cards in a run of digit groups: a run may hold several, or a card beside other numbers. */
function cardsIn(run: string, offset: number, text: string, scan: Scan): { start: number; end: number }[] {
  const groups = Array.from(run.matchAll(GROUP), (group) => ({
    start: offset + group.index,
    end: offset + group.index + group[0].length,
  }));
  const cards: { start: number; end: number }[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    const last = lastGroupOfCard(groups, first, text, scan);
    const start = groups[first]?.start;
    const end = groups[last]?.end;
    if (start === undefined || end === undefined) continue;
    cards.push({ start, end });
    first = last;
  }
  return cards;
}

function lastGroupOfCard(
  groups: readonly { start: number; end: number }[],
  first: number,
  text: string,
  scan: Scan,
): number {
  const start = groups[first]?.start ?? 0;
  if (isWordAt(text, start - 1)) return -1;
  let digits = '';
  let found = -1;
  for (let last = first; last < groups.length && digits.length < 20; last += 1) {
    const group = groups[last];
    if (group === undefined) break;
    digits += text.slice(group.start, group.end);
    if (digits.length >= 12 && digits.length <= 19 && isCard(digits, start, group.end, text, scan)) found = last;
    // A card number is written in one block or in blocks of one style: the shortest reading of a block wins.
    if (found === last && (last === first || found - first === 3)) break;
  }
  return found;
}

function isCard(digits: string, start: number, end: number, text: string, scan: Scan): boolean {
  if (isWordAt(text, end) || isDecimal(text, start, end) || !isLuhn(digits) || isRepdigit(digits)) return false;
  if (MAJOR.some((issuer) => issuer.test(digits))) return true;
  if (isNear(scan, 'card', start, end)) return true;
  return MINOR.some((issuer) => issuer.test(digits)) && nearest(scan, 'other', start, end) === undefined;
}

function isDecimal(text: string, start: number, end: number): boolean {
  const before = text.charAt(start - 1);
  const after = text.charAt(end);
  return (
    ((before === '.' || before === ',') && isDigitAt(text, start - 2)) ||
    ((after === '.' || after === ',') &&
      isDigitAt(text, end + 1) &&
      !digitsOf(text.slice(end, end + 4)).startsWith('0'))
  );
}
