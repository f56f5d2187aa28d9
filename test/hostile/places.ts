/** A JSON schema of the OpenAPI or AsyncAPI document, as far as values are made by it. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly example?: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Somewhere in a body or payload where a value can be put. */
export interface Place {
  /** As in `pii.positions[].start`; empty for the whole. */
  readonly name: string;
  /** Only what must stand beside the value stands there. */
  readonly put: (value: unknown) => unknown;
}

/** Ways to say what is in a value that nothing here reads: who begins to use one has to teach it. */
const UNREAD = [
  'anyOf',
  'not',
  'if',
  'prefixItems',
  'patternProperties',
  'propertyNames',
  'contains',
  'dependentSchemas',
];

/** Finds every place that a schema of a document describes, so that a field which is new is found by itself. */
export class Places {
  constructor(private readonly schemas: Readonly<Record<string, Schema>>) {}

  /** @param sample a value that fits, where one is known better than by the examples of the document */
  in(schema: Schema, sample: unknown = this.sampleOf(schema)): readonly Place[] {
    const { items, additionalProperties: others, oneOf = [], ...whole } = this.whole(schema);
    const places: Place[] = [{ name: '', put: (value) => value }];
    const given = isFields(sample) ? sample : {};
    const beside = Object.fromEntries(Object.entries(given).filter(([name]) => whole.required?.includes(name)));
    for (const [field, inner] of Object.entries(whole.properties ?? {})) {
      const within = this.in(inner, given[field]);
      places.push(
        ...within.map(({ name, put }) => ({
          name: `${field}${name === '' || name.startsWith('[') ? '' : '.'}${name}`,
          put: (value: unknown) => ({ ...beside, [field]: put(value) }),
        })),
      );
    }
    if (items) {
      const [first] = Array.isArray(sample) ? (sample as unknown[]) : [];
      places.push(
        ...this.in(items, first).map(({ name, put }) => ({
          name: `[]${name === '' ? '' : '.'}${name}`,
          put: (value: unknown) => [put(value)],
        })),
      );
    }
    if (typeof others === 'object') {
      const [key, value] = Object.entries(given)[0] ?? ['<PERSON_1>', 'Ada'];
      places.push({ name: '<key>', put: (strange) => ({ [textOf(strange)]: value }) });
      places.push(
        ...this.in(others, value).map(({ name, put }) => ({
          name: `<value>${name}`,
          put: (strange: unknown) => ({ [key]: put(strange) }),
        })),
      );
    }
    // That the whole of it may be anything is said above.
    return places.concat(oneOf.flatMap((one) => this.in(one).filter(({ name }) => name !== '')));
  }

  /** A value that fits, by the examples of the document; of fields only those that are required. */
  sampleOf(schema: Schema): unknown {
    const { example, enum: choices, properties, required = [] } = this.whole(schema);
    if (example !== undefined || choices) return example ?? choices?.[0];
    if (!properties) return undefined;
    return Object.fromEntries(required.map((name) => [name, this.sampleOf(properties[name] ?? {})]));
  }

  /** With what it refers to, and what it is made of. */
  private whole(schema: Schema): Schema {
    const unread = UNREAD.find((word) => word in schema);
    if (unread !== undefined) throw new Error(`the document says ${unread}, which this does not read`);
    const name = schema.$ref?.split('/').at(-1);
    const parts = [...(name === undefined ? [] : [this.schemas[name] ?? {}]), ...(schema.allOf ?? [])];
    return parts.reduce((all, part) => {
      const other = this.whole(part);
      return {
        ...other,
        ...all,
        properties: { ...other.properties, ...all.properties },
        required: [...(other.required ?? []), ...(all.required ?? [])],
      };
    }, schema);
  }
}

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Texts as they are, other values as JSON. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
