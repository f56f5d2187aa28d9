import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CircuitBreaker } from '../circuit-breaker.js';
import { isDetectableName } from '../entity-type.js';
import type { OutsideAnalyzer } from '../outside-analyzer.js';
import type { Span } from '../span.js';
import { type Word, WordPieces } from './word-pieces.js';

/** What is used of onnxruntime-node; operators install it themselves, for it weighs a hundred times the service. */
interface Runtime {
  readonly InferenceSession: { create(file: string): Promise<Session> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => object;
}

interface Session {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
}

const PACKAGE = 'onnxruntime-node';
/** Pieces that a BERT model takes at once, without the first and the last. */
const WINDOW = 510;
const TIMEOUT_MS = 2_000;
const OPEN_MS = 5_000;
const MAX_UNDER_WAY = 16;

/** Labels of common models, where they are not named as this service names types. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['PER', 'PERSON'],
  ['LOC', 'LOCATION'],
  ['GPE', 'LOCATION'],
  ['ORG', 'ORGANIZATION'],
]);

interface Label {
  /** Undefined: outside, or what no type can be named after. */
  readonly type: string | undefined;
  readonly begins: boolean;
}

/**
 * A token classification model of the BERT kind, run in this process: a folder with `model.onnx`, `vocab.txt`, `config.json`
 * (its `id2label`: BIO) and, if need be, `tokenizer_config.json` (its `do_lower_case`), as exporters write them.
 */
export class OnnxModel implements OutsideAnalyzer {
  readonly part = 'model';
  private readonly breaker = new CircuitBreaker(OPEN_MS);
  private underWay = 0;

  private constructor(
    private readonly runtime: Runtime,
    private readonly session: Session,
    private readonly pieces: WordPieces,
    private readonly labels: readonly Label[],
  ) {}

  /** @throws Error when the package or a file is missing or not what it should be */
  static async load(folder: string): Promise<OnnxModel> {
    const runtime = (await import(PACKAGE)) as Runtime;
    const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
    const { id2label } = JSON.parse(await read('config.json')) as { id2label: Readonly<Record<string, string>> };
    const labels = Object.keys(id2label).map((_, id) => labelOf(id2label[id] ?? ''));
    const tokenizer = JSON.parse(await read('tokenizer_config.json').catch(() => '{}')) as { do_lower_case?: boolean };
    const pieces = new WordPieces(await read('vocab.txt'), tokenizer.do_lower_case ?? false);
    return new OnnxModel(runtime, await runtime.InferenceSession.create(join(folder, 'model.onnx')), pieces, labels);
  }

  async find(text: string): Promise<Span[]> {
    if (this.breaker.isOpen || this.underWay >= MAX_UNDER_WAY) throw new Error('left alone');
    this.underWay += 1;
    const late = new AbortController();
    try {
      const work = this.findAll(this.pieces.words(text), late.signal);
      const timeout = delay(TIMEOUT_MS, undefined, { signal: late.signal }).then(() =>
        Promise.reject(new Error('late')),
      );
      const spans = await Promise.race([work, timeout]);
      this.breaker.succeeded();
      return spans;
    } catch (error) {
      this.breaker.failed();
      throw error;
    } finally {
      late.abort();
      this.underWay -= 1;
    }
  }

  private async findAll(words: readonly Word[], ended: AbortSignal): Promise<Span[]> {
    const spans: Span[] = [];
    for (const window of windows(words)) {
      ended.throwIfAborted();
      spans.push(...this.spansOf(window, await this.logits(window.flatMap(({ pieces }) => pieces))));
    }
    return spans;
  }

  private async logits(pieces: readonly number[]): Promise<Float32Array> {
    const ids = BigInt64Array.from([this.pieces.first, ...pieces, this.pieces.last], BigInt);
    const inputs: Readonly<Record<string, BigInt64Array>> = {
      input_ids: ids,
      attention_mask: ids.map(() => 1n),
      token_type_ids: ids.map(() => 0n),
    };
    const feeds = Object.entries(inputs)
      .filter(([name]) => this.session.inputNames.includes(name))
      .map(([name, data]) => [name, new this.runtime.Tensor('int64', data, [1, data.length])] as const);
    const [output] = Object.values(await this.session.run(Object.fromEntries(feeds)));
    if (output?.data.length !== ids.length * this.labels.length) throw new Error('not a token classification model');
    return output.data;
  }

  /** The label of a word is that of its first piece. Words of one type in a row are one value until another begins. */
  private spansOf(words: readonly Word[], logits: Float32Array): Span[] {
    const spans: Span[] = [];
    let open: { start: number; end: number; type: string; score: number } | undefined;
    // The first piece stands for the beginning of the text.
    let at = 1;
    for (const { start, end, pieces } of words) {
      const { label, score } = this.best(logits.subarray(at * this.labels.length, (at + 1) * this.labels.length));
      at += pieces.length;
      if (open && label.type === open.type && !label.begins) {
        open.end = end;
        open.score = Math.min(open.score, score);
        continue;
      }
      if (open) spans.push(open);
      open = label.type === undefined ? undefined : { start, end, type: label.type, score };
    }
    return open ? [...spans, open] : spans;
  }

  private best(logits: Float32Array): { label: Label; score: number } {
    const top = logits.reduce((best, value, id) => (value > (logits[best] ?? -Infinity) ? id : best), 0);
    const sum = logits.reduce((total, value) => total + Math.exp(value - (logits[top] ?? 0)), 0);
    return { label: this.labels[top] ?? { type: undefined, begins: true }, score: 1 / sum };
  }
}

function labelOf(name: string): Label {
  const [, prefix, rest = ''] = /^(?:([BI])-)?(.*)$/.exec(name) ?? [];
  const type = TYPES.get(rest) ?? rest;
  return { type: rest !== 'O' && rest !== 'MISC' && isDetectableName(type) ? type : undefined, begins: prefix === 'B' };
}

/** As many whole words at a time as the model takes pieces. */
function windows(words: readonly Word[]): Word[][] {
  const all: Word[][] = [];
  let room = 0;
  for (const word of words) {
    if (word.pieces.length > room) {
      all.push([]);
      room = WINDOW;
    }
    all.at(-1)?.push(word);
    room -= word.pieces.length;
  }
  return all;
}
