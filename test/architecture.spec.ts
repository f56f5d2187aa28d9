import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import ts from 'typescript';
import { startTestApp, type TestApp } from './support/test-app.js';

/*
 * Rules of the house that types, linter and dependency-cruiser cannot see. Each is tried on a text that breaks it, since a
 * rule that never fires looks like one that is kept.
 */
const MAX_LINES = 300;
/** Tables whose length is that of what they list. */
const TABLES = new Set(['src/errors/code-table.ts', 'src/config/variables.ts']);
/** Where a person at a terminal is spoken to. */
const SPEAKING = /^src\/(?:main\.ts|cli\/[^/]+\.ts|config\/checkconfig\.ts|documents\/write\.ts)$/;

interface Source {
  readonly path: string;
  readonly text: string;
}

const sourcesBelow = (root: string): Source[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules'))
    .map((path) => join(root, path).split(sep).join('/'))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));

const all = ['src', 'test', 'migrations', 'scripts', 'bench'].flatMap(sourcesBelow);
const service = all.filter(({ path }) => path.startsWith('src/') && !path.endsWith('.spec.ts'));

/** Paths of the sources in which a rule finds something. */
const offenders = (sources: readonly Source[], breaks: (source: Source) => boolean): string[] =>
  sources.filter(breaks).map(({ path }) => path);

const source = (text: string, path = 'src/chat/x.ts'): Source => ({ path, text });

const hasCatchAllName = ({ path }: Source): boolean =>
  path.split(/[/.]/).some((part) => /^(?:common|shared|utils?|helpers?|misc|index)$/.test(part));
const isTooLong = ({ path, text }: Source): boolean =>
  text.trimEnd().split('\n').length > MAX_LINES && !TABLES.has(path) && !path.endsWith('.spec.ts');
const speaks = ({ path, text }: Source): boolean =>
  /\bconsole\.|\bprocess\.std(?:out|err)\b/.test(text) && !SPEAKING.test(path);
const refersForward = ({ text }: Source): boolean => /\bforwardRef\b/.test(text);
const mocksModules = ({ text }: Source): boolean => /\bjest\.(?:unstable_)?(?:mock|mockModule)\(/.test(text);
const castsToAny = (given: Source): boolean =>
  /\bas any\b|<any>/.test(given.text) &&
  [...nodesOf(parse(given))].some((node) => ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.AnyKeyword);
const buildsSql = (given: Source): boolean => builtSql(given).length > 0;

const SQL = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|TRUNCATE|LISTEN|NOTIFY|COPY|SET)\b/;

function* nodesOf(node: ts.Node): Generator<ts.Node> {
  yield node;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) yield* nodesOf(child);
}

const parse = ({ path, text }: Source): ts.SourceFile => ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);

