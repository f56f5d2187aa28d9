import { foldCase } from './normalize.js';

/** A text made plain for pattern matching, and the way back to the text it was made of. UTF-16 offsets throughout. */
export interface Folded {
  readonly text: string;
  /** Where the original character that produced the folded character at `index` begins. */
  toOriginalStart(index: number): number;
  /** Where the original character that produced the folded character before `index` ends. */
  toOriginalEnd(index: number): number;
}

const NOT_ASCII = /[^\0-\x7f]/;

// Default-ignorable characters (UAX #44) hide between the characters of a value; the enclosing keycap turns 4 into an emoji.
const IGNORABLE = /^[\p{Default_Ignorable_Code_Point}\u20e3]$/u;
// The same but for the fillers of Hangul, which keep letters apart that are no syllable.
const BETWEEN_LETTERS = new RegExp(
  String.raw`[[\p{Default_Ignorable_Code_Point}\u20e3]--[\u115f\u1160\u3164\uffa0]]+`,
  'gv',
);
const MARK = /^\p{M}$/u;
// Letters that NFKC composes into one syllable: a consonant, a vowel and perhaps a final; or a syllable and a final.
const SYLLABLE =
  /[\u1100-\u115f\ua960-\ua97f\u3131-\u314e\uffa1-\uffbe][\u1160-\u11a7\ud7b0-\ud7c6\u314f-\u3163\uffc2-\uffdc][\u11a8-\u11ff\ud7cb-\ud7fb]?|[\uac00-\ud7a3][\u11a8-\u11ff\ud7cb-\ud7fb]/y;
const DIGIT = /^\p{Nd}$/u;
const SPACE = /^\p{Zs}$/u;
const LINE_BREAK = /^[\u0085\u2028\u2029]$/u;
const DASH = /^[\p{Pd}\u2212\u2043\u02d7]$/u;

// Dots that IDNA (UTS #46) takes for a full stop; quotes that people's keyboards put for ' and ".
const LOOKALIKES = new Map<string, string>([
  ['\u3002', '.'],
  ['\uff61', '.'],
  ['\u2024', '.'],
  ['\u2018', "'"],
  ['\u2019', "'"],
  ['\u02bc', "'"],
  ['\u201c', '"'],
  ['\u201d', '"'],
  ['\u2044', '/'],
  ['\u2215', '/'],
  ['\u2236', ':'],
  ['\ua789', ':'],
]);

// Circled digits without a compatibility decomposition: first code point, and the digit it stands for.
const CIRCLED: readonly (readonly [first: number, last: number, digit: number])[] = [
  [0x24f5, 0x24fd, 1],
  [0x24ff, 0x24ff, 0],
  [0x2776, 0x277e, 1],
  [0x2780, 0x2788, 1],
  [0x278a, 0x2792, 1],
  [0x1f10b, 0x1f10b, 0],
  [0x1f10c, 0x1f10c, 0],
];

/**
 * Folds a text so that one pattern finds every disguise of a value: NFKC, default-ignorable characters dropped, all decimal
 * digits and circled digits as ASCII, exotic spaces, dashes, dots and quotes as their ASCII kin. ASCII text returns at once.
 */
export function fold(text: string): Folded {
  if (!NOT_ASCII.test(text)) return unchanged(text);
  // First, since what stands between a letter and its accent would keep them from being composed.
  const visible = new Writer(text);
  for (const { 0: found, index } of text.matchAll(BETWEEN_LETTERS)) visible.replace(index, index + found.length, '');
  return foldedFrom(visible.folded(), foldVisible);
}

function foldVisible(text: string): Folded {
  const writer = new Writer(text);
  for (let start = 0; start < text.length;) {
    const end = clusterEnd(text, start);
    // Most of a text is ASCII, and its characters stay what they are.
    if (end > start + 1 || text.charCodeAt(start) > 0x7f)
      writer.replace(start, end, foldCluster(text.slice(start, end)));
    start = end;
  }
  return writer.folded();
}

// White space that is not one space already, and what case folding changes beyond ASCII; \u0131 is a small I in upper case too.
const COMPARED_OTHERWISE = /[^\S ]\s*|\s{2,}|(?![A-Z])[\u0131\p{Changes_When_Casefolded}]/gu;

/**
 * Folds a text so that equal values are equal there, as `normalizeValue` compares those whose case does not matter: folded,
 * then without regard to case, and all white space in a row one space.
 */
export const foldForComparison = (text: string): Folded => foldedFrom(fold(text), withoutCase);

function withoutCase(text: string): Folded {
  const writer = new Writer(text);
  for (const { 0: found, index } of text.matchAll(COMPARED_OTHERWISE)) {
    writer.replace(index, index + found.length, /\s/u.test(found) ? ' ' : foldCase(found));
  }
  const compared = writer.folded();
  return { ...compared, text: compared.text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) };
}

