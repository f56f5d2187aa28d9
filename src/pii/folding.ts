/** A text made plain for pattern matching, and the way back to the text it was made of. UTF-16 offsets throughout. */
export interface Folded {
  readonly text: string;
  /** Where the original character that produced the folded character at `index` begins. */
  toOriginalStart(index: number): number;
  /** Where the original character that produced the folded character before `index` ends. */
  toOriginalEnd(index: number): number;
}

const NOT_ASCII = /[^\0-\x7f]/;
const NON_ASCII_OR_IGNORABLE = /[\u0080-\uffff]/;

// Default-ignorable characters (UAX #44) hide between the characters of a value; the enclosing keycap turns 4 into an emoji.
const IGNORABLE = /^[\p{Default_Ignorable_Code_Point}\u20e3]$/u;
const MARK = /^\p{M}$/u;
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
  const folded: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let changed = false;
  for (let start = 0; start < text.length;) {
    const end = clusterEnd(text, start);
    const cluster = text.slice(start, end);
    const plain = NON_ASCII_OR_IGNORABLE.test(cluster) ? foldCluster(cluster) : cluster;
    if (plain !== cluster) changed = true;
    folded.push(plain);
    for (let unit = 0; unit < plain.length; unit += 1) {
      // A cluster that kept its length kept its inner offsets too (a surrogate pair, say).
      const same = plain === cluster;
      starts.push(same ? start + unit : start);
      ends.push(same ? start + unit + 1 : end);
    }
    start = end;
  }
  return changed ? mapped(folded.join(''), starts, ends, text.length) : unchanged(text);
}

function unchanged(text: string): Folded {
  return { text, toOriginalStart: (index) => index, toOriginalEnd: (index) => index };
}

function mapped(text: string, starts: readonly number[], ends: readonly number[], length: number): Folded {
  return {
    text,
    toOriginalStart: (index) => starts[index] ?? length,
    toOriginalEnd: (index) => (index === 0 ? 0 : (ends[index - 1] ?? length)),
  };
}

/** A character with the combining marks that follow it: NFKC composes nothing beyond that in practice. */
function clusterEnd(text: string, start: number): number {
  let end = start + widthAt(text, start);
  while (end < text.length && text.charCodeAt(end) > 0x2ff && MARK.test(codePointText(text, end))) {
    end += widthAt(text, end);
  }
  return end;
}

const cache = new Map<string, string>();
const CACHE_LIMIT = 4096;

function foldCluster(cluster: string): string {
  const known = cache.get(cluster);
  if (known !== undefined) return known;
  let plain = '';
  for (const character of stripIgnorables(cluster).normalize('NFKC')) plain += foldCharacter(character);
  if (cache.size < CACHE_LIMIT && cluster.length < 8) cache.set(cluster, plain);
  return plain;
}

function stripIgnorables(cluster: string): string {
  let kept = '';
  for (const character of cluster) if (!IGNORABLE.test(character)) kept += character;
  return kept;
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
