import type { Span } from '../span.js';
import { FEATURES, featuresOf, Hints, SAFE } from './features.js';
import { ones, readModel, ROW, type Model } from './model.js';
import { hashWord, Kind, MAX_TOKENS, Tokens } from './tokens.js';
import { isOpen, mayFollow, OUTSIDE, TAGS, typeOf, TYPES } from './tags.js';

const { max } = Math;
let shipped: Tagger | undefined;

/**
 * Finds the names of people, places and organisations in a Unicode-folded text: whole tokens, in order, without overlap.
 * Deterministic, and linear in the length of the text. The first call reads the weights.
 */
export function tagNames(text: string): Span[] {
  shipped ??= new Tagger(readModel());
  return shipped.tag(text);
}

/** For every tag the tags that it may follow. */
const PREDECESSORS = Array.from({ length: TAGS }, (_, tag) =>
  Int32Array.from(Array.from({ length: TAGS }, (_, before) => before).filter((before) => mayFollow(before, tag))),
);
/** A capital letter makes a name of what is else an ordinary word. */
const isPlain = (kind: number): boolean => kind === Kind.Lower || kind > Kind.Caseless;
const NEVER = -0x40000000;
const PERSON = 0;
const ORGANIZATION = 2;
/** What looks a little like a company is more often an ordinary word: these are not worth hiding. */
const SURE_ORGANIZATION = 0.6;
const isPerson = (tag: number): boolean => tag !== OUTSIDE && typeOf(tag) === PERSON;
const TITLES = new Set(
  (
    '. mr mrs ms miss mx dr prof professor doctor sir madam herr herrn frau fräulein hr fr med dipl ing mag monsieur ' +
    'madame mademoiselle mme mlle señor señora señorita sr sra srta doña signor signora signorina sig dott dottor ' +
    'dottoressa avv dhr mevr mevrouw meneer heer pan pani senhor senhora'
  )
    .split(' ')
    .map(hashWord),
);

/** Weights per unit of log-odds; fixed by the training, which quantises with it. */
export const SCALE = 16;

// The model has learnt Latin script, and a little of others that have capital letters: there a name must begin with one.
const NAME_BEGINS = /^(?:\p{Script=Latin}|\p{Lu}|[^\p{L}])/u;

/** A linear-chain conditional random field over hashed features, decoded by Viterbi's algorithm in whole numbers. */
export class Tagger {
  private readonly tokens = new Tokens();
  private readonly hints = new Hints();
  private readonly features = new Int32Array(FEATURES);
  private readonly emissions = new Int32Array(MAX_TOKENS * ROW);
  private readonly best = new Int32Array(MAX_TOKENS * ROW);
  private readonly from = new Uint8Array(MAX_TOKENS * ROW);
  private readonly tags = new Uint8Array(MAX_TOKENS);

  constructor(private readonly model: Model) {}

  tag(text: string): Span[] {
    const spans: Span[] = [];
    for (let at = 0; at < text.length;) {
      at = this.tokens.read(text, at);
      this.hints.read(this.tokens, this.model.lookup);
      for (let i = 0; i < this.tokens.count; i++) this.score(i);
      this.decode();
      this.collect(text, spans);
    }
    return spans;
  }

  /** Sums the weights of the features of token `i`. */
  private score(i: number): void {
    const { emissions, features } = this;
    const { index, weights } = this.model;
    const base = i * ROW;
    const kind = this.tokens.kind[i] as number;
    if (kind > Kind.Newline || (((this.hints.of[i] as number) & SAFE) !== 0 && isPlain(kind))) {
      emissions.fill(NEVER, base, base + ROW);
      emissions[base] = 0;
      return;
    }
    let s1 = 0,
      s2 = 0,
      s3 = 0,
      s4 = 0,
      s5 = 0,
      s6 = 0,
      s7 = 0,
      s8 = 0,
      s9 = 0,
      s10 = 0,
      s11 = 0,
      s12 = 0;
    const count = featuresOf(this.tokens, this.hints, i, features);
    for (let f = 0; f < count; f++) {
      const bucket = features[f] as number;
      const block = (bucket >>> 5) * 2;
      const present = index[block] as number;
      const bit = 1 << (bucket & 31);
      if ((present & bit) === 0) continue;
      const row = ((index[block + 1] as number) + ones(present & (bit - 1))) * ROW;
      s1 += weights[row] as number;
      s2 += weights[row + 1] as number;
      s3 += weights[row + 2] as number;
      s4 += weights[row + 3] as number;
      s5 += weights[row + 4] as number;
      s6 += weights[row + 5] as number;
      s7 += weights[row + 6] as number;
      s8 += weights[row + 7] as number;
      s9 += weights[row + 8] as number;
      s10 += weights[row + 9] as number;
      s11 += weights[row + 10] as number;
      s12 += weights[row + 11] as number;
    }
    emissions[base] = 0;
    emissions[base + 1] = s1;
    emissions[base + 2] = s2;
    emissions[base + 3] = s3;
    emissions[base + 4] = s4;
    emissions[base + 5] = s5;
    emissions[base + 6] = s6;
    emissions[base + 7] = s7;
    emissions[base + 8] = s8;
    emissions[base + 9] = s9;
    emissions[base + 10] = s10;
    emissions[base + 11] = s11;
    emissions[base + 12] = s12;
  }