/** A folded text that is folded once more, and the way back over both. */
function foldedFrom(once: Folded, again: (text: string) => Folded): Folded {
  const twice = again(once.text);
  return {
    text: twice.text,
    toOriginalStart: (index) => once.toOriginalStart(twice.toOriginalStart(index)),
    toOriginalEnd: (index) => once.toOriginalEnd(twice.toOriginalEnd(index)),
  };
}

/** Builds the folded text and notes its changes: between two of them, offsets move in step. */
class Writer {
  private readonly pieces: string[] = [];
  private readonly changes: Change[] = [];
  private copied = 0;
  private length = 0;

  constructor(private readonly text: string) {}

  replace(start: number, end: number, plain: string): void {
    if (plain.length === end - start && this.text.startsWith(plain, start)) return;
    this.pieces.push(this.text.slice(this.copied, start), plain);
    this.length += start - this.copied;
    this.changes.push({ at: this.length, start, end, length: plain.length });
    this.length += plain.length;
    this.copied = end;
  }

  folded(): Folded {
    if (this.changes.length === 0) return unchanged(this.text);
    const text = this.pieces.join('') + this.text.slice(this.copied);
    return mapped(text, this.changes);
  }
}

function unchanged(text: string): Folded {
  return { text, toOriginalStart: (index) => index, toOriginalEnd: (index) => index };
}

/** A change put `length` characters at `at` in place of the original ones from `start` to `end`. */
interface Change {
  readonly at: number;
  readonly start: number;
  readonly end: number;
  readonly length: number;
}

function mapped(text: string, changes: readonly Change[]): Folded {
  return {
    text,
    toOriginalStart: (index) => {
      const change = lastChangeBefore(changes, index + 1);
      if (change === undefined) return index;
      const past = index - change.at - change.length;
      return past < 0 ? change.start : change.end + past;
    },
    toOriginalEnd: (index) => {
      const change = lastChangeBefore(changes, index);
      if (change === undefined) return index;
      const past = index - change.at - change.length;
      return past <= 0 ? change.end : change.end + past;
    },
  };
}

/** The last change that begins before `index` in the folded text and, among those at one place, leaves something there. */
function lastChangeBefore(changes: readonly Change[], index: number): Change | undefined {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.at ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return changes[low - 1];
}

/** A character, or a syllable of Hangul, with the marks that follow it: NFKC composes nothing beyond that in practice. */
function clusterEnd(text: string, start: number): number {
  let end = syllableEnd(text, start) ?? start + widthAt(text, start);
  while (end < text.length && text.charCodeAt(end) > 0x2ff && MARK.test(codePointText(text, end))) {
    end += widthAt(text, end);
  }
  return end;
}

/** Undefined where no syllable begins that is written in letters. */
function syllableEnd(text: string, start: number): number | undefined {
  if (text.charCodeAt(start) < 0x1100) return undefined;
  SYLLABLE.lastIndex = start;
  return SYLLABLE.test(text) ? SYLLABLE.lastIndex : undefined;
}

const cache = new Map<string, string>();
const CACHE_LIMIT = 4096;

function foldCluster(cluster: string): string {
  const known = cache.get(cluster);
  if (known !== undefined) return known;
  let plain = '';
  for (const character of cluster.normalize('NFKC')) plain += foldCharacter(character);
  if (cache.size < CACHE_LIMIT && cluster.length < 8) cache.set(cluster, plain);
  return plain;
}

function foldCharacter(character: string): string {
  if (character <= '\x7f') return character;
  const lookalike = LOOKALIKES.get(character);
  if (lookalike !== undefined) return lookalike;
  if (IGNORABLE.test(character)) return '';
  if (SPACE.test(character)) return ' ';
  if (DASH.test(character)) return '-';
  if (LINE_BREAK.test(character)) return '\n';
  if (DIGIT.test(character)) return String(digitValue(character));
  return circledDigit(character) ?? character;
}

/** Decimal digits come in runs of ten from zero to nine (Unicode, section 4.6), some runs side by side. */
function digitValue(character: string): number {
  let code = (character.codePointAt(0) ?? 0) - 1;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(code))) {
    before += 1;
    code -= 1;
  }
  return before % 10;
}

function circledDigit(character: string): string | undefined {
  const code = character.codePointAt(0) ?? 0;
  const range = CIRCLED.find(([first, last]) => code >= first && code <= last);
  return range && String(range[2] + code - range[0]);
}

function widthAt(text: string, unit: number): number {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}

function codePointText(text: string, unit: number): string {
  return String.fromCodePoint(text.codePointAt(unit) ?? 0);
}
