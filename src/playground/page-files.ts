import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `npm run build` puts the page, below the folder of package.json. */
const BUILT = 'dist/playground';

const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'playground.css': 'text/css; charset=utf-8',
  'playground.js': 'text/javascript; charset=utf-8',
} as const;

export type PageFile = keyof typeof TYPES;

export const isPageFile = (name: string): name is PageFile => Object.hasOwn(TYPES, name);

/** A file of the page with its content type; undefined where it was not built. */
export function readPageFile(name: PageFile): { readonly type: string; readonly content: Buffer } | undefined {
  const path = join(builtFolder(), name);
  return existsSync(path) ? { type: TYPES[name], content: readFileSync(path) } : undefined;
}

/** The source and what is built of it lie at different depths below the package. */
function builtFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, BUILT);
}
