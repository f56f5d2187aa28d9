import type { EntityType } from './entity-type.js';

/** A placeholder taken apart: `<PERSON_12>` is the type `PERSON` and the number 12. */
export interface Placeholder {
  readonly type: EntityType;
  readonly number: number;
}

/** A placeholder where it stands in a text: UTF-16 offsets, end exclusive. */
export interface PlaceholderMatch extends Placeholder {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The highest number that the grammar can write. */
export const MAX_PLACEHOLDER_NUMBER = 999_999;

// Closed by both angle brackets, so that no placeholder is a prefix of another (contract section 2).
const WHOLE = /^<([A-Z][A-Z0-9_]{0,31})_([1-9][0-9]{0,5})>$/;
const WITHIN = /<([A-Z][A-Z0-9_]{0,31})_([1-9][0-9]{0,5})>/g;

/** Reads one placeholder; `undefined` when `text` is anything else. */
export function parsePlaceholder(text: string): Placeholder | undefined {
  const match = WHOLE.exec(text);
  return match ? { type: match[1] ?? '', number: Number(match[2]) } : undefined;
}

/**
 * Writes a placeholder.
 * @throws RangeError when the number is no integer from 1 to 999,999.
 */
export function formatPlaceholder(type: EntityType, number: number): string {
  if (!Number.isInteger(number) || number < 1 || number > MAX_PLACEHOLDER_NUMBER) {
    throw new RangeError('placeholder number out of range');
  }
  return `<${type}_${number}>`;
}

/** Every placeholder in a text, from left to right. */
export function findPlaceholders(text: string): PlaceholderMatch[] {
  if (!text.includes('<')) return [];
  return Array.from(text.matchAll(WITHIN), (match) => ({
    text: match[0],
    type: match[1] ?? '',
    number: Number(match[2]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

// Bots return placeholders in another case, or with brackets escaped as HTML wants it.
const WRITTEN =
  /(?:<|&(?:lt|#0{0,4}60|#x0{0,4}3c);)([A-Z][A-Z0-9_]{0,31})_([1-9][0-9]{0,5})(?:>|&(?:gt|#0{0,4}62|#x0{0,4}3e);)/gi;

/**
 * As `findPlaceholders`, with those that somebody may have meant: in another case, or escaped as HTML. `text` is how the
 * placeholder is written properly, `start` and `end` say where its form stands.
 */
export function findWrittenPlaceholders(text: string): PlaceholderMatch[] {
  if (!text.includes('<') && !text.includes('&')) return [];
  return Array.from(text.matchAll(WRITTEN), (match) => {
    const [type, number] = [(match[1] ?? '').toUpperCase(), Number(match[2])];
    const end = match.index + match[0].length;
    return { text: formatPlaceholder(type, number), type, number, start: match.index, end };
  });
}

/** The placeholders that stand in a text, in whatever form: numbers that must not be given to a value (contract section 2). */
export function typedNumbers(text: string): Set<string> {
  return new Set(findWrittenPlaceholders(text).map((match) => match.text));
}
