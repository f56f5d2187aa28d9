import type { JsonSchema } from './json-schema.js';
import { html, table, words } from './page.js';

/** Schemas by name, to look references up in. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

/** Longer bounds follow from the size of a frame, and need not be told of every member. */
const TELLING_LENGTH = 4_096;
const MAX_DEPTH = 6;

/** The members of an object, or what else a schema says, as HTML. */
export function schemaView(schema: JsonSchema): string {
  const properties = Object.entries((schema['properties'] ?? {}) as Schemas);
  if (properties.length === 0) return `<p>${typeOf(schema)}</p>`;
  const required = new Set(schema['required'] as readonly string[] | undefined);
  return table(
    ['Member', 'Type', 'Meaning'],
    properties.map(([name, member]) => [
      `<code>${html(name)}</code>${required.has(name) ? '' : ' <span class="quiet">optional</span>'}`,
      typeOf(member),
      [words(wordOf(member['description'])), boundsOf(member)].filter(Boolean).join(' '),
    ]),
  );
}

const nameOf = (reference: unknown): string => String(reference).split('/').at(-1) ?? '';

function typeOf(schema: JsonSchema): string {
  const { $ref, type, format, items, oneOf, allOf, additionalProperties } = schema;
  if ($ref !== undefined && nameOf($ref) === 'ErrorCode') return '<a href="/docs/errors">a code</a>';
  if ($ref !== undefined) return `<a href="#${html(nameOf($ref))}">${html(nameOf($ref))}</a>`;
  if (schema['const'] !== undefined) return `<code>${html(JSON.stringify(schema['const']))}</code>`;
  const alternatives = (oneOf ?? allOf) as readonly JsonSchema[] | undefined;
  if (alternatives) return alternatives.map(typeOf).join(' or ');
  if (type === 'array') return `list of ${typeOf((items ?? {}) as JsonSchema)}`;
  if (type === 'object' && typeof additionalProperties === 'object') {
    return `map to ${typeOf(additionalProperties as JsonSchema)}`;
  }
  const types = [type].flat().map(wordOf).join(' or ');
  return html((types || 'any') + (typeof format === 'string' ? ` (${format})` : ''));
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function boundsOf(schema: JsonSchema): string {
  const { minimum, maximum, maxLength, maxItems, pattern, enum: words_ } = schema;
  const told = [
    Array.isArray(words_) && words_.length <= 12 && `one of ${words_.map((word) => code(word)).join(', ')}`,
    pattern !== undefined && code(pattern),
    typeof maxLength === 'number' && maxLength <= TELLING_LENGTH && `${maxLength} characters at most`,
    typeof maxItems === 'number' && maxItems <= TELLING_LENGTH && `${maxItems} at most`,
    typeof minimum === 'number' &&
      typeof maximum === 'number' &&
      maximum <= TELLING_LENGTH &&
      `${minimum} to ${maximum}`,
  ].filter(Boolean);
  return told.length > 0 ? `<span class="quiet">${told.join('; ')}</span>` : '';
}

const code = (value: unknown): string => `<code>${html(String(value))}</code>`;

/** A value of the form that a schema describes, from its examples where it has some. */
export function sampleOf(schema: JsonSchema, schemas: Schemas, depth = 0): unknown {
  const { $ref, examples, type, format, items, oneOf, allOf, additionalProperties, pattern } = schema;
  if ($ref !== undefined) return sampleOf(schemas[nameOf($ref)] ?? {}, schemas, depth);
  if (schema['const'] !== undefined) return schema['const'];
  const [example] = (examples ?? schema['enum'] ?? []) as readonly unknown[];
  if (example !== undefined) return example;
  const [alternative] = (oneOf ?? allOf ?? []) as readonly JsonSchema[];
  if (alternative) return sampleOf(alternative, schemas, depth);
  const kind = [type].flat()[0];
  if (kind === 'object' && depth < MAX_DEPTH) {
    if (typeof additionalProperties === 'object') return {};
    const required = new Set(schema['required'] as readonly string[] | undefined);
    const members = Object.entries((schema['properties'] ?? {}) as Schemas).filter(([name]) => required.has(name));
    return Object.fromEntries(members.map(([name, member]) => [name, sampleOf(member, schemas, depth + 1)]));
  }
  if (kind === 'array') return [sampleOf((items ?? {}) as JsonSchema, schemas, depth + 1)];
  if (kind === 'integer' || kind === 'number') return schema['default'] ?? 42;
  if (kind === 'boolean') return true;
  if (format === 'uuid') return '0198f2b4-7c1e-7d3a-9b52-4f6d8e0a1c37';
  if (format === 'date-time') return '2026-03-02T09:41:07.512Z';
  return pattern === undefined ? '…' : typeof pattern === 'string' && pattern.startsWith('^ms1_') ? 'ms1_…' : 'c-1';
}
