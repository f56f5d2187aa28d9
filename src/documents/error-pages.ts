import { type ErrorCode, type ErrorEntry, ERROR_TABLE } from '../errors/code-table.js';

/*
 * The error table as people read it: docs/errors.md, and the pages that the `type` of every problem leads to.
 */

const ENTRIES = Object.entries(ERROR_TABLE) as [ErrorCode, ErrorEntry][];

const HEAD = `# Errors

Every refusal carries a \`code\` of this closed table: in \`application/problem+json\` (RFC 9457) over REST, in the
\`error\` of an ack or the \`data\` of a \`connect_error\` on the socket. \`retryable\` says whether the same call may
succeed later; where it does, \`retryAfter\` and the header \`Retry-After\` name the seconds. Beside the code stand fixed
facts only (\`header\`, \`reason\`, \`index\`, \`fields\`, \`requestId\`), never anything of the input.

The status belongs to REST answers; acks carry the code alone.

This page is generated from \`src/errors/code-table.ts\`. A running service shows each code at \`/docs/errors/{code}\`.
`;

/** docs/errors.md: one section for each code. */
export function errorsDocument(): string {
  const sections = ENTRIES.map(
    ([code, { status, title, cause, remedy, retryable }]) =>
      `## \`${code}\`\n\n${title}\n\n- Status: ${status}\n- Cause: ${markdown(cause)}\n- Remedy: ${markdown(remedy)}\n` +
      `- Retryable: ${yesOrNo(retryable)}\n`,
  );
  return [HEAD, ...sections].join('\n');
}

/** The page of all codes. */
export function errorsPage(): string {
  const rows = ENTRIES.map(
    ([code, { status, title, retryable }]) =>
      `<tr><td><a href="/docs/errors/${code}"><code>${code}</code></a></td><td>${status}</td>` +
      `<td>${html(title)}</td><td>${yesOrNo(retryable)}</td></tr>`,
  );
  return page(
    'Errors',
    `<p>Every refusal carries a <code>code</code> of this closed table.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>What happened</th><th>Retryable</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>`,
  );
}

/** The page of one code; undefined where there is no such code. */
export function errorPage(code: string): string | undefined {
  const found = ENTRIES.find(([name]) => name === code)?.[1];
  if (!found) return undefined;
  const { status, title, cause, remedy, retryable } = found;
  return page(
    code,
    `<p>${html(title)}</p>
<dl>
<dt>Cause</dt><dd>${html(cause)}</dd>
<dt>Remedy</dt><dd>${html(remedy)}</dd>
<dt>Status over REST</dt><dd>${status}</dd>
<dt>Retryable</dt><dd>${yesOrNo(retryable)}</dd>
</dl>
<p><a href="/docs/errors">All codes</a></p>`,
  );
}

/** No script, nothing from elsewhere: the page holds under any policy that allows inline styles. */
const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)} · Cloakroom</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1, code { overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: .75rem; }
dd { margin: 0; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
</style>
</head>
<body>
<h1>${html(title)}</h1>
${content}
</body>
</html>
`;

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const html = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);

/** Characters that Markdown would read as its own. */
const markdown = (text: string): string => text.replace(/[\\*_<>[\]`]/g, (character) => `\\${character}`);
