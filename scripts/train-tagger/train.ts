import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { SAFE } from '../../src/pii/tagger/features.js';
import { COLUMNS, encode, modelOf, ROW, type ModelData } from '../../src/pii/tagger/model.js';
import { begins, OUTSIDE, TAGS, typeOf, TYPES } from '../../src/pii/tagger/tags.js';
import { SCALE, Tagger } from '../../src/pii/tagger/tagger.js';
import { readSamples, trainingCorpus } from './corpus.js';
import { Crf } from './crf.js';
import { dataset, reduced, safeWords } from './dataset.js';
import { measure } from './evaluate.js';
import { gazetteer } from './gazetteer.js';
import { Random } from './random.js';

/** Trains the tagger and writes its weights: `npm run train:tagger -- --data ../shared/data`. */
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['TAGGER_DATA'] ?? '../shared/data' },
    out: { type: 'string', default: 'src/pii/tagger/model.bin.br' },
    seed: { type: 'string', default: '20261121' },
    epochs: { type: 'string', default: '4' },
    rate: { type: 'string', default: '0.15' },
    decay: { type: 'string', default: '0.0003' },
    costs: { type: 'string', default: '1.8,0.8,-0.3' },
    lean: { type: 'string', default: '0.5' },
    copies: { type: 'string', default: '2' },
    models: { type: 'string', default: '6' },
    draft: { type: 'string', default: '2' },
    rows: { type: 'string', default: '130000' },
    prune: { type: 'string', default: '3' },
    least: { type: 'string', default: '2' },
  },
});
const started = performance.now();
const log = (line: string): void =>
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);

const words = gazetteer();
const none: ModelData = {
  words: words.words,
  flags: words.flags,
  buckets: new Int32Array(),
  weights: new Int8Array(),
  transitions: new Int8Array(TAGS * TAGS),
};
const { lookup } = modelOf(none);
log(`${words.words.length} words in the gazetteers`);

const costOf = values.costs.split(',').map(Number);
const options = {
  epochs: Number(values.epochs),
  rate: Number(values.rate),
  decay: Number(values.decay),
  costs: Array.from({ length: TAGS }, (_, tag) => (tag === OUTSIDE ? 0 : (costOf[typeOf(tag)] ?? 0))),
};

/** A corpus drawn anew, with its features. The tweets are the same each time, the noise and the made-up sentences are not. */
const drawn = Array.from({ length: Number(values.models) }, (_, model) => {
  const random = new Random(Number(values.seed) + model);
  const tweets = readSamples(join(values.data, 'train_social.json'));
  const corpus = trainingCorpus(tweets, random, lookup, Number(values.copies));
  const { data, buckets } = dataset(corpus, lookup, random, Number(values.least));
  log(`${corpus.length} texts, ${data.tags.length} tokens, ${data.featureCount} features`);
  return { random, corpus, data, buckets };
});

/** The mean of models that were trained apart knows what they agree on, and little of what each of them learnt by chance. */
class Mean {
  readonly rows = new Map<number, Float64Array>();
  readonly transitions = new Float64Array(TAGS * TAGS);

  add({ weights, transitions }: Crf, buckets: Int32Array): void {
    const share = 1 / drawn.length;
    transitions.forEach((weight, i) => (this.transitions[i] = (this.transitions[i] ?? 0) + weight * share));
    buckets.forEach((bucket, row) => {
      const sum = this.rows.get(bucket) ?? new Float64Array(TAGS);
      this.rows.set(bucket, sum);
      for (let tag = 0; tag < TAGS; tag++) sum[tag] = (sum[tag] ?? 0) + (weights[row * TAGS + tag] ?? 0) * share;
    });
  }
}

// First all features, to see which matter; then the strongest alone, so that they make up for those that are left out.
const drafts = new Mean();
for (const [model, { random, data, buckets }] of drawn.entries()) {
  const draft = new Crf(data);
  draft.train({ ...options, epochs: Number(values.draft) }, random, () => undefined);
  drafts.add(draft, buckets);
  log(`draft of model ${model + 1}`);
}
const strongest = [...drafts.rows]
  .map(([bucket, weights]) => ({ bucket, strength: strength(weights) }))
  .sort((a, b) => b.strength - a.strength || a.bucket - b.bucket)
  .slice(0, Number(values.rows))
  .map(({ bucket }) => bucket)
  .sort((a, b) => a - b);
const chosen = Int32Array.from(strongest);
const rowOf = new Map(strongest.map((bucket, row) => [bucket, row]));
const mean = new Mean();
for (const [model, { random, data, buckets }] of drawn.entries()) {
  const crf = new Crf(
    reduced(
      data,
      buckets.map((bucket) => rowOf.get(bucket) ?? -1),
      chosen.length,
    ),
  );
  crf.train(options, random, () => undefined);
  mean.add(crf, chosen);
  log(`model ${model + 1}`);
}

/** How far a feature moves any tag away from "outside". */
function strength(weights: Float64Array): number {
  return weights.reduce((most, weight) => Math.max(most, Math.abs(weight - (weights[OUTSIDE] ?? 0))), 0);
}

const quantised = (weight: number): number => Math.max(-127, Math.min(127, Math.round(weight * SCALE)));
const kept: number[] = [];
const weights: number[] = [];
chosen.forEach((bucket) => {
  const [outside = 0, ...others] = mean.rows.get(bucket) ?? [];
  // Leaving out small differences costs nothing and makes the file small.
  const ints = others
    .map((weight) => quantised(weight - outside))
    .map((weight) => (Math.abs(weight) < Number(values.prune) ? 0 : weight));
  if (ints.every((weight) => weight === 0)) return;
  kept.push(bucket);
  weights.push(...ints, ...Array.from({ length: ROW - COLUMNS }, () => 0));
});
// A name that is left in clear does more harm than a word that is hidden in vain, so that a person needs less than even odds.
const PERSON = TYPES.indexOf('PERSON');
const transitions = mean.transitions.map((weight, pair) => {
  const tag = pair % TAGS;
  return begins(tag) && typeOf(tag) === PERSON ? weight + Number(values.lean) : weight;
});
const safe = safeWords(
  drawn.flatMap(({ corpus }) => corpus),
  lookup,
);
const { words: keys, flags } = words.marked(safe, SAFE);
const model: ModelData = {
  words: keys,
  flags,
  buckets: Int32Array.from(kept),
  weights: Int8Array.from(weights),
  transitions: Int8Array.from(transitions, quantised),
};
const file = brotliCompressSync(encode(model), {
  params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
});
writeFileSync(values.out, file);
log(`${kept.length} rows, ${safe.length} safe words, ${file.length} bytes in ${values.out}`);

const tagger = new Tagger(modelOf(model));
for (const name of ['btc_h2_dev', 'wnut17_dev', 'presidio_synth_v2']) {
  log(name);
  console.table(measure(join(values.data, `${name}.json`), (text) => tagger.tag(text)));
}
