import { type Fields, isFields, Places, type Schema } from './places.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
}

export const isHeader = ({ in: place }: Parameter): boolean => place === 'header';

interface Problems {
  readonly examples?: Readonly<Record<string, unknown>>;
}

/** What the OpenAPI document says, as far as tests go by it. */
export interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly parameters?: readonly Parameter[];
            readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Problems>> }>>;
            readonly requestBody?: {
              readonly content: Readonly<
                Record<
                  string,
                  { readonly schema: Schema; readonly examples?: Readonly<Record<string, { readonly value: Fields }>> }
                >
              >;
            };
          }
        >
      >
    >
  >;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One operation of the document. */
export interface Operation {
  /** As in `POST /v1/chat`. */
  readonly name: string;
  readonly method: string;
  readonly template: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  /** Bodies that the document shows. */
  readonly examples: readonly Fields[];
  /** As in `404 chat_not_found`. */
  readonly refusals: ReadonlySet<string>;
}

/** Ids for the parameters of paths, by name. */
export type Ids = Readonly<Record<string, string>>;

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

/** Answers what is documented, so that a route or a field that is new is tested by itself. */
export class Documented {
  readonly operations: readonly Operation[];
  readonly places: Places;

  constructor({ paths, components }: OpenApi) {
    this.places = new Places(components.schemas);
    this.operations = Object.entries(paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody, responses }]) => {
        const { schema: body, examples = {} } = requestBody?.content['application/json'] ?? {};
        return {
          name: `${method.toUpperCase()} ${template}`,
          method: method.toUpperCase(),
          template,
          parameters,
          body,
          examples: Object.values(examples).map(({ value }) => value),
          refusals: new Set(
            Object.entries(responses).flatMap(([status, { content }]) =>
              Object.keys(content?.['application/problem+json']?.examples ?? {}).map((code) => `${status} ${code}`),
            ),
          ),
        };
      }),
    );
  }

  /** A body as the document shows it, if it can with a certain field in it, and with ids that exist. */
  sampleOf({ body = {}, examples }: Operation, ids: Ids, field?: string): Fields {
    const shown = examples.find((example) => field !== undefined && field in example) ?? examples[0];
    const sample = shown ?? this.places.sampleOf(body);
    if (!isFields(sample)) return {};
    return Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [
        name,
        typeof value === 'string' && UUID.test(value) ? (ids[name] ?? value) : value,
      ]),
    );
  }
}

/** The path with ids in it. `id` is the user's in routes of users, the workspace's elsewhere. */
export function pathOf(template: string, ids: Ids): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(known(ids, name === 'id' ? idOf(template) : name, template)),
  );
}

/** The query that an operation cannot be called without; empty where there is none. */
export const queryOf = ({ template, parameters }: Operation, ids: Ids): string =>
  parameters
    .filter(({ in: place, required }) => place === 'query' && required)
    .map(({ name }, index) => `${index === 0 ? '?' : '&'}${name}=${encodeURIComponent(known(ids, name, template))}`)
    .join('');

function known(ids: Ids, name: string, template: string): string {
  const id = ids[name];
  if (id === undefined) throw new Error(`no value for {${name}} in ${template}: say what it is`);
  return id;
}

const idOf = (template: string): string =>
  template.includes('/users/') ? 'userId' : template.includes('/api-keys/') ? 'keyId' : 'workspaceId';
