import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const FAULTS = new URL('faults/', import.meta.url);
const PATCH = /^(\w+)\.prototype\.(\w+) = /gm;

/** A bug that is seeded where nobody passes any more is none, and a run that misses it proves nothing. */
describe('seeded bugs', () => {
  it.each(readdirSync(FAULTS))('%s patches what there is', async (file) => {
    const text = readFileSync(new URL(file, FAULTS), 'utf8');
    const patches = [...text.matchAll(PATCH)].map(([, type = '', method = '']) => ({ type, method }));
    expect(patches).not.toEqual([]);
    for (const { type, method } of patches) {
      const source = new RegExp(`import \\{ ${type} \\} from '../../../dist/(.*)\\.js';`).exec(text)?.[1];
      const { [type]: patched } = (await import(`../../${source}.ts`)) as Record<string, { prototype: object }>;
      expect(Reflect.get(patched?.prototype ?? {}, method)).toBeInstanceOf(Function);
    }
  });
});
