import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/*
 * The published entry `cloakroom/client`, from src/client: client.js and client.cjs without socket.io-client, and
 * browser.js with it, for pages that have no bundler.
 */
const common = { entryPoints: ['src/client/client.ts'], bundle: true, target: ['es2022'], logLevel: 'warning' };

/** @param {string} [directory] */
export async function buildClient(directory = 'dist/client') {
  const into = (name, settings) => build({ ...common, outfile: `${directory}/${name}`, ...settings });
  await Promise.all([
    into('client.js', { format: 'esm', packages: 'external', sourcemap: true }),
    into('client.cjs', { format: 'cjs', packages: 'external', sourcemap: true, platform: 'node' }),
    into('browser.js', { format: 'esm', platform: 'browser', minify: true }),
  ]);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildClient();
