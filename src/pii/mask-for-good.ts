import { normalizeValue } from './normalize.js';
import { formatPlaceholder, typedNumbers } from './placeholder.js';
import type { Span } from './span.js';

/** Replaces spans by placeholders numbered within this text alone; the values are not kept. */
export function maskForGood(text: string, spans: readonly Span[]): string {
  const typed = typedNumbers(text);
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  let result = '';
  let at = 0;
  for (const { start, end, type } of spans) {
    const value = `${type} ${normalizeValue(type, text.slice(start, end))}`;
    let name = names.get(value);
    while (name === undefined) {
      const number = (counts.get(type) ?? 0) + 1;
      counts.set(type, number);
      const candidate = formatPlaceholder(type, number);
      if (!typed.has(candidate)) name = candidate;
    }
    names.set(value, name);
    result += text.slice(at, start) + name;
    at = end;
  }
  return result + text.slice(at);
}
