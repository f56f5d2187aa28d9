import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const ONNX = { name: 'onnxruntime-node', home: new URL('../onnx-runtime/package.json', import.meta.url) };
const hasOnnx = existsSync(new URL(`node_modules/${ONNX.name}`, ONNX.home));

/** `./x.js` in a TypeScript file means the `x.ts` beside it, as tsc and Jest read it too. */
export async function resolve(specifier, context, next) {
  if (context.parentURL?.endsWith('.ts') && /^\.{1,2}\/.*\.js$/.test(specifier)) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, format: 'module', shortCircuit: true };
  }
  if (specifier === ONNX.name && hasOnnx) return next(specifier, { ...context, parentURL: ONNX.home.href });
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, 'utf8'), { filename, swcrc: true });
  return { format: 'module', source: code, shortCircuit: true };
}
