import { CodedError } from '../../errors/coded-error.js';

/*
 * The shape of what comes over the socket: which members there are, and of which type. What breaks it is answered with
 * `malformed_payload`; a value of the right type that cannot be meant, with the same code as over REST.
 */

export type Fields = Readonly<Record<string, unknown>>;

type Type<T> = (value: unknown) => value is T;
type Shape = Readonly<Record<string, Type<unknown>>>;
type Shaped<S extends Shape> = { readonly [Name in keyof S]: S[Name] extends Type<infer T> ? T : never };

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
export const isInteger = (value: unknown): value is number => Number.isSafeInteger(value);
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
export const isNumeral = (value: unknown): value is number | string => typeof value === 'number' || isText(value);
/** Of members that are judged elsewhere. */
export const isAnything = (value: unknown): value is unknown => value !== undefined;
export const orNull =
  <T>(is: Type<T>) =>
  (value: unknown): value is T | null =>
    value === null || is(value);

/** An object with the required members, perhaps the optional ones, and no others. @throws CodedError `malformed_payload` */
export function readShape<Required extends Shape, Optional extends Shape>(
  payload: unknown,
  required: Required,
  optional: Optional,
): Shaped<Required> & Partial<Shaped<Optional>> {
  if (!isFields(payload)) throw new CodedError('malformed_payload');
  for (const name of Object.keys(payload)) {
    if (!Object.hasOwn(required, name) && !Object.hasOwn(optional, name)) {
      throw new CodedError('malformed_payload', { reason: 'unknown_field' });
    }
  }
  for (const [name, is] of Object.entries(required)) readMember(payload, name, is);
  for (const [name, is] of Object.entries(optional)) readOptional(payload, name, is);
  return payload as Shaped<Required> & Partial<Shaped<Optional>>;
}

/** @throws CodedError `malformed_payload` */
export function readMember<T>(fields: Fields, name: string, is: Type<T>): T {
  const value = fields[name];
  if (!is(value)) throw new CodedError('malformed_payload', { fields: [name] });
  return value;
}

/** @throws CodedError `malformed_payload` */
export const readOptional = <T>(fields: Fields, name: string, is: Type<T>): T | undefined =>
  fields[name] === undefined ? undefined : readMember(fields, name, is);

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
