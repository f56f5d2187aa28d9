import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Type } from '@nestjs/common';
import { loadConfig } from '../../src/config/config.js';
import { Metrics } from '../../src/health/metrics.js';
import { Detection } from '../../src/pii/detection.js';
import { WordPieces } from '../../src/pii/onnx/word-pieces.js';
import { WorkspaceRecognizers } from '../../src/pii/patterns/workspace-recognizers.js';
import { startTestApp } from '../support/test-app.js';

const VOCABULARY = ['[UNK]', '[CLS]', '[SEP]', 'met', 'zor', '##blax', 'zed', 'in', 'mars', 'acme', ',', '.'];
const LABELS = ['O', 'B-PER', 'I-PER', 'B-LOC', 'MISC'];
/** The label that the model gives to a piece, whatever stands around it. */
const LABEL_OF: Readonly<Record<string, string>> = { zor: 'B-PER', zed: 'I-PER', mars: 'B-LOC', acme: 'MISC' };

/** Protocol buffers, as far as a model of one node needs them: https://onnx.ai/onnx/intro/concepts.html */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
const int = (field: number, value: number): Buffer => Buffer.from([...varint(field << 3), ...varint(value)]);
const bytes = (field: number, ...content: readonly (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(content.map((part) => Buffer.from(part)));
  return Buffer.concat([Buffer.from([...varint((field << 3) | 2), ...varint(body.length)]), body]);
};

/** A model that looks the labels of each piece up in a table: logits = Gather(table, input_ids). */
function tableModel(): Buffer {
  const [INT64, FLOAT] = [7, 1];
  const table = VOCABULARY.flatMap((piece) => LABELS.map((label) => (label === (LABEL_OF[piece] ?? 'O') ? 4 : 0)));
  const valueInfo = (field: number, name: string, type: number, dims: readonly (number | string)[]): Buffer => {
    const shape = dims.map((dim) => bytes(1, typeof dim === 'number' ? int(1, dim) : bytes(2, dim)));
    return bytes(field, bytes(1, name), bytes(2, bytes(1, int(1, type), bytes(2, ...shape))));
  };
  const initializer = bytes(
    5,
    int(1, VOCABULARY.length),
    int(1, LABELS.length),
    int(2, FLOAT),
    bytes(8, 'table'),
    bytes(9, Buffer.from(Float32Array.from(table).buffer)),
  );
  const graph = bytes(
    7,
    bytes(1, bytes(1, 'table'), bytes(1, 'input_ids'), bytes(2, 'logits'), bytes(4, 'Gather')),
    bytes(2, 'labels'),
    initializer,
    valueInfo(11, 'input_ids', INT64, [1, 'n']),
    valueInfo(12, 'logits', FLOAT, [1, 'n', LABELS.length]),
  );
  return Buffer.concat([int(1, 8), bytes(8, bytes(1, ''), int(2, 13)), graph]);
}

const hasRuntime = ['test/onnx-runtime/', ''].some((home) => existsSync(`${home}node_modules/onnxruntime-node`));

describe('word pieces', () => {
  const pieces = new WordPieces(VOCABULARY.join('\n'), true);
  it('are the longest that the vocabulary has, with the offsets of their words', () => {
    expect(pieces.words('Zorblax, MÂRS火x')).toEqual([
      { start: 0, end: 7, pieces: [4, 5] },
      { start: 7, end: 8, pieces: [10] },
      { start: 9, end: 13, pieces: [8] },
      { start: 13, end: 14, pieces: [0] },
      { start: 14, end: 15, pieces: [0] },
    ]);
    expect(pieces.words('a'.repeat(20_000))).toEqual([{ start: 0, end: 20_000, pieces: [0] }]);
  });

  it('need the vocabulary of a BERT model', () => {
    expect(() => new WordPieces('met\nin', true)).toThrow(RangeError);
  });
});

describe('a model of the operator', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloakroom-model-'));
    writeFileSync(join(folder, 'model.onnx'), tableModel());
    writeFileSync(join(folder, 'vocab.txt'), VOCABULARY.join('\n'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ id2label: Object.fromEntries(LABELS.entries()) }));
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"do_lower_case": true}');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('that is not there, or without its runtime, stops the start with the name of the setting', async () => {
    const service = await startTestApp();
    try {
      const config = loadConfig({ NODE_ENV: 'test', DATA_DIR: folder, PII_ONNX_MODEL: join(folder, 'nowhere') });
      const part = <T>(kind: Type<T>): T => service.app.get(kind, { strict: false });
      const detection = new Detection(part(WorkspaceRecognizers), part(Metrics), config);
      await expect(detection.onModuleInit()).rejects.toMatchObject({ name: 'ConfigError', variable: 'PII_ONNX_MODEL' });
    } finally {
      await service.close();
    }
  });

  // The runtime is too large to be a dependency; `npm run verify` installs it in a folder of its own.
  (hasRuntime || process.env['CI'] ? it : it.skip)(
    'finds what its labels say, in windows of what it takes at once',
    async () => {
      const texts = ['Zorblax Zed met Zor, in Mars. Acme', 'in , met', '', `${'met '.repeat(1_200)}Mars`];
      const script = ['--import', './test/support/typescript.mjs', 'test/support/onnx-model.process.ts'];
      const { stdout } = await promisify(execFile)(process.execPath, [...script, folder, JSON.stringify(texts)]);
      expect(JSON.parse(stdout)).toEqual([
        ['PERSON Zorblax Zed sure', 'PERSON Zor sure', 'LOCATION Mars sure'],
        [],
        [],
        ['LOCATION Mars sure'],
      ]);
    },
  );
});
