import { HASH_START, hashStep, subjectBit, subjectsOf, type ContextWord, type Subject } from './context.js';

/** Characters whose absence rules a recognizer out; `mixed` is a letter that touches a digit. */
export const Sign = { at: 1, colon: 2, dot: 4, dash: 8, slash: 16, plus: 32, capital: 64, mixed: 128 } as const;

/** What one cheap pass over a text tells about it: enough to skip nearly every recognizer on nearly every message. */
export interface Scan {
  /** Digits in the densest stretch of the text, in which no two stand further apart than the parts of one number do. */
  readonly digits: number;
  readonly signs: number;
  /** The subjects that the text speaks of, as bits. */
  readonly subjects: number;
  readonly words: readonly ContextWord[];
}

// The four letters of the bank in a printed IBAN, with a space on either side.
const WIDEST_GAP = 6;

const NO_WORDS: readonly ContextWord[] = [];

const signOf = new Uint8Array(128);
for (const [character, sign] of Object.entries({
  '@': Sign.at,
  ':': Sign.colon,
  '.': Sign.dot,
  '-': Sign.dash,
  '/': Sign.slash,
  '+': Sign.plus,
})) {
  signOf[character.charCodeAt(0)] = sign;
}

/** Reads a folded text once: counts digits, notes signs, finds the words of `context.ts`. */
export function scan(text: string): Scan {
  let digits = 0;
  let cluster = 0;
  let lastDigit = 0;
  let signs = 0;
  let subjects = 0;
  let words: ContextWord[] | undefined;
  let start = -1;
  let hash = HASH_START;
  for (let unit = 0; unit <= text.length; unit += 1) {
    const code = unit < text.length ? text.charCodeAt(unit) : 0;
    if (isWordUnit(code)) {
      if (start < 0) {
        start = unit;
        hash = HASH_START;
        if (lastDigit === unit - 1 && digits > 0) signs |= Sign.mixed;
      }
      hash = hashStep(hash, code);
      if (code <= 0x5a) signs |= Sign.capital;
      continue;
    }
    if (start >= 0) {
      const found = unit - start > 1 ? subjectsOf(hash) : 0;
      if (found !== 0) {
        subjects |= found;
        (words ??= []).push({ start, end: unit, subjects: found });
      }
      start = -1;
      if (code >= 0x30 && code <= 0x39) signs |= Sign.mixed;
    }
    if (code >= 0x30 && code <= 0x39) {
      cluster = unit - lastDigit > WIDEST_GAP + 1 ? 1 : cluster + 1;
      if (cluster > digits) digits = cluster;
      lastDigit = unit;
    } else if (code < 128) signs |= signOf[code] ?? 0;
  }
  return { digits, signs, subjects, words: words ?? NO_WORDS };
}

/** Letters and the apostrophe inside of driver's; a digit or an underscore ends a word, as in `tel2` or `user_id`. */
function isWordUnit(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code >= 0xc0;
}

const BEFORE = 48;
const AFTER = 16;

/** Whether a word of the subject stands near `start`–`end`: up to 48 characters before it or 16 behind it. */
export function isNear(scan: Scan, subject: Subject, start: number, end: number): boolean {
  return nearest(scan, subject, start, end) !== undefined;
}

/** The word of the subject nearest before the match, or else the first one right behind it. */
export function nearest(scan: Scan, subject: Subject, start: number, end: number): ContextWord | undefined {
  const bit = subjectBit(subject);
  if ((scan.subjects & bit) === 0) return undefined;
  let found: ContextWord | undefined;
  for (let index = firstEndingAfter(scan.words, start - BEFORE); index < scan.words.length; index += 1) {
    const word = scan.words[index];
    if (word === undefined || word.start > end + AFTER) break;
    if ((word.subjects & bit) === 0) continue;
    if (word.end <= start) found = word;
    else if (word.start >= end) return found ?? word;
  }
  return found;
}

/** Keeps the look-up short in a text that is nothing but context words. */
function firstEndingAfter(words: readonly ContextWord[], offset: number): number {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const word = words[middle];
    if (word !== undefined && word.end < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
