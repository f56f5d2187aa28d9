/** What the pages of the documents may load: their own style sheet, and nothing else; no script runs. */
export const PAGE_POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A page without scripts, in the frame that all of them share. Everything in `content` is HTML already. */
export const page = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${html(title)} · Cloakroom</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/page.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><nav aria-label="Documents"><strong>Cloakroom</strong> <a href="/docs">REST</a> <a href="/docs/events">Socket</a> <a href="/docs/errors">Errors</a></nav></header>
<main id="content">
<h1>${html(title)}</h1>
${content}
</main>
</body>
</html>
`;

/** Served at /docs/page.css. Colours keep a contrast of 4.5 and more, light and dark. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --text: #1d2430; --quiet: #566073; --ground: #fff; --raised: #f3f5f9; --line: #d5dae4; --link: #0b5cad;
}
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e8f0; --quiet: #a3adbf; --ground: #14181f; --raised: #1d232d; --line: #363f4e; --link: #7db8f5; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--ground); overflow-wrap: break-word; }
header { border-bottom: 1px solid var(--line); background: var(--raised); }
nav, main { max-width: 62rem; margin: 0 auto; padding: .75rem 1rem; }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; }
main { padding-bottom: 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .25rem; }
h1, code { overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--ground); padding: .25rem .5rem; }
code { font: .9em ui-monospace, SFMono-Regular, Menlo, monospace; background: var(--raised); border-radius: 3px; padding: .1em .3em; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; overflow-x: auto; }
pre code { background: none; padding: 0; }
dt { font-weight: 600; margin-top: .75rem; }
dd { margin: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--quiet); }
.quiet { color: var(--quiet); }
.toc { columns: 15rem; padding-left: 1.2rem; }
summary { cursor: pointer; color: var(--link); padding: .2rem 0; }
`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const html = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);

/** A text with \`code\`, **strong** words, [links](/to) and empty lines between paragraphs, as HTML. */
export const prose = (markdown: string): string =>
  markdown
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${words(paragraph)}</p>`)
    .join('\n');

/** The same without paragraphs. */
export const words = (markdown: string): string =>
  html(markdown)
    .replace(/`([^`]+)`/g, (_, code: string) => `<code>${code}</code>`)
    .replace(/\*\*([^*]+)\*\*/g, (_, strong: string) => `<strong>${strong}</strong>`)
    .replace(
      /\[([^[\]]{1,200})\]\((\/[\w./#-]{0,200})\)/g,
      (_, text: string, path: string) => `<a href="${path}">${text}</a>`,
    );

/** Rows of cells that are HTML already, which scroll sideways where there is no room. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="scroll" tabindex="0"><table><thead><tr>${head.map((cell) => `<th scope="col">${cell}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')}
</tbody></table></div>`;
