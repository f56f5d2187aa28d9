import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const DOCUMENT = readFileSync('docs/security.md', 'utf8');
const REFERENCES = [...DOCUMENT.matchAll(/`([\w/.-]+\.spec\.ts)`: _([^|]+?)_(?=<br>|\s+\|)/g)].map(
  ([, path = '', title = '']) => [path, title.replaceAll('\\', '')] as const,
);

describe('docs/security.md', () => {
  it('names tests', () => {
    expect(REFERENCES.length).toBeGreaterThan(90);
    // None may be written in a way that the pattern above passes over.
    expect(DOCUMENT.match(/\.spec\.ts`: /g)).toHaveLength(REFERENCES.length);
  });

  it.each(REFERENCES)('finds in %s: %s', (path, title) => {
    expect(readFileSync(path, 'utf8')).toContain(title);
  });
});
