import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { SECURITY_LINES } from './security-log.js';

/** Levels of Nest's logger, as they are written. */
const LEVELS: Readonly<Record<string, string>> = {
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  log: 'info',
  debug: 'debug',
  verbose: 'trace',
};
/** Says what SECURITY_LINES hold. */
const SECURITY_LOG = 'src/logging/security-log.ts';

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
  .map((path) => ({ path: `src/${path}`, text: readFileSync(`src/${path}`, 'utf8') }));

function* callsIn(node: ts.Node): Generator<ts.CallExpression> {
  if (ts.isCallExpression(node)) yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* callsIn(child);
}

/** What a source says through a logger, as `level: line`; where that is no constant text, the place of it. */
function linesIn(text: string, path: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  return [...callsIn(file)].flatMap(({ expression, arguments: [line] }) => {
    if (!ts.isPropertyAccessExpression(expression) || !/\blogger$/i.test(expression.expression.getText())) return [];
    const level = LEVELS[expression.name.text];
    if (level === undefined || !line) return [];
    return [ts.isStringLiteralLike(line) ? `${level}: ${line.text}` : `${path}: ${line.getText()}`];
  });
}

describe('docs/logs.md', () => {
  it('names every line that the service can log, with its level, and no other', () => {
    const documented = [...readFileSync('docs/logs.md', 'utf8').matchAll(/^\| `(\w+)` +\| (.+?) +\| /gm)].map(
      ([, level, line]) => `${level}: ${line}`,
    );
    const security = Object.entries(SECURITY_LINES).map(([name, line]) =>
      name === 'untold' ? `warn: ${line}` : `info: ${line}`,
    );
    const said = sources.filter(({ path }) => path !== SECURITY_LOG).flatMap(({ text, path }) => linesIn(text, path));
    expect(said.length).toBeGreaterThan(20);
    expect(documented.toSorted()).toEqual([...new Set([...said, ...security])].toSorted());
  });

  it('would see a line that is built', () => {
    const built = "this.logger.warn(`no ${name}`); logger.error('it failed'); other.error('x');";
    expect(linesIn(built, 'src/x.ts')).toEqual(['src/x.ts: `no ${name}`', 'error: it failed']);
  });

  it('is right that one logger writes them all', () => {
    expect(sources.filter(({ text }) => text.includes("from 'pino'")).map(({ path }) => path)).toEqual([
      'src/logging/logger.ts',
    ]);
  });
});
