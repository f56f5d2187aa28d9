import type { OpenAPIObject } from '@nestjs/swagger';
import { BODY_LIMIT } from '../edge/json-body.js';
import { MAX_LIMIT } from '../edge/page.js';

type Schema = Record<string, unknown>;

/** Node answers 431 where all headers together, or the address, are longer. */
const HEADER_BYTES = 16 * 1024;
/** `<`, a type of 32 characters, `_`, six digits, `>`: what one character of a text can become. */
const LONGEST_PLACEHOLDER = 41;
/** Entries of a mapping that a caller sends. */
const MAPPING_ENTRIES = 256;
const UUID_CHARACTERS = 36;
/** RFC 3339 with more digits than anybody has use for. */
const TIME_CHARACTERS = 64;
const INT32_MAX = 2 ** 31 - 1;

/** What nothing in one direction can exceed, because of where it travels. */
interface Bounds {
  readonly characters: number;
  readonly elements: number;
}

const IN_HEADERS: Bounds = { characters: HEADER_BYTES, elements: HEADER_BYTES };
const IN_REQUESTS: Bounds = { characters: BODY_LIMIT, elements: BODY_LIMIT };
const IN_ANSWERS: Bounds = { characters: BODY_LIMIT * LONGEST_PLACEHOLDER, elements: BODY_LIMIT };

/**
 * Gives every schema of the document that names no bound the one that follows from where it travels: a header, a body of
 * 64 KiB, a page of a list. A schema that requests and answers share is bound as a request.
 */
export function boundSchemas(document: OpenAPIObject): void {
  const bound = new Set<unknown>();
  const visit = (value: unknown, bounds: Bounds): void => {
    if (typeof value !== 'object' || value === null || bound.has(value)) return;
    bound.add(value);
    const schema = value as Schema;
    const { $ref } = schema;
    if (typeof $ref === 'string') visit(document.components?.schemas?.[$ref.split('/').at(-1) ?? ''], bounds);
    else addBounds(schema, bounds);
    for (const [name, member] of membersOf(schema)) {
      if (name === 'items' && typeof member === 'object' && 'type' in member && member.type === 'array') {
        (member as Schema)['maxItems'] ??= MAX_LIMIT;
      }
      if (/mapping$/i.test(name) && bounds === IN_REQUESTS) (member as Schema)['maxProperties'] ??= MAPPING_ENTRIES;
      visit(member, bounds);
    }
  };
  const operations = Object.values(document.paths).flatMap((item) => Object.values(item) as Operation[]);
  for (const { parameters = [] } of operations) for (const { schema } of parameters) visit(schema, IN_HEADERS);
  for (const { requestBody } of operations) for (const schema of schemasOf(requestBody)) visit(schema, IN_REQUESTS);
  for (const { responses } of operations) {
    for (const response of Object.values(responses)) {
      for (const { schema } of Object.values(response.headers ?? {})) visit(schema, IN_HEADERS);
      for (const schema of schemasOf(response)) visit(schema, IN_ANSWERS);
    }
  }
  for (const schema of Object.values(document.components?.schemas ?? {})) visit(schema, IN_ANSWERS);
}

interface Media {
  readonly headers?: Readonly<Record<string, { readonly schema?: unknown }>>;
  readonly content?: Readonly<Record<string, { readonly schema?: unknown }>>;
}

interface Operation {
  readonly parameters?: readonly { readonly schema?: unknown }[];
  readonly requestBody?: Media;
  readonly responses: Readonly<Record<string, Media>>;
}

const schemasOf = (media: Media | undefined): unknown[] =>
  Object.values(media?.content ?? {}).map(({ schema }) => schema);

/** Schemas inside a schema, those of members with their names. */
function membersOf(schema: Schema): [string, object][] {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, object>);
  const inner = ['allOf', 'anyOf', 'oneOf'].flatMap((word) => (schema[word] ?? []) as object[]);
  const others = [...inner, schema['items'], schema['additionalProperties']];
  return [
    ...properties,
    ...others.filter((one) => typeof one === 'object' && one !== null).map((one): [string, object] => ['', one]),
  ];
}

function addBounds(schema: Schema, { characters, elements }: Bounds): void {
  if (schema['type'] === 'string' && schema['enum'] === undefined) {
    const { format } = schema;
    schema['maxLength'] ??= format === 'uuid' ? UUID_CHARACTERS : format === 'date-time' ? TIME_CHARACTERS : characters;
  }
  if (schema['type'] === 'integer') {
    schema['minimum'] ??= 0;
    schema['maximum'] ??= Number.MAX_SAFE_INTEGER;
    schema['format'] ??= Number(schema['maximum']) > INT32_MAX ? 'int64' : 'int32';
  }
  if (schema['type'] === 'array') schema['maxItems'] ??= elements;
  if (typeof schema['additionalProperties'] === 'object') schema['maxProperties'] ??= elements;
}