  /** The best sequence of tags that BILOU allows, into `tags`. */
  private decode(): void {
    const { best, from, emissions, tags } = this;
    const { count } = this.tokens;
    const { transitions } = this.model;
    if (count === 0) return;
    for (let tag = 0; tag < TAGS; tag++) {
      best[tag] = mayFollow(OUTSIDE, tag) ? (emissions[tag] as number) + (transitions[tag] as number) : NEVER;
    }
    for (let i = 1; i < count; i++) {
      const row = i * ROW;
      for (let tag = 0; tag < TAGS; tag++) {
        const before = PREDECESSORS[tag] as Int32Array;
        let top = NEVER * 2;
        let choice = 0;
        for (let p = 0; p < before.length; p++) {
          const previous = before[p] as number;
          const score = (best[row - ROW + previous] as number) + (transitions[previous * TAGS + tag] as number);
          if (score > top) {
            top = score;
            choice = previous;
          }
        }
        best[row + tag] = max(top + (emissions[row + tag] as number), NEVER);
        from[row + tag] = choice;
      }
    }
    let tag = OUTSIDE;
    const end = (count - 1) * ROW;
    for (let last = 1; last < TAGS; last++) {
      if (!isOpen(last) && (best[end + last] as number) > (best[end + tag] as number)) tag = last;
    }
    for (let i = count - 1; i >= 0; i--) {
      tags[i] = tag;
      tag = from[i * ROW + tag] as number;
    }
  }

  /** Entities of the window that was decoded, in scripts that the model knows something of. */
  private collect(text: string, spans: Span[]): void {
    const { tags, tokens } = this;
    for (let i = 0, last = 0; i < tokens.count; i = last + 1) {
      const tag = tags[i] as number;
      last = i;
      if (tag === OUTSIDE) continue;
      const type = typeOf(tag);
      last = this.entityEnd(i, text);
      if (!this.hasWord(i, last)) continue;
      const score = this.certainty(i, last);
      if (type === ORGANIZATION && score < SURE_ORGANIZATION) continue;
      const first = type === PERSON ? this.withoutTitle(i, last) : i;
      const [start, end] = [tokens.start[first] as number, tokens.end[last] as number];
      if (!NAME_BEGINS.test(text.slice(start, start + 2))) continue;
      spans.push({ start, end, type: TYPES[type] ?? 'PERSON', score });
    }
  }

  /** The last token of the entity that begins with `first`. Two persons with nothing but a space between are one: Ada Lovelace. */
  private entityEnd(first: number, text: string): number {
    const { tags, tokens } = this;
    for (let last = first; ; last++) {
      while (isOpen(tags[last] as number)) last++;
      const next = last + 1;
      const [from, to] = [tokens.end[last] as number, tokens.start[next] as number];
      const goesOn = next < tokens.count && isPerson(tags[last] as number) && isPerson(tags[next] as number);
      if (!goesOn || to !== from + 1 || text.charAt(from) !== ' ') return last;
    }
  }

  /** Numbers, ids and signs alone name nobody. */
  private hasWord(first: number, last: number): boolean {
    for (let i = first; i <= last; i++) if ((this.tokens.kind[i] as number) <= Kind.Caseless) return true;
    return false;
  }

  /** Where the name begins after "Dr." or "Frau"; a title alone stays. */
  private withoutTitle(first: number, last: number): number {
    const { hash } = this.tokens;
    let at = first;
    while (at < last && TITLES.has(hash[at] as number)) at++;
    return TITLES.has(hash[at] as number) ? first : at;
  }

  /**
   * From 0.5 to 0.8, by how far the tags of the entity stand above "outside", whose score is 0. Never higher: what a pattern
   * with a checksum or a street address says must win over what a word looks like.
   */
  private certainty(first: number, last: number): number {
    let margin = 0;
    for (let i = first; i <= last; i++) {
      margin += this.emissions[i * ROW + (this.tags[i] as number)] as number;
    }
    const odds = Math.exp(-margin / (last - first + 1) / SCALE);
    return Math.round(50 + 30 / (1 + odds)) / 100;
  }
}
