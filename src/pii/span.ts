/** A stretch of a text: UTF-16 offsets, end exclusive; `score` from 0 to 1 says how sure the finder is. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  readonly score: number;
}

/** Where spans come from, in falling precedence (contract section 6, rule 1). */
export interface SpanSources {
  readonly positions?: readonly Span[];
  readonly mapping?: readonly Span[];
  readonly automatic?: readonly Span[];
}

/**
 * Makes one sorted list without overlaps out of three sources: positions beat the mapping, the mapping beats automatic
 * detection; among equals the longer span wins, then the earlier. What a detected span loses to a stronger source is
 * only the overlap: the rest of it stays covered, since dropping it would put half of a value in clear.
 */
export function resolveOverlaps(text: string, sources: SpanSources): Span[] {
  const taken: Span[] = [];
  for (const span of longestFirst(sources.positions)) place(taken, span);
  for (const span of longestFirst(sources.mapping)) place(taken, span);
  for (const span of longestFirst(sources.automatic)) {
    if (!place(taken, span)) for (const rest of remainders(text, taken, span)) place(taken, rest);
  }
  return taken;
}

/**
 * Resolves what several finders say about one text: the surer span wins, then the longer, then the earlier; the rest of a
 * beaten span stays covered.
 */
export function mergeDetections(text: string, spans: readonly Span[]): Span[] {
  if (spans.length < 2) return [...spans];
  const taken: Span[] = [];
  const order = spans.toSorted((a, b) => b.score - a.score || length(b) - length(a) || a.start - b.start);
  for (const span of order) {
    if (!place(taken, span)) for (const rest of remainders(text, taken, span)) place(taken, rest);
  }
  return taken;
}

function length(span: Span): number {
  return span.end - span.start;
}

function longestFirst(spans: readonly Span[] = []): readonly Span[] {
  return spans.length < 2 ? spans : spans.toSorted((a, b) => length(b) - length(a) || a.start - b.start);
}

/** Index of the first taken span that ends after `offset`. */
function firstEndingAfter(taken: readonly Span[], offset: number): number {
  let low = 0;
  let high = taken.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const span = taken[middle];
    if (span !== undefined && span.end <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function place(taken: Span[], span: Span): boolean {
  const index = firstEndingAfter(taken, span.start);
  const next = taken[index];
  if (next !== undefined && next.start < span.end) return false;
  taken.splice(index, 0, span);
  return true;
}

const EDGE = /[\s\p{P}]/u;
const MEANINGFUL = /[\p{L}\p{N}]/u;

/** The parts of `span` that nothing taken covers, trimmed of space and punctuation at the cut edges. */
function remainders(text: string, taken: readonly Span[], span: Span): Span[] {
  const rests: Span[] = [];
  let start = span.start;
  for (let index = firstEndingAfter(taken, span.start); start < span.end; index += 1) {
    const next = taken[index];
    const end = next === undefined ? span.end : Math.min(next.start, span.end);
    const rest = trimmed(text, { ...span, start, end });
    if (rest !== undefined) rests.push(rest);
    if (next === undefined) break;
    start = next.end;
  }
  return rests;
}

function trimmed(text: string, span: Span): Span | undefined {
  let { start, end } = span;
  while (start < end && EDGE.test(text.charAt(start))) start += 1;
  while (end > start && EDGE.test(text.charAt(end - 1))) end -= 1;
  return MEANINGFUL.test(text.slice(start, end)) ? { ...span, start, end } : undefined;
}
