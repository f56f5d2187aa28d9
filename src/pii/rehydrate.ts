import type { MaskedText } from './masked-text.js';
import { toUtf16Offsets } from './codePoints.js';
import { findWrittenPlaceholders } from './placeholder.js';

/**
 * Puts values back where the service recorded placeholders. One pass over positions: what a value says is never looked
 * at again, and characters that merely look like a placeholder stay.
 */
export function rehydrate({ text, positions }: MaskedText, values: ReadonlyMap<string, string>): string {
  if (positions.length === 0) return text;
  const offsets = toUtf16Offsets(
    text,
    positions.flatMap(({ start, end }) => [start, end]),
  );
  let result = '';
  let at = 0;
  for (const [index, { placeholder }] of positions.entries()) {
    const value = values.get(placeholder);
    const start = offsets[2 * index];
    const end = offsets[2 * index + 1];
    if (value === undefined || start === undefined || end === undefined) continue;
    result += text.slice(at, start) + value;
    at = end;
  }
  return result + text.slice(at);
}

/** Puts values back wherever a placeholder of the mapping is written, in whatever form, in a text that the caller brought along. */
export function rehydrateWritten(text: string, values: ReadonlyMap<string, string>): string {
  let result = '';
  let at = 0;
  for (const { text: placeholder, start, end } of findWrittenPlaceholders(text)) {
    const value = values.get(placeholder);
    if (value === undefined) continue;
    result += text.slice(at, start) + value;
    at = end;
  }
  return result + text.slice(at);
}
