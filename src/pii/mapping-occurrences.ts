import { type Folded, foldForComparison } from './folding.js';
import { findWrittenPlaceholders } from './placeholder.js';
import type { Span } from './span.js';

/** An occurrence of a mapped value, or of its placeholder, in UTF-16 offsets of the text. */
export interface MappedSpan extends Span {
  readonly proposed: string;
  readonly value: string;
  /** How the text writes it: the placeholder itself, the value to the letter, or the value in another case or form. */
  readonly form: 'placeholder' | 'exact' | 'variant';
}

/**
 * Finds every value of a caller's mapping that the text spells to the letter, and every placeholder of the mapping that the
 * caller wrote in place of its value. Words do not matter: "Ann" occurs in "Annual", too.
 * @param taken spans, in any order, that no occurrence may overlap
 * @returns spans from left to right, without overlaps: the longer wins, then the earlier
 */
export function exactOccurrences(
  text: string,
  mapping: ReadonlyMap<string, string>,
  taken: readonly Span[],
): MappedSpan[] {
  const wanted = [...mapping].flatMap(([placeholder, value]): Wanted[] => [
    { needle: placeholder, placeholder, value, form: 'placeholder' },
    { needle: value, placeholder, value, form: 'exact' },
  ]);
  return new Search(text, taken).find(wanted).map(({ start, end, of }) => toSpan(start, end, of));
}

/**
 * As `exactOccurrences`, for values and placeholders in another case or form: values are compared after folding, without
 * regard to case, and with any white space for any other. No part of a character is one: neither 1 nor 2 occurs in ½, which could
 * not be put back from either.
 */
export function variantOccurrences(
  text: string,
  mapping: ReadonlyMap<string, string>,
  taken: readonly Span[],
): MappedSpan[] {
  const folded = foldForComparison(text);
  const wanted = [...mapping].map(([placeholder, value]): Wanted => ({
    needle: foldForComparison(value).text,
    placeholder,
    value,
    form: 'variant',
  }));
  const placeholders = writtenOccurrences(text, mapping, taken);
  const values = new Search(folded.text, [...taken, ...placeholders], folded)
    .find(wanted)
    .map(({ start, end, of }) => toSpan(folded.toOriginalStart(start), folded.toOriginalEnd(end), of));
  return [...placeholders, ...values].toSorted((a, b) => a.start - b.start);
}

/** Placeholders of the mapping that the text writes in another case, or escaped as HTML. */
function writtenOccurrences(text: string, mapping: ReadonlyMap<string, string>, taken: readonly Span[]): MappedSpan[] {
  const claimed = new Uint8Array(text.length);
  for (const { start, end } of taken) claimed.fill(1, start, end);
  return findWrittenPlaceholders(text).flatMap(({ text: placeholder, start, end }) => {
    const value = mapping.get(placeholder);
    if (value === undefined || claimed.subarray(start, end).includes(1)) return [];
    return [toSpan(start, end, { needle: placeholder, placeholder, value, form: 'placeholder' })];
  });
}

interface Wanted {
  readonly needle: string;
  readonly placeholder: string;
  readonly value: string;
  readonly form: MappedSpan['form'];
}

interface Hit {
  readonly start: number;
  readonly end: number;
  readonly of: Wanted;
}

function toSpan(start: number, end: number, { placeholder, value, form }: Wanted): MappedSpan {
  const type = placeholder.slice(1, placeholder.lastIndexOf('_'));
  return { start, end, type, score: 1, proposed: placeholder, value, form };
}

/**
 * Looks for many needles in one text. Longer ones first, and what one has taken no other looks at again: whatever repeats
 * in text and mapping, there are never more hits than characters, where all overlapping ones together could be millions.
 */
class Search {
  /** 1 for every character of the haystack that belongs to somebody. */
  private readonly claimed: Uint8Array;
  /** By offset: 1 where what stands around was one character before it was folded. */
  private readonly cuts: Uint8Array;

  constructor(
    private readonly haystack: string,
    taken: readonly Span[],
    folded?: Folded,
  ) {
    this.claimed = new Uint8Array(haystack.length);
    this.cuts = new Uint8Array(haystack.length + 1);
    if (folded) this.readFolded(folded, taken);
    else for (const { start, end } of taken) this.claimed.fill(1, start, end);
  }

  find(wanted: readonly Wanted[]): Hit[] {
    // Of one needle twice the first wins: many alike would look at each place in turn.
    const distinct = [...new Map(wanted.toReversed().map((each) => [each.needle, each])).values()];
    const lengths = [...new Set(distinct.map(({ needle }) => needle.length))].toSorted((a, b) => b - a);
    return lengths
      .filter((length) => length > 0)
      .flatMap((length) =>
        this.findOfOneLength(
          distinct.filter(({ needle }) => needle.length === length),
          length,
        ),
      )
      .toSorted((a, b) => a.start - b.start);
  }

  private findOfOneLength(wanted: readonly Wanted[], length: number): Hit[] {
    const hits: Hit[] = [];
    const next = wanted.map(({ needle }) => this.nextFree(needle, 0));
    for (;;) {
      let first = -1;
      for (const [index, at] of next.entries()) if (at >= 0 && !(at >= (next[first] ?? Infinity))) first = index;
      const of = wanted[first];
      const start = next[first];
      if (!of || start === undefined) return hits;
      if (this.isFree(start, start + length)) {
        this.claimed.fill(1, start, start + length);
        hits.push({ start, end: start + length, of });
      }
      next[first] = this.nextFree(of.needle, start);
    }
  }

  /** Where the needle stands next, from `from` on, in nobody's way and cutting no character; -1 when nowhere. */
  private nextFree(needle: string, from: number): number {
    let at = this.haystack.indexOf(needle, from);
    while (at >= 0) {
      const end = at + needle.length;
      const isWhole = this.cuts[at] === 0 && this.cuts[end] === 0;
      if (isWhole && this.isFree(at, end)) return at;
      // Nothing begins before the end of what is in the way, nor where it would begin or end within a character.
      let next = isWhole ? at + this.claimed.subarray(at, end).lastIndexOf(1) + 1 : at + 1;
      while (this.cuts[next] === 1 || this.cuts[next + needle.length] === 1) next += 1;
      at = this.haystack.indexOf(needle, next);
    }
    return -1;
  }

  private isFree(start: number, end: number): boolean {
    return !this.claimed.subarray(start, end).includes(1);
  }

  /** Spans of the text, taken in its folded form: a character that two original ones were folded into belongs to both. */
  private readFolded(folded: Folded, taken: readonly Span[]): void {
    const owned = new Uint8Array(folded.toOriginalEnd(this.haystack.length) + 1);
    for (const { start, end } of taken) owned.fill(1, start, end);
    for (let at = 0; at < this.haystack.length; at += 1) {
      const [start, end] = [folded.toOriginalStart(at), folded.toOriginalEnd(at + 1)];
      if (owned.subarray(start, end).includes(1)) this.claimed[at] = 1;
      if (folded.toOriginalEnd(at) > start) this.cuts[at] = 1;
    }
  }
}
