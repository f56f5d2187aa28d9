import { copyFileSync, mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/*
 * The page /playground: its script with the client in one file, the rest as it stands.
 */
const SOURCE = 'src/playground/page';

/** @param {string} [directory] */
export async function buildPlayground(directory = 'dist/playground') {
  mkdirSync(directory, { recursive: true });
  for (const file of ['index.html', 'playground.css']) copyFileSync(`${SOURCE}/${file}`, `${directory}/${file}`);
  await build({
    entryPoints: [`${SOURCE}/main.ts`],
    outfile: `${directory}/playground.js`,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: ['es2022'],
    minify: true,
    logLevel: 'warning',
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildPlayground();
