import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { generateDtsBundle } from 'dts-bundle-generator';

/*
 * Types of `cloakroom/client`: one file for both module systems, without a path into the service. Only a package needs it,
 * and it takes as long as all of the rest of the build: hence `prepack`.
 */

/** @param {string} [directory] */
export function writeClientTypes(directory = 'dist/client') {
  const [types = ''] = generateDtsBundle([{ filePath: 'src/client/client.ts', output: { noBanner: true } }], {
    preferredConfigPath: 'scripts/client-types.tsconfig.json',
  });
  mkdirSync(directory, { recursive: true });
  for (const name of ['client.d.ts', 'client.d.cts']) writeFileSync(`${directory}/${name}`, types);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeClientTypes();
