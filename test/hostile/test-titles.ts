import ts from 'typescript';

/** What declares tests: with `skip` or `todo` they are none. */
const DECLARES = /^(?:it|test|describe)$/;

/**
 * Titles of the tests that a spec declares, and of what they stand in. One of a table has its title as it is written, without
 * the value at its end, and with the text that begins each row in place of `%s`.
 */
export function titlesOf(source: string): readonly string[] {
  const file = ts.createSourceFile('some.spec.ts', source, ts.ScriptTarget.Latest, true);
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      if (isLeftOut(node)) return;
      titles.push(...titlesOfCall(node));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return titles;
}

const isLeftOut = ({ expression }: ts.CallExpression): boolean =>
  /^(?:it|test|describe)\.(?:skip|todo)\b/.test(expression.getText());

function titlesOfCall({ expression, arguments: [first] }: ts.CallExpression): readonly string[] {
  if (!first || !ts.isStringLiteralLike(first)) return [];
  if (DECLARES.test(expression.getText())) return [first.text];
  const rows = rowsOf(expression);
  if (!rows) return [];
  const ending = first.text.replace(/: %[a-z]$/, '');
  return [...new Set([first.text, ending, ...textsOf(rows).map((text) => first.text.replace('%s', text))])];
}

/** The table of `it.each(table)`. */
function rowsOf(expression: ts.Expression): ts.Expression | undefined {
  if (!ts.isCallExpression(expression) || !ts.isPropertyAccessExpression(expression.expression)) return undefined;
  const { expression: declares, name } = expression.expression;
  return name.text === 'each' && DECLARES.test(declares.getText()) ? expression.arguments[0] : undefined;
}

/** The texts that stand first in the rows of a table, where it is written out. */
function textsOf(rows: ts.Expression): readonly string[] {
  if (!ts.isArrayLiteralExpression(rows)) return [];
  return rows.elements
    .map((row) => (ts.isArrayLiteralExpression(row) ? row.elements[0] : row))
    .flatMap((value) => (value && ts.isStringLiteralLike(value) ? [value.text] : []));
}
