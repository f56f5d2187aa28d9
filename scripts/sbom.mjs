import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chdir, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';

/*
 * npm run sbom: what is given on with the service, as CycloneDX. npm makes the list, of everything: with --omit=dev it leaves
 * out also what the service shares with packages for development (npm 11: 42 packages, commander among them).
 */
chdir(fileURLToPath(new URL('..', import.meta.url)));
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const { name, version } = json('package.json');

const shipped = new Set([
  `${name}@${version}`,
  ...Object.entries(json('package-lock.json').packages)
    .filter(([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional)
    .map(([path, entry]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${entry.version}`),
]);
const bill = JSON.parse(
  execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  }),
);
/** npm tells copies of one version in several folders apart by what follows a bar. */
const isShipped = (reference) => shipped.has(reference.split('|')[0]);
// npm takes the name of the folder for the name of the package.
bill.metadata.component.name = name;
bill.components = bill.components.filter((component) => isShipped(component['bom-ref']));
bill.dependencies = bill.dependencies
  .filter(({ ref }) => isShipped(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isShipped) }));
stdout.write(`${JSON.stringify(bill, undefined, 2)}\n`);
