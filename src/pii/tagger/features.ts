import { Kind, MAX_TOKENS, type Tokens } from './tokens.js';

const { imul } = Math;

/** What a gazetteer says about a word, one bit each; see NOTICE for the lists. */
export const Flag = {
  GivenName: 1,
  Surname: 2,
  /** A word of a list of names that does not tell which kind. */
  Name: 4,
  City: 8,
  Place: 16,
  Region: 32,
  /** An English word: what is capitalised need not be a name. */
  Word: 64,
  Company: 128,
} as const;

/** Set beside the flags of a word or sign, by the training: in lower case it is hardly ever part of an entity. */
export const SAFE = 0x100;
/** While reading: no word stands within REACH tokens before. */
const FAR = 0x1000;
/** A number or sign that is further from any word belongs to no name. */
const REACH = 8;
const MULTIWORD_FIRST = 0x200;
const MULTIWORD_NEXT = 0x400;

const FIRST_AFFIX = 22;
export const FEATURES = FIRST_AFFIX + 8;
/** Buckets that features are hashed into. */
export const BUCKET_BITS = 22;
const SHIFT = 32 - BUCKET_BITS;

/** Answers the flags of a folded word hash, 0 for an unknown word. */
export type Lookup = (hash: number) => number;

/** Hash of two neighbouring words, in order. */
export function pair(first: number, second: number): number {
  const hash = imul(first ^ (second >>> 15), 0x2c1b3c6d) ^ imul(second, 0x297a2d39);
  return hash ^ (hash >>> 13);
}

function bucket(feature: number, value: number): number {
  let hash = imul(value ^ imul(feature + 1, 0x9e3779b1), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> SHIFT;
}

const isWord = (kind: number): boolean => kind <= Kind.Caseless;

/** Flags of every token, and of places of two and three words; reused from call to call. */
export class Hints {
  readonly of = new Int32Array(MAX_TOKENS);
  /** Casing of the whole message: 0 mixed, 1 no capitals, 2 capitals throughout, 3 most words capitalised. */
  casing = 0;

  read(tokens: Tokens, lookup: Lookup): void {
    const { of } = this;
    const { count, hash, kind } = tokens;
    let words = 0;
    let lower = 0;
    let caps = 0;
    let last = -1 - REACH;
    for (let i = 0; i < count; i++) {
      const k = kind[i] as number;
      if (!isWord(k)) {
        of[i] = (k === Kind.Punctuation ? lookup(hash[i] as number) & SAFE : 0) | (i - last > REACH ? FAR : 0);
        continue;
      }
      last = i;
      of[i] = lookup(hash[i] as number);
      words++;
      if (k === Kind.Lower) lower++;
      else if (k === Kind.Caps) caps++;
    }
    for (let i = count - 1, next = count + REACH; i >= 0; i--) {
      const flags = of[i] as number;
      if (isWord(kind[i] as number)) next = i;
      else if ((flags & FAR) !== 0) of[i] = (flags & ~FAR) | (next - i > REACH ? SAFE : 0);
    }
    for (let i = 0; i + 1 < count; i++) {
      const flags = of[i] as number;
      if (!isWord(kind[i] as number) || (flags & SAFE && kind[i] === Kind.Lower)) continue;
      const two = pair(hash[i] as number, hash[i + 1] as number);
      if (i + 2 < count && lookup(pair(two, hash[i + 2] as number)) !== 0) this.mark(i, 3);
      else if (lookup(two) !== 0) this.mark(i, 2);
    }
    this.casing = words < 2 ? 0 : lower === words ? 1 : caps === words ? 2 : lower * 4 < words ? 3 : 0;
  }

  private mark(at: number, length: number): void {
    this.of[at] = (this.of[at] as number) | MULTIWORD_FIRST;
    for (let i = at + 1; i < at + length; i++) this.of[i] = (this.of[i] as number) | MULTIWORD_NEXT;
  }
}

/** Writes the feature buckets of token `i` into `out` and answers how many there are. */
export function featuresOf(tokens: Tokens, hints: Hints, i: number, out: Int32Array): number {
  const { count, hash, kind, shape, affixes } = tokens;
  const { of, casing } = hints;
  const has1 = i > 0;
  const has2 = i > 1;
  const next1 = i + 1 < count;
  const next2 = i + 2 < count;
  const w = hash[i] as number;
  const p1 = has1 ? (hash[i - 1] as number) : 1;
  const p2 = has2 ? (hash[i - 2] as number) : has1 ? 1 : 2;
  const n1 = next1 ? (hash[i + 1] as number) : 3;
  const n2 = next2 ? (hash[i + 2] as number) : next1 ? 3 : 4;
  const k = kind[i] as number;
  const kp = has1 ? (kind[i - 1] as number) : 0;
  const kn = next1 ? (kind[i + 1] as number) : 0;
  const s = shape[i] as number;
  const glued = has1 && tokens.end[i - 1] === tokens.start[i] ? 1 : 0;
  const f = (of[i] as number) & ~SAFE;
  const fp = has1 ? (of[i - 1] as number) & ~SAFE : 0x800;
  const fn = next1 ? (of[i + 1] as number) & ~SAFE : 0x800;
  const cased = f * 16 + k;
  let n = 0;
  out[n++] = bucket(0, casing * 16 + k);
  out[n++] = bucket(1, w);
  out[n++] = bucket(2, w + k);
  out[n++] = bucket(3, p1);
  out[n++] = bucket(4, n1);
  out[n++] = bucket(5, p2);
  out[n++] = bucket(6, n2);
  out[n++] = bucket(7, pair(p1, w));
  out[n++] = bucket(8, pair(w, n1));
  out[n++] = bucket(9, pair(p1, n1) + k);
  out[n++] = bucket(10, pair(p2, p1) + k);
  out[n++] = bucket(11, pair(n1, n2) + k);
  out[n++] = bucket(12, s * 4 + casing);
  out[n++] = bucket(13, (kp * 16 + k) * 16 + kn + glued * 4096);
  out[n++] = bucket(14, cased * 4 + casing);
  out[n++] = bucket(15, pair(fp * 16 + kp, cased));
  out[n++] = bucket(16, pair(cased, fn * 16 + kn));
  out[n++] = bucket(17, pair(p1, cased));
  out[n++] = bucket(18, pair(cased, n1));
  out[n++] = bucket(19, pair(pair(p2, p1), cased));
  out[n++] = bucket(20, pair(fp * 16 + kp, pair(cased, fn * 16 + kn)));
  out[n++] = bucket(21, (i < 3 ? i : 3) * 64 + k * 4 + casing);
  if (isWord(k)) {
    const base = i * 7;
    for (let a = 0; a < 7; a++) {
      const affix = affixes[base + a] as number;
      if (affix !== 0) out[n++] = bucket(FIRST_AFFIX + a, affix);
    }
    out[n++] = bucket(FIRST_AFFIX + 7, pair(affixes[base + 5] as number, k));
  }
  return n;
}
