/**
 * The name of a kind of personal data. Known names follow Presidio's list of supported entities; a caller may bring any
 * other name of the same grammar, so at the edges a type is a plain string.
 */
export type EntityType = string;

/** Grammar of a type, also inside a placeholder (contract section 2). */
export const ENTITY_TYPE_PATTERN = /^[A-Z][A-Z0-9_]{0,31}$/;

/** Every type that this service itself can detect, in the order in which documents list them. */
export const ENTITY_TYPES = [
  'PERSON',
  'LOCATION',
  'ORGANIZATION',
  'EMAIL_ADDRESS',
  'PHONE_NUMBER',
  'USERNAME',
  'DATE_OF_BIRTH',
  'DATE_TIME',
  'CREDIT_CARD',
  'IBAN_CODE',
  'SWIFT_CODE',
  'CRYPTO',
  'IP_ADDRESS',
  'MAC_ADDRESS',
  'URL',
  'PASSPORT',
  'US_DRIVER_LICENSE',
  'US_SSN',
  'US_ITIN',
  'UK_NHS',
  'UK_NINO',
  'UK_DRIVING_LICENCE',
  'DE_TAX_ID',
  'FR_NIR',
  'ES_NIF',
  'ES_NIE',
  'IT_FISCAL_CODE',
  'NL_BSN',
  'PL_PESEL',
  'SE_PERSONNUMMER',
  'BR_CPF',
  'IN_AADHAAR',
  'IN_PAN',
  'AU_TFN',
  'AU_MEDICARE',
  'AU_ABN',
  'AU_ACN',
  'API_KEY',
  'ACCESS_TOKEN',
  'PRIVATE_KEY',
  'PASSWORD',
] as const satisfies readonly EntityType[];

/** One of the types that this service can detect itself. */
export type KnownEntityType = (typeof ENTITY_TYPES)[number];

const known: ReadonlySet<string> = new Set(ENTITY_TYPES);

/** Whether `value` is written like an entity type, known or not. */
export function isEntityType(value: string): value is EntityType {
  return ENTITY_TYPE_PATTERN.test(value);
}

/** Written like types, but meant as switches where types are listed: a detector's type cannot have these names. */
const SWITCHES: ReadonlySet<string> = new Set(['TRUE', 'FALSE']);

/** Whether `value` can name a type that is asked for. */
export function isDetectableName(value: string): value is EntityType {
  return isEntityType(value) && !SWITCHES.has(value);
}

/** Whether `value` is a type that this service can detect itself. */
export function isKnownEntityType(value: string): value is KnownEntityType {
  return known.has(value);
}
