import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { SAFE } from '../../src/pii/tagger/features.js';
import { COLUMNS, encode, modelOf, ROW, type ModelData } from '../../src/pii/tagger/model.js';
import { OUTSIDE, TAGS, typeOf } from '../../src/pii/tagger/tags.js';
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
    copies: { type: 'string', default: '2' },
    draft: { type: 'string', default: '2' },
    rows: { type: 'string', default: '130000' },
    prune: { type: 'string', default: '3' },
    least: { type: 'string', default: '2' },
  },
});
const started = performance.now();
const log = (line: string): void =>
  console.log(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);

const random = new Random(Number(values.seed));
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

const corpus = trainingCorpus(
  readSamples(join(values.data, 'train_social.json')),
  random,
  lookup,
  Number(values.copies),
);
log(`${corpus.length} texts`);
const { data, buckets } = dataset(corpus, lookup, random, Number(values.least));
log(`${data.tags.length} tokens, ${data.featureCount} features`);

const costOf = values.costs.split(',').map(Number);
const options = {
  epochs: Number(values.epochs),
  rate: Number(values.rate),
  decay: Number(values.decay),
  costs: Array.from({ length: TAGS }, (_, tag) => (tag === OUTSIDE ? 0 : (costOf[typeOf(tag)] ?? 0))),
};
// First all features, to see which matter; then the strongest alone, so that they make up for those that are left out.
const draft = new Crf(data);
draft.train({ ...options, epochs: Number(values.draft) }, random, (epoch) => log(`draft, epoch ${epoch + 1}`));
const strengths = buckets.map((_, row) => strength(draft.weights.subarray(row * TAGS, (row + 1) * TAGS)) * 1e6);
const weakest = strengths.slice().sort().at(-Number(values.rows)) ?? 0;
let rows = 0;
const selection = strengths.map((value) => (value > weakest ? rows++ : -1));
const chosen = buckets.filter((_, row) => (selection[row] ?? -1) >= 0);
const crf = new Crf(reduced(data, selection, rows));
crf.train(options, random, (epoch) => log(`epoch ${epoch + 1}`));

/** How far a feature moves any tag away from "outside". */
function strength(weights: Float32Array): number {
  return weights.reduce((most, weight) => Math.max(most, Math.abs(weight - (weights[OUTSIDE] ?? 0))), 0);
}

const quantised = (weight: number): number => Math.max(-127, Math.min(127, Math.round(weight * SCALE)));
const kept: number[] = [];
const weights: number[] = [];
chosen.forEach((bucket, row) => {
  const [outside = 0, ...others] = crf.weights.subarray(row * TAGS, (row + 1) * TAGS);
  // Leaving out small differences costs nothing and makes the file small.
  const ints = others
    .map((weight) => quantised(weight - outside))
    .map((weight) => (Math.abs(weight) < Number(values.prune) ? 0 : weight));
  if (ints.every((weight) => weight === 0)) return;
  kept.push(bucket);
  weights.push(...ints, ...Array.from({ length: ROW - COLUMNS }, () => 0));
});
const safe = safeWords(corpus, lookup);
const { words: keys, flags } = words.marked(safe, SAFE);
const model: ModelData = {
  words: keys,
  flags,
  buckets: Int32Array.from(kept),
  weights: Int8Array.from(weights),
  transitions: Int8Array.from(crf.transitions, quantised),
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
