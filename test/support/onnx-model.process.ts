import { OnnxModel } from '../../src/pii/onnx/onnx-model.js';

/**
 * Runs the model of a folder on texts, and prints what it finds: a process of its own, since the runtime checks the classes of
 * arrays, and Jest has others. Arguments: the folder, and the texts as a JSON array.
 */
const [, , folder = '', texts = '[]'] = process.argv;
const model = await OnnxModel.load(folder);
const found = [];
for (const text of JSON.parse(texts) as string[]) {
  const spans = await model.find(text);
  found.push(
    spans.map(({ start, end, type, score }) => `${type} ${text.slice(start, end)} ${score > 0.9 ? 'sure' : ''}`),
  );
}
process.stdout.write(JSON.stringify(found));
