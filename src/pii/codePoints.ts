import type { Span } from './span.js';

/** What stands for an offset that does not exist in the text, or that lies inside a surrogate pair. */
export const NO_OFFSET = -1;

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Translates UTF-16 offsets into code point offsets, in one pass over the text however many there are.
 * An offset outside the text or inside a surrogate pair becomes `NO_OFFSET`.
 */
export function toCodePointOffsets(text: string, offsets: readonly number[]): number[] {
  if (!SURROGATE.test(text)) return offsets.map((offset) => inside(offset, text.length));
  const table = new Int32Array(text.length + 1).fill(NO_OFFSET);
  let count = 0;
  for (let unit = 0; unit < text.length; unit += widthAt(text, unit)) table[unit] = count++;
  table[text.length] = count;
  return offsets.map((offset) => table[offset] ?? NO_OFFSET);
}

/**
 * Translates code point offsets into UTF-16 offsets, in one pass. An offset outside the text becomes `NO_OFFSET`.
 */
export function toUtf16Offsets(text: string, offsets: readonly number[]): number[] {
  if (!SURROGATE.test(text)) return offsets.map((offset) => inside(offset, text.length));
  const table: number[] = [];
  for (let unit = 0; unit < text.length; unit += widthAt(text, unit)) table.push(unit);
  table.push(text.length);
  return offsets.map((offset) => table[offset] ?? NO_OFFSET);
}

/**
 * The same spans in code points.
 * @throws RangeError when a span does not fit the text: a fault of the caller, who got the spans from this text.
 */
export function spansToCodePoints<T extends Pick<Span, 'start' | 'end'>>(text: string, spans: readonly T[]): T[] {
  return translated(spans, toCodePointOffsets(text, edges(spans)));
}

/**
 * The same spans in UTF-16 offsets.
 * @throws RangeError when a span does not fit the text; check offsets that come from outside with `toUtf16Offsets` first.
 */
export function spansToUtf16<T extends Pick<Span, 'start' | 'end'>>(text: string, spans: readonly T[]): T[] {
  return translated(spans, toUtf16Offsets(text, edges(spans)));
}

function edges(spans: readonly Pick<Span, 'start' | 'end'>[]): number[] {
  return spans.flatMap(({ start, end }) => [start, end]);
}

function translated<T extends Pick<Span, 'start' | 'end'>>(spans: readonly T[], offsets: readonly number[]): T[] {
  return spans.map((span, index) => {
    const start = offsets[2 * index] ?? NO_OFFSET;
    const end = offsets[2 * index + 1] ?? NO_OFFSET;
    if (start === NO_OFFSET || end === NO_OFFSET) throw new RangeError(`span ${index} does not fit the text`);
    return { ...span, start, end };
  });
}

function widthAt(text: string, unit: number): number {
  return (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
}

function inside(offset: number, length: number): number {
  return Number.isInteger(offset) && offset >= 0 && offset <= length ? offset : NO_OFFSET;
}
