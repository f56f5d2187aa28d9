import { fold } from './folding.js';
import { findPlaceholders } from './placeholder.js';
import type { Span } from './span.js';

/** An occurrence of a mapped value, or of its placeholder, in UTF-16 offsets of the text. */
export interface MappedSpan extends Span {
  readonly proposed: string;
  readonly value: string;
  /** How the text writes it: the placeholder itself, the value to the letter, or the value in another case or form. */
  readonly form: 'placeholder' | 'exact' | 'variant';
}

/**
 * Finds every occurrence of every value of a caller's mapping, compared after folding and without regard to case, and
 * every placeholder of the mapping that the caller wrote in place of its value. "Ann" does not occur in "Annual".
 */
export function mappingOccurrences(text: string, mapping: ReadonlyMap<string, string>): MappedSpan[] {
  const spans: MappedSpan[] = [];
  for (const { text: placeholder, type, start, end } of findPlaceholders(text)) {
    const value = mapping.get(placeholder);
    if (value !== undefined)
      spans.push({ start, end, type, score: 1, proposed: placeholder, value, form: 'placeholder' });
  }
  const folded = fold(text);
  const haystack = lowered(folded.text);
  for (const [placeholder, value] of mapping) {
    const type = placeholder.slice(1, placeholder.lastIndexOf('_'));
    const needle = lowered(fold(value).text);
    if (needle === '') continue;
    for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
      const end = at + needle.length;
      if (cutsWord(haystack, at) || cutsWord(haystack, end)) continue;
      const span = { start: folded.toOriginalStart(at), end: folded.toOriginalEnd(end) };
      const form = text.slice(span.start, span.end) === value ? 'exact' : 'variant';
      spans.push({ ...span, type, score: 1, proposed: placeholder, value, form });
    }
  }
  return spans;
}

/** Lower case where that keeps offsets; the few characters that grow (İ) stay as they are. */
function lowered(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : text;
}

// Scripts that write words without spaces between them: a neighbouring letter says nothing there.
const SPACELESS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const LETTER = /[\p{L}\p{M}]/u;
const DIGIT = /\p{Nd}/u;

/** Whether `offset` lies between two letters or two digits that belong together. */
function cutsWord(text: string, offset: number): boolean {
  if (offset <= 0 || offset >= text.length) return false;
  const before = characterBefore(text, offset);
  const after = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (DIGIT.test(before) && DIGIT.test(after)) return true;
  return LETTER.test(before) && LETTER.test(after) && !SPACELESS.test(before) && !SPACELESS.test(after);
}

function characterBefore(text: string, offset: number): string {
  const low = text.charCodeAt(offset - 1);
  const isTrail = low >= 0xdc00 && low <= 0xdfff && offset >= 2;
  return text.slice(isTrail ? offset - 2 : offset - 1, offset);
}
