import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Time of the last change of a file, in milliseconds; 0 when it is not there. */
const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Time of the youngest file below a directory. */
function youngest(directory) {
  const entries = existsSync(directory) ? readdirSync(directory, { withFileTypes: true, recursive: true }) : [];
  return Math.max(
    0,
    ...entries.filter((entry) => entry.isFile()).map((entry) => changed(join(entry.parentPath, entry.name))),
  );
}

/** Whether node_modules holds what package-lock.json asks for; npm notes in it when it was done. */
export const installed = () => changed('node_modules/.package-lock.json') >= changed('package-lock.json');

/** Whether dist was built from the present sources. */
export const built = () =>
  changed('dist/src/main.js') >=
  Math.max(
    youngest('src'),
    youngest('migrations'),
    ...['tsconfig.json', 'tsconfig.build.json', 'nest-cli.json', 'package-lock.json'].map(changed),
  );
