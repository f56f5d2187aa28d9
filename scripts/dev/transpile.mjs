import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';
import { buildClient } from '../build-client.mjs';
import { buildPlayground } from '../build-playground.mjs';

const PAGE = 'src/playground/page/';
const CLIENT = 'src/client/';

/**
 * Brings dist up to date with files that have changed, one by one and without looking at types: milliseconds where a build
 * takes half a minute.
 *
 * @param {readonly string[]} paths below the folder of package.json
 * @throws what is wrong with the syntax
 */
export async function transpile(paths) {
  for (const path of paths) if (!path.startsWith(PAGE)) await transpileOne(path);
  if (paths.some((path) => path.startsWith(CLIENT))) await buildClient();
  if (paths.some((path) => path.startsWith(PAGE) || path.startsWith(CLIENT))) await buildPlayground();
}

async function transpileOne(path) {
  const target = join('dist', path.replace(/\.ts$/, '.js'));
  if (!existsSync(path)) return rmSync(target, { force: true });
  mkdirSync(dirname(target), { recursive: true });
  if (!path.endsWith('.ts')) return copyFileSync(path, target);
  const { code } = await transformFile(path, { swcrc: true, sourceMaps: 'inline' });
  writeFileSync(target, code);
}
