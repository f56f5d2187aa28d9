import { BUCKET_BITS, FEATURES, featuresOf, Flag, Hints, type Lookup } from '../../src/pii/tagger/features.js';
import { beginOf, insideOf, lastOf, OUTSIDE, TYPES, unitOf } from '../../src/pii/tagger/tags.js';
import { Kind, Tokens } from '../../src/pii/tagger/tokens.js';
import type { Dataset } from './crf.js';
import type { Random } from './random.js';
import type { Sample } from './sample.js';

/** BILOU tags of the tokens that were read; a token belongs to the span that it touches. */
export function tagsOf(tokens: Tokens, spans: Sample['spans']): Uint8Array {
  const tags = new Uint8Array(tokens.count);
  for (const span of spans) {
    const inside: number[] = [];
    for (let i = 0; i < tokens.count; i++) {
      if ((tokens.start[i] ?? 0) < span.end && (tokens.end[i] ?? 0) > span.start && tags[i] === OUTSIDE) inside.push(i);
    }
    const type = TYPES.findIndex((name) => name === span.type);
    inside.forEach((token, at) => {
      const last = at === inside.length - 1;
      tags[token] = at === 0 ? (last ? unitOf(type) : beginOf(type)) : last ? lastOf(type) : insideOf(type);
    });
  }
  return tags;
}

class Growing {
  private array = new Int32Array(1 << 20);
  length = 0;

  push(value: number): void {
    if (this.length === this.array.length) {
      const larger = new Int32Array(this.array.length * 2);
      larger.set(this.array);
      this.array = larger;
    }
    this.array[this.length++] = value;
  }

  take(): Int32Array {
    return this.array.slice(0, this.length);
  }
}

/**
 * Turns the corpus into numbers. In made-up sentences some names are hidden, their word, what the gazetteers say of them or
 * both: every such name stands in a list, and without that the model would rely on lists alone.
 */
export function dataset(
  samples: readonly Sample[],
  lookup: Lookup,
  random: Random,
  atLeast: number,
): { data: Dataset; buckets: Int32Array } {
  const tokens = new Tokens();
  const hints = new Hints();
  const out = new Int32Array(FEATURES);
  const features = new Growing();
  const offsets = new Growing();
  const tags: number[] = [];
  const sentences: number[] = [0];
  const counts = new Int32Array(2 ** BUCKET_BITS);
  offsets.push(0);
  for (const sample of samples) {
    tokens.read(sample.text, 0);
    hints.read(tokens, lookup);
    const gold = tagsOf(tokens, sample.spans);
    gold.forEach((tag, i) => {
      if (tag === OUTSIDE) return;
      const hide = random.next();
      if (hide < (sample.synthetic ? 0.3 : 0.08)) hints.of[i] = 0;
      if (hide > (sample.synthetic ? 0.1 : 0.04) && hide < (sample.synthetic ? 0.45 : 0.12))
        tokens.hash[i] = random.below(2 ** 31);
    });
    for (let i = 0; i < tokens.count; i++) {
      const n = featuresOf(tokens, hints, i, out);
      for (let f = 0; f < n; f++) {
        const bucket = out[f] as number;
        features.push(bucket);
        counts[bucket] = (counts[bucket] as number) + 1;
      }
      offsets.push(features.length);
      tags.push(gold[i] ?? OUTSIDE);
    }
    sentences.push(tags.length);
  }
  const rows = new Int32Array(counts.length).fill(-1);
  const buckets: number[] = [];
  counts.forEach((count, bucket) => {
    if (count >= atLeast) rows[bucket] = buckets.push(bucket) - 1;
  });
  return {
    data: compact(features.take(), offsets.take(), rows, tags, sentences, buckets.length),
    buckets: Int32Array.from(buckets),
  };
}

/** The same data with some of the features only; `rows` says which number each keeps, -1 for none. */
export function reduced(data: Dataset, rows: Int32Array, featureCount: number): Dataset {
  return compact(data.features.slice(), data.offsets.slice(), rows, data.tags, data.sentences, featureCount);
}

/** Drops the features without a row. */
function compact(
  features: Int32Array,
  offsets: Int32Array,
  rows: Int32Array,
  tags: ArrayLike<number>,
  sentences: ArrayLike<number>,
  featureCount: number,
): Dataset {
  let kept = 0;
  for (let t = 0; t + 1 < offsets.length; t++) {
    const from = offsets[t] as number;
    const to = offsets[t + 1] as number;
    offsets[t] = kept;
    for (let f = from; f < to; f++) {
      const row = rows[features[f] as number] as number;
      if (row >= 0) features[kept++] = row;
    }
    if (t + 2 === offsets.length) offsets[t + 1] = kept;
  }
  return {
    features: features.slice(0, kept),
    offsets,
    tags: Uint8Array.from(tags),
    sentences: Int32Array.from(sentences),
    featureCount,
  };
}

/**
 * Words and signs that often stand there and are hardly ever part of an entity: the tagger need not think about them. A word
 * that a gazetteer knows must be frequent to count as one of them.
 */
export function safeWords(samples: readonly Sample[], lookup: Lookup): number[] {
  const tokens = new Tokens();
  const counts = new Map<number, { all: number; inEntity: number }>();
  for (const sample of samples) {
    tokens.read(sample.text, 0);
    tagsOf(tokens, sample.spans).forEach((tag, i) => {
      if (tokens.kind[i] !== Kind.Lower && tokens.kind[i] !== Kind.Punctuation) return;
      const hash = tokens.hash[i] ?? 0;
      const count = counts.get(hash) ?? { all: 0, inEntity: 0 };
      counts.set(hash, { all: count.all + 1, inEntity: count.inEntity + (tag === OUTSIDE ? 0 : 1) });
    });
  }
  const known = (hash: number): boolean => (lookup(hash) & ~Flag.Word) !== 0;
  return [...counts]
    .filter(
      ([hash, { all, inEntity }]) => all >= (known(hash) ? 200 : 10) && inEntity <= all * (known(hash) ? 0.002 : 0.005),
    )
    .map(([hash]) => hash);
}
