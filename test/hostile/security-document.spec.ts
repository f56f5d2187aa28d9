import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { titlesOf } from './test-titles.js';

const DOCUMENT = readFileSync('docs/security.md', 'utf8');
const REFERENCES = [...DOCUMENT.matchAll(/`([\w/.-]+\.spec\.ts)`: _([^|]+?)_(?=<br>|\s+\|)/g)].map(
  ([, path = '', title = '']) => [path, title.replaceAll('\\', '')] as const,
);

/** By section, how many requirements have level 1 or 2: they come first in each, those of level 3 after them. */
const REQUIREMENTS: Readonly<Record<string, number>> = {
  '1.1': 2,
  '1.2': 9,
  '1.3': 11,
  '1.4': 3,
  '1.5': 2,
  '2.1': 3,
  '2.2': 3,
  '2.3': 4,
  '2.4': 1,
  '3.2': 2,
  '3.3': 4,
  '3.4': 6,
  '3.5': 5,
  '3.7': 2,
  '4.1': 3,
  '4.2': 1,
  '4.3': 2,
  '4.4': 4,
  '5.1': 1,
  '5.2': 3,
  '5.3': 2,
  '5.4': 3,
  '6.1': 3,
  '6.2': 12,
  '6.3': 4,
  '6.4': 4,
  '6.5': 5,
  '6.6': 3,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 2,
  '7.6': 2,
  '8.1': 2,
  '8.2': 3,
  '8.3': 1,
  '8.4': 1,
  '9.1': 3,
  '9.2': 4,
  '11.1': 2,
  '11.2': 3,
  '11.3': 3,
  '11.4': 4,
  '11.5': 1,
  '11.6': 1,
  '14.1': 2,
  '14.2': 4,
  '14.3': 3,
  '15.1': 3,
  '15.2': 3,
  '15.3': 7,
  '16.1': 1,
  '16.2': 5,
  '16.3': 4,
  '16.4': 3,
  '16.5': 3,
};

/** Anything but random numbers, and comparing in constant time. */
function usesCryptography(source: string): boolean {
  const [, names = ''] = /import \{([^}]+)\} from 'node:crypto'/.exec(source) ?? [];
  const uses = names.split(',').filter((name) => !/^\s*(?:random\w+|timingSafeEqual)?\s*$/.test(name));
  return uses.length > 0 || /from 'jose'|\.subtle\./.test(source);
}

describe('docs/security.md', () => {
  it('names tests', () => {
    expect(REFERENCES.length).toBeGreaterThan(90);
    // None may be written in a way that the pattern above passes over.
    expect(DOCUMENT.match(/\.spec\.ts`: /g)).toHaveLength(REFERENCES.length);
  });

  it.each(REFERENCES)('finds in %s: %s', (path, title) => {
    expect(titlesOf(readFileSync(path, 'utf8'))).toContain(title);
  });

  it('takes nothing for a test that is not run as one', () => {
    const source = `
      describe('whole', () => {
        // it('in a comment', () => run());
        const text = "it('in a text', run)";
        it.skip('left out', run);
        describe.skip('left out whole', () => it('within', run));
        note('of something else', run);
        it('one', run);
        it.each([1, 2])('some: %s', run);
        it.each([['first', 1], ['second', 2]])('the %s', run);
      });`;
    expect(titlesOf(source)).toEqual(['whole', 'one', 'some: %s', 'some', 'the %s', 'the first', 'the second']);
  });

  it('says of every file that uses cryptography what for', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
      .map((path) => `src/${path}`)
      .filter((path) => usesCryptography(readFileSync(path, 'utf8')));
    const inventory = DOCUMENT.slice(DOCUMENT.indexOf('## Keys and algorithms'), DOCUMENT.indexOf('## Ways in'));
    expect(files.length).toBeGreaterThan(8);
    expect(files.filter((path) => !inventory.includes(`\`${path}\``))).toEqual([]);
  });

  it('says of each requirement of ASVS 5.0 that binds us what there is, once', () => {
    const asvs = DOCUMENT.slice(DOCUMENT.indexOf('## ASVS 5.0'));
    const said = [...asvs.matchAll(/^\| ([\d., ]+?) +\|/gm)].flatMap(([, numbers = '']) => numbers.split(', '));
    const asked = Object.entries(REQUIREMENTS).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, index) => `${section}.${index + 1}`),
    );
    expect(said.toSorted()).toEqual(asked.toSorted());
  });
});
