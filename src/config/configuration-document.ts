import { VARIABLES, type Variable } from './variables.js';

const HEAD = `# Configuration

Everything is set through environment variables. They are checked at start; a wrong or unsafe one stops the process with
a line that names it. \`npm run -s checkconfig\` says the same without starting. An empty variable counts as unset.

This page is generated from \`src/config/variables.ts\`.
`;

/** docs/configuration.md: one row for each variable. */
export function configurationDocument(): string {
  const rows = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => [
    `\`${name}\``,
    fallbackText(variable),
    variable.meaning,
  ]);
  return `${HEAD}\n${table([['variable', 'default', 'meaning'], ...rows])}`;
}

/** A Markdown table whose columns are aligned, as prettier wants it. */
function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c] ?? 0)).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}

function fallbackText({ fallback, fallbackText: words, requiredInProduction }: Variable<unknown>): string {
  const text = words ?? (typeof fallback === 'string' ? `\`${fallback}\`` : 'none');
  return requiredInProduction ? `${text}; must be set in production` : text;
}
