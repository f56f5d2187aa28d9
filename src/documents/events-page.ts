import { CONNECT_ERROR_CODES, EVERY_ACK_CODES } from './wire/ack-codes.js';
import { CLIENT_EVENTS } from './wire/client-events.js';
import type { ClientEventDocument } from './wire/event-document.js';
import { HANDSHAKE } from './wire/parts.js';
import { SERVER_EVENTS } from './wire/server-events.js';
import type { ErrorCode } from '../errors/code-table.js';
import type { JsonSchema } from './json-schema.js';
import { html, page, prose, words } from './page.js';
import { sampleOf, type Schemas, schemaView } from './schema-view.js';

/** Of the AsyncAPI document, what the page shows as it is. */
interface Shown {
  readonly info: { readonly description: string };
  readonly components: { readonly schemas: Schemas };
}

const CLIENTS = Object.entries<ClientEventDocument>(CLIENT_EVENTS);
const SERVERS = Object.entries(SERVER_EVENTS);

/** The socket as people read it: the AsyncAPI document, rendered without scripts. */
export function eventsPage(document: object): string {
  const { info, components } = document as Shown;
  const sample = (schema: JsonSchema): string =>
    `<pre tabindex="0"><code>${html(JSON.stringify(sampleOf(schema, components.schemas), undefined, 2))}</code></pre>`;
  const clients = CLIENTS.map(
    ([name, { summary, description, payload, answer, codes }]) => `${heading(name, summary)}
${description === undefined ? '' : prose(description)}
${schemaView(payload)}
<details><summary>Example of ${html(name)}</summary>
${sample(payload)}
<p>Acknowledged with</p>
${sample({ type: 'object', required: ['ok', 'data'], properties: { ok: { const: true }, data: answer } })}
</details>
${refusals([...codes, ...EVERY_ACK_CODES])}`,
  );
  const servers = SERVERS.map(
    ([name, { summary, payload }]) => `${heading(name, summary)}
${schemaView(payload)}
<details><summary>Example of ${html(name)}</summary>
${sample(payload)}
</details>`,
  );
  const forms = Object.entries(components.schemas)
    .filter(([name]) => name !== 'ErrorCode')
    .map(([name, schema]) => `<h3 id="${html(name)}">${html(name)}</h3>\n${schemaView(schema)}`);
  return page(
    'Socket events',
    `${prose(info.description)}
<p>The same for programs: <a href="/docs/asyncapi.json">the AsyncAPI document</a>.</p>
<h2>All events</h2>
<ul class="toc">
${[...CLIENTS, ...SERVERS].map(([name]) => `<li><a href="#${html(name)}">${html(name)}</a></li>`).join('\n')}
</ul>
<h2 id="handshake">The handshake</h2>
<p>What <code>auth</code> holds.</p>
${schemaView(HANDSHAKE)}
${refusals(CONNECT_ERROR_CODES)}
<h2>What you send</h2>
${clients.join('\n')}
<h2>What you hear</h2>
${servers.join('\n')}
<h2>Forms</h2>
${forms.join('\n')}`,
  );
}

const heading = (name: string, summary: string): string =>
  `<h3 id="${html(name)}"><code>${html(name)}</code></h3>\n<p>${words(summary)}</p>`;

const refusals = (codes: readonly ErrorCode[]): string => {
  const links = [...new Set(codes)].map((code) => `<a href="/docs/errors/${code}"><code>${code}</code></a>`);
  return `<details><summary>What it may be refused with</summary><p>${links.join(' ')}</p></details>`;
};
