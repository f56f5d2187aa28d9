import { type ErrorCode, type ErrorEntry, ERROR_TABLE } from '../errors/code-table.js';
import { html, page, table } from './page.js';

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
export const errorsPage = (): string =>
  page(
    'Errors',
    `<p>Every refusal carries a <code>code</code> of this closed table.</p>
${table(
  ['Code', 'Status', 'What happened', 'Retryable'],
  ENTRIES.map(([code, { status, title, retryable }]) => [
    `<a href="/docs/errors/${code}"><code>${code}</code></a>`,
    String(status),
    html(title),
    yesOrNo(retryable),
  ]),
)}`,
  );

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

/** For browsers that were led to a code that there is not. It does not repeat what was asked for. */
export const unknownErrorPage = (): string =>
  page(
    'No such code',
    `<p>Nothing is refused with this code. It may belong to another version, or be misspelt.</p>
<p><a href="/docs/errors">All codes</a></p>`,
  );

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

/** Characters that Markdown would read as its own. */
const markdown = (text: string): string => text.replace(/[\\*_<>[\]`]/g, (character) => `\\${character}`);