/** SQL that is put together from anything but constants of the program and quoted identifiers. */
function builtSql(given: Source): string[] {
  const built: string[] = [];
  if (!/\$\{|' \+|" \+/.test(given.text)) return built;
  for (const node of nodesOf(parse(given))) {
    if (ts.isTemplateExpression(node) && SQL.test(node.head.text)) {
      if (!node.templateSpans.every(({ expression }) => isConstant(expression))) built.push(node.getText());
    } else if (ts.isTemplateExpression(node) && node.head.text === '') {
      const [first] = node.templateSpans;
      const rest = node.templateSpans.slice(1).every(({ expression }) => isConstant(expression));
      if (first && SQL.test(first.literal.text) && !(rest && isConstant(first.expression))) built.push(node.getText());
    } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      if (ts.isStringLiteralLike(node.left) && SQL.test(node.left.text)) built.push(node.getText());
    }
  }
  return built;
}

/** COLUMNS, CURRENT('$8'), client.escapeIdentifier(channel): nothing that comes in. */
function isConstant(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return /^[A-Z][A-Z0-9_]*$/.test(node.text);
  if (!ts.isCallExpression(node)) return false;
  if (ts.isPropertyAccessExpression(node.expression)) return node.expression.name.text === 'escapeIdentifier';
  return isConstant(node.expression) && node.arguments.every((argument) => ts.isStringLiteralLike(argument));
}

/** Prepared statements of a source: objects of exactly a name and a text. */
function statementsOf(given: Source): { readonly name: string; readonly text: string }[] {
  if (!given.text.includes('name: ')) return [];
  return [...nodesOf(parse(given))].flatMap((node) => {
    if (!ts.isObjectLiteralExpression(node) || node.properties.length !== 2) return [];
    const members = new Map(
      node.properties.flatMap((member) =>
        ts.isPropertyAssignment(member) ? [[member.name.getText(), member.initializer] as const] : [],
      ),
    );
    const [name, text] = [members.get('name'), members.get('text')];
    return name && text && ts.isStringLiteralLike(name) ? [{ name: name.text, text: text.getText() }] : [];
  });
}

describe('the house', () => {
  it.each<[string, (given: Source) => boolean, readonly Source[], readonly Source[]]>([
    [
      'has no room for odds and ends',
      hasCatchAllName,
      all,
      [source('', 'src/common/a.ts'), source('', 'src/pii/utils.ts'), source('', 'src/chat/index.ts')],
    ],
    ['keeps files within reach', isTooLong, service, [source('\n'.repeat(MAX_LINES) + 'x')]],
    [
      'speaks through its logger',
      speaks,
      service,
      [source('console.log(1)'), source('process.stdout.write(text)', 'src/pii/main.ts')],
    ],
    ['has modules that do not need each other', refersForward, all.filter(notThis), [source('forwardRef(() => A)')]],
    [
      'mocks no module',
      mocksModules,
      all.filter(notThis),
      [source("jest.mock('x')"), source("jest.unstable_mockModule('x')")],
    ],
    ['casts nothing to any', castsToAny, all.filter(notThis), [source('f(x as any)')]],
    [
      'builds no SQL from what comes in',
      buildsSql,
      service,
      [
        source('query(`SELECT * FROM t WHERE a = ${value}`)'),
        source('query(`SELECT ${COLUMNS} FROM t ORDER BY ${order}`)'),
        source('query(`${prefix} SELECT 1`)'),
        source("query('DELETE FROM t WHERE id = ' + id)"),
        source('query(`SELECT ${COLUMNS(value)} FROM t`)'),
      ],
    ],
  ])('%s', (_, breaks, sources, broken) => {
    expect(sources.length).toBeGreaterThan(100);
    expect(offenders(sources, breaks)).toEqual([]);
    expect(broken.filter((example) => !breaks(example))).toEqual([]);
  });

  it('lets SQL use constants and quoted identifiers', () => {
    const fine = [
      '`SELECT ${COLUMNS} FROM t`',
      "`WITH ${CURRENT('$8')} SELECT 1`",
      '`LISTEN ${c.escapeIdentifier(x)}`',
    ];
    expect(fine.flatMap((text) => builtSql(source(text)))).toEqual([]);
  });

  it('gives every prepared statement a name of its own', () => {
    const statements = service.flatMap((given) => statementsOf(given).map(({ name }) => ({ name, path: given.path })));
    expect(statements.length).toBeGreaterThan(30);
    const names = statements.map(({ name }) => name);
    expect(statements.filter(({ name }, index) => names.indexOf(name) !== index)).toEqual([]);
    // PostgreSQL cuts longer ones.
    expect(names.filter((name) => !/^[a-z0-9_]{1,63}$/.test(name))).toEqual([]);
    expect(statementsOf(source("const A = { name: 'a', text: `SELECT ${B}` };"))).toEqual([
      { name: 'a', text: '`SELECT ${B}`' },
    ]);
  });

  it('keeps to the doors between its rooms', () => {
    const { status, stdout } = spawnSync(
      process.execPath,
      ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.mjs', 'src'],
      { encoding: 'utf8' },
    );
    expect([status, stdout.slice(0, 2_000)]).toEqual([0, expect.stringContaining('no dependency violations found')]);
  }, 60_000);
});

describe('entities', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('say what the migrations made', async () => {
    const dataSource = app.app.get(DataSource);
    const tables = dataSource.entityMetadatas.map(({ tableName }) => tableName);
    expect(tables.length).toBeGreaterThan(4);
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    // Constraints and indexes belong to the migrations alone; tables, columns, types and defaults are told twice.
    const changes = upQueries
      .map(({ query }) => query)
      .filter((query) =>
        /^(?:CREATE TABLE|DROP TABLE|ALTER TABLE .* (?:ADD "|ADD COLUMN|DROP COLUMN|ALTER COLUMN|RENAME))/.test(query),
      );
    expect(changes).toEqual([]);
  });
});

function notThis({ path }: Source): boolean {
  return path !== 'test/architecture.spec.ts';
}
