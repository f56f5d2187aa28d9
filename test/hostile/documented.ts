/** What the OpenAPI document says, as far as tests go by it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly example?: unknown;
  readonly required?: readonly string[];
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
}

export interface OpenApi {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly parameters?: readonly Parameter[];
            readonly requestBody?: {
              readonly content: Readonly<
                Record<string, { readonly schema: Schema; readonly example?: unknown; readonly examples?: object }>
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
}

/** Ids for the parameters of paths, by name. */
export type Ids = Readonly<Record<string, string>>;

/** Answers what is documented, so that a route or a field that is new is tested by itself. */
export class Documented {
  readonly operations: readonly Operation[];

  constructor(private readonly document: OpenApi) {
    this.operations = Object.entries(document.paths).flatMap(([template, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
        name: `${method.toUpperCase()} ${template}`,
        method: method.toUpperCase(),
        template,
        parameters,
        body: requestBody?.content['application/json']?.schema,
      })),
    );
  }

  /** Fields of a body, those of what it is made of included. */
  fieldsOf(schema: Schema): Readonly<Record<string, Schema>> {
    const { properties = {}, allOf = [] } = this.resolved(schema);
    return Object.assign({}, properties, ...allOf.map((part) => this.fieldsOf(part))) as Readonly<
      Record<string, Schema>
    >;
  }

  /** A body of the documented examples, with ids that exist. */
  exampleOf(schema: Schema, ids: Ids): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this.fieldsOf(schema))
        .filter(([, field]) => field.example !== undefined)
        .map(([name, { example }]) => [name, ids[name] ?? example]),
    );
  }

  private resolved(schema: Schema): Schema {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : (this.document.components.schemas[name] ?? {});
  }
}

/** The path with ids in it. `id` is the user's in routes of users, the workspace's elsewhere. */
export function pathOf(template: string, ids: Ids): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const wanted = name === 'id' ? idOf(template) : name;
    const id = ids[wanted];
    if (id === undefined) throw new Error(`no value for {${name}} in ${template}: say what it is`);
    return encodeURIComponent(id);
  });
}

const idOf = (template: string): string =>
  template.includes('/users/') ? 'userId' : template.includes('/api-keys/') ? 'keyId' : 'workspaceId';
