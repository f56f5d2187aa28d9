import { mayFollow, OUTSIDE, TAGS } from '../../src/pii/tagger/tags.js';
import type { Random } from './random.js';

/** Sentences as numbers: features of token t are `features[offsets[t]] … features[offsets[t + 1] - 1]`. */
export interface Dataset {
  readonly features: Int32Array;
  readonly offsets: Int32Array;
  readonly tags: Uint8Array;
  /** First token of every sentence, and the end. */
  readonly sentences: Int32Array;
  readonly featureCount: number;
}

export interface Options {
  readonly epochs: number;
  readonly rate: number;
  readonly decay: number;
  /**
   * By tag: added to "outside" where that tag stands, so that the model learns to keep this distance (softmax margin, Gimpel
   * and Smith, 2010), which favours recall.
   */
  readonly costs: readonly number[];
}

const ALLOWED = Float64Array.from({ length: TAGS * TAGS }, (_, i) =>
  mayFollow(Math.floor(i / TAGS), i % TAGS) ? 1 : 0,
);
const STARTS = Float64Array.from({ length: TAGS }, (_, tag) => (mayFollow(OUTSIDE, tag) ? 1 : 0));

/**
 * Trains a linear-chain conditional random field (Lafferty, McCallum and Pereira, 2001) by stochastic gradient with AdaGrad
 * (Duchi et al., 2011). Every sum runs in a fixed order, so the same corpus gives the same bits.
 */
export class Crf {
  readonly weights: Float32Array;
  readonly transitions = new Float64Array(TAGS * TAGS);
  private readonly squares: Float32Array;
  private readonly transitionSquares = new Float64Array(TAGS * TAGS);

  constructor(private readonly data: Dataset) {
    this.weights = new Float32Array(data.featureCount * TAGS);
    this.squares = new Float32Array(data.featureCount * TAGS);
  }

