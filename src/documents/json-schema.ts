/** JSON Schema (draft 7), as far as the documents use it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A member that may be missing. */
interface Optional {
  readonly optional: JsonSchema;
}

/** One schema for each member of T; a member that T may lack has to be marked, and no other may. */
type Shape<T> = { readonly [K in keyof T]-?: Pick<T, K> extends Required<Pick<T, K>> ? JsonSchema : Optional };

export const optional = (schema: JsonSchema): Optional => ({ optional: schema });

const isOptional = (member: Optional | JsonSchema): member is Optional => 'optional' in member;

/** The schema of an object whose members are those of T: the compiler notices when the two differ. */
export function shape<T>(members: Shape<T>, further: JsonSchema = {}): JsonSchema {
  const entries = Object.entries<Optional | JsonSchema>(members);
  return {
    type: 'object',
    required: entries.filter(([, member]) => !isOptional(member)).map(([name]) => name),
    properties: Object.fromEntries(
      entries.map(([name, member]) => [name, isOptional(member) ? member.optional : member]),
    ),
    ...further,
  };
}

/** A schema of OpenAPI 3.0 in the words of JSON Schema: `nullable` and `example` are its own. */
export function fromOpenApi(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromOpenApi);
  if (typeof value !== 'object' || value === null) return value;
  const { nullable, example, ...rest } = value as Readonly<Record<string, unknown>>;
  const schema = Object.fromEntries(
    Object.entries(rest).map(([name, member]) => [name, name === 'properties' ? eachOf(member) : fromOpenApi(member)]),
  );
  return {
    ...schema,
    ...(nullable === true && { type: [schema['type'], 'null'] }),
    ...(example !== undefined && { examples: [example] }),
  };
}

/** Names of members are not words of the schema, even if one is called `example`. */
const eachOf = (properties: unknown): unknown =>
  Object.fromEntries(Object.entries(properties as object).map(([name, schema]) => [name, fromOpenApi(schema)]));
