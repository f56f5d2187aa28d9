import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { BUCKET_BITS, type Lookup } from './features.js';
import { TAGS } from './tags.js';

const { imul } = Math;

/** Distance between the weights of two rows: one more than COLUMNS would do, a power of two keeps a row in one cache line. */
export const ROW = 16;
/** The score of "outside" is always 0, so it has no column. */
export const COLUMNS = TAGS - 1;
const FILE = 'model.bin.br';
const SOURCE = 'src/pii/tagger';

/** What the training hands over, and what the weights file holds. Keys and buckets rise strictly. */
export interface ModelData {
  /** Keys (see `keyOf`) and flags of the words in the gazetteers. */
  readonly words: Int32Array;
  readonly flags: Uint16Array;
  readonly buckets: Int32Array;
  /** ROW weights to a bucket, COLUMNS of them used: how much more likely than "outside" it makes each other tag. */
  readonly weights: Int8Array;
  /** Score of each tag after each tag, TAGS × TAGS. */
  readonly transitions: Int8Array;
}

/** The weights, laid out for reading. */
export interface Model extends Pick<ModelData, 'weights' | 'transitions'> {
  readonly lookup: Lookup;
  /** For each 32 buckets a pair: which of them have a row, and how many rows stand before. */
  readonly index: Int32Array;
}

export function modelOf({ words, flags, buckets, weights, transitions }: ModelData): Model {
  return { lookup: lookupIn(words, flags), index: indexOf(buckets), weights, transitions };
}

const KEY_BITS = 27;
const PAGE_BITS = 16;

/** The part of a word hash that the gazetteers are keyed by: 27 bits keep the file small, one word in 500 is a chance hit. */
export const keyOf = (hash: number): number => hash >>> (32 - KEY_BITS);

/** Looks words up by the page that the leading bits of their key name; a page holds a handful. */
function lookupIn(words: Int32Array, flags: Uint16Array): Lookup {
  const pages = new Int32Array(2 ** PAGE_BITS + 1);
  for (let page = 1, at = 0; page < pages.length; page++) {
    const end = page << (KEY_BITS - PAGE_BITS);
    while (at < words.length && (words[at] as number) < end) at++;
    pages[page] = at;
  }
  return (hash) => {
    const key = keyOf(hash);
    const page = key >>> (KEY_BITS - PAGE_BITS);
    const end = pages[page + 1] as number;
    for (let at = pages[page] as number; at < end; at++) if (words[at] === key) return flags[at] as number;
    return 0;
  };
}

function indexOf(buckets: Int32Array): Int32Array {
  const index = new Int32Array(2 ** (BUCKET_BITS - 4));
  for (const bucket of buckets) {
    const block = (bucket >>> 5) * 2;
    index[block] = (index[block] as number) | (1 << (bucket & 31));
  }
  for (let block = 0, before = 0; block < index.length; block += 2) {
    index[block + 1] = before;
    before += ones(index[block] as number);
  }
  return index;
}

/** Number of set bits (Hacker's Delight, figure 5-2). */
export function ones(bits: number): number {
  let x = bits - ((bits >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Reads the weights that ship with the package; below 100 ms. */
export function readModel(): Model {
  return modelOf(decode(brotliDecompressSync(readFileSync(modelFile()))));
}

/** Beside this file, in the source and where a build copies assets; otherwise in the source of the package that dist/ is in. */
function modelFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, FILE);
  if (existsSync(beside)) return beside;
  let folder = here;
  while (!existsSync(join(folder, SOURCE, FILE)) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, SOURCE, FILE);
}

/** Rising numbers are written as differences, seven bits to a byte; the weights tag by tag, since that compresses best. */
export function encode({ words, flags, buckets, weights, transitions }: ModelData): Buffer {
  const rows = buckets.length;
  const columns = Int8Array.from(
    { length: rows * COLUMNS },
    (_, i) => weights[(i % rows) * ROW + Math.floor(i / rows)] ?? 0,
  );
  return Buffer.concat([
    Buffer.from(Int32Array.of(words.length, rows).buffer),
    Buffer.from(transitions.buffer),
    Buffer.from(flags.map((flag) => flag & 255)),
    Buffer.from(flags.map((flag) => flag >>> 8)),
    Buffer.from(columns.buffer),
    differences(words),
    differences(buckets),
  ]);
}

export function decode(file: Buffer): ModelData {
  const count = file.readInt32LE(0);
  const rows = file.readInt32LE(4);
  let at = 8;
  const transitions = new Int8Array(TAGS * TAGS);
  for (let i = 0; i < transitions.length; i++) transitions[i] = file[at++] as number;
  const flags = new Uint16Array(count);
  for (let i = 0; i < count; i++) flags[i] = file[at++] as number;
  for (let i = 0; i < count; i++) flags[i] = (flags[i] as number) | ((file[at++] as number) << 8);
  const weights = new Int8Array(rows * ROW);
  for (let column = 0; column < COLUMNS; column++) {
    for (let cell = column; cell < weights.length; cell += ROW) weights[cell] = file[at++] as number;
  }
  const words = new Int32Array(count);
  at = rising(file, at, words);
  const buckets = new Int32Array(rows);
  rising(file, at, buckets);
  return { words, flags, buckets, weights, transitions };
}

/** Reads differences into `numbers`; answers where they end. */
function rising(file: Buffer, from: number, numbers: Int32Array): number {
  let at = from;
  let last = 0;
  for (let i = 0; i < numbers.length; i++) {
    let byte = file[at++] as number;
    let gap = byte & 127;
    for (let shift = 7; byte >= 128; shift += 7) {
      byte = file[at++] as number;
      gap |= (byte & 127) << shift;
    }
    last += gap;
    numbers[i] = last;
  }
  return at;
}

function differences(numbers: Int32Array): Buffer {
  const bytes: number[] = [];
  let last = 0;
  for (const number of numbers) {
    let gap = number - last;
    for (; gap >= 128; gap >>>= 7) bytes.push((gap & 127) | 128);
    bytes.push(gap);
    last = number;
  }
  return Buffer.from(bytes);
}