  train(options: Options, random: Random, report: (epoch: number) => void): void {
    const order = Array.from({ length: this.data.sentences.length - 1 }, (_, i) => i);
    const end = { weights: Float32Array.from(this.weights), transitions: Float64Array.from(this.transitions) };
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      random.shuffle(order);
      for (const sentence of order) this.learn(sentence, options);
      report(epoch);
      // The mean of the later epochs is steadier than the last one (Polyak and Ruppert).
      if (epoch >= options.epochs / 2) {
        const share = 1 / (epoch - Math.ceil(options.epochs / 2) + 1);
        this.weights.forEach((weight, i) => (end.weights[i] = (end.weights[i] ?? 0) * (1 - share) + weight * share));
        this.transitions.forEach(
          (weight, i) => (end.transitions[i] = (end.transitions[i] ?? 0) * (1 - share) + weight * share),
        );
      }
    }
    this.weights.set(end.weights);
    this.transitions.set(end.transitions);
  }

  private potentials = new Float64Array(0);
  private forward = new Float64Array(0);
  private backward = new Float64Array(0);

  private learn(sentence: number, options: Options): void {
    const { offsets, features, tags, sentences } = this.data;
    const first = sentences[sentence] as number;
    const length = (sentences[sentence + 1] as number) - first;
    if (length === 0) return;
    if (this.potentials.length < length * TAGS) {
      this.potentials = new Float64Array(length * TAGS);
      this.forward = new Float64Array(length * TAGS);
      this.backward = new Float64Array(length * TAGS);
    }
    const { potentials, forward, backward, weights } = this;
    for (let t = 0; t < length; t++) {
      const row = t * TAGS;
      potentials.fill(0, row, row + TAGS);
      for (let f = offsets[first + t] as number; f < (offsets[first + t + 1] as number); f++) {
        const base = (features[f] as number) * TAGS;
        for (let y = 0; y < TAGS; y++)
          potentials[row + y] = (potentials[row + y] as number) + (weights[base + y] as number);
      }
      potentials[row] = (potentials[row] as number) + (options.costs[tags[first + t] as number] ?? 0);
      let top = -Infinity;
      for (let y = 0; y < TAGS; y++) top = Math.max(top, potentials[row + y] as number);
      for (let y = 0; y < TAGS; y++) potentials[row + y] = Math.exp((potentials[row + y] as number) - top);
    }
    const steps = ALLOWED.map((allowed, i) => (allowed === 0 ? 0 : Math.exp(this.transitions[i] as number)));
    for (let t = 0; t < length; t++) {
      let sum = 0;
      for (let y = 0; y < TAGS; y++) {
        let reach = 0;
        if (t === 0) reach = (STARTS[y] as number) * (steps[y] as number);
        else
          for (let p = 0; p < TAGS; p++)
            reach += (forward[(t - 1) * TAGS + p] as number) * (steps[p * TAGS + y] as number);
        sum += forward[t * TAGS + y] = reach * (potentials[t * TAGS + y] as number);
      }
      for (let y = 0; y < TAGS; y++) forward[t * TAGS + y] = (forward[t * TAGS + y] as number) / sum;
    }
    for (let t = length - 1; t >= 0; t--) {
      let sum = 0;
      for (let y = 0; y < TAGS; y++) {
        let reach = 0;
        if (t === length - 1) reach = ALLOWED[y * TAGS + OUTSIDE] as number;
        else {
          const next = (t + 1) * TAGS;
          for (let n = 0; n < TAGS; n++) {
            reach +=
              (steps[y * TAGS + n] as number) * (potentials[next + n] as number) * (backward[next + n] as number);
          }
        }
        sum += backward[t * TAGS + y] = reach;
      }
      for (let y = 0; y < TAGS; y++) backward[t * TAGS + y] = (backward[t * TAGS + y] as number) / sum;
    }
    this.update(first, length, steps, options);
  }

  private update(first: number, length: number, steps: Float64Array, { rate, decay }: Options): void {
    const { offsets, features, tags } = this.data;
    const { potentials, forward, backward, weights, squares } = this;
    const expected = new Float64Array(TAGS * TAGS);
    for (let t = 0; t < length; t++) {
      let sum = 0;
      for (let y = 0; y < TAGS; y++) sum += (forward[t * TAGS + y] as number) * (backward[t * TAGS + y] as number);
      for (let y = 0; y < TAGS; y++) {
        const probability = ((forward[t * TAGS + y] as number) * (backward[t * TAGS + y] as number)) / sum;
        const gradient = probability - (tags[first + t] === y ? 1 : 0);
        if (gradient < 1e-3 && gradient > -1e-3) continue;
        for (let f = offsets[first + t] as number; f < (offsets[first + t + 1] as number); f++) {
          const at = (features[f] as number) * TAGS + y;
          const g = gradient + decay * (weights[at] as number);
          const square = (squares[at] as number) + g * g;
          squares[at] = square;
          weights[at] = (weights[at] as number) - (rate * g) / (Math.sqrt(square) + 1e-6);
        }
      }
      if (t === 0) continue;
      let total = 0;
      const pairs = new Float64Array(TAGS * TAGS);
      for (let p = 0; p < TAGS; p++) {
        for (let y = 0; y < TAGS; y++) {
          const mass =
            (forward[(t - 1) * TAGS + p] as number) *
            (steps[p * TAGS + y] as number) *
            (potentials[t * TAGS + y] as number) *
            (backward[t * TAGS + y] as number);
          pairs[p * TAGS + y] = mass;
          total += mass;
        }
      }
      for (let i = 0; i < pairs.length; i++) expected[i] = (expected[i] as number) + (pairs[i] as number) / total;
      const gold = (tags[first + t - 1] as number) * TAGS + (tags[first + t] as number);
      expected[gold] = (expected[gold] as number) - 1;
    }
    for (let i = 0; i < expected.length; i++) {
      if (ALLOWED[i] === 0) continue;
      const g = expected[i] as number;
      const square = (this.transitionSquares[i] as number) + g * g;
      this.transitionSquares[i] = square;
      this.transitions[i] = (this.transitions[i] as number) - (rate * g) / (Math.sqrt(square) + 1e-6);
    }
  }
}
