/** How far two spellings may differ and still be the same value, by type. */
type Equality = 'words' | 'digits' | 'code' | 'exact';

const EQUALITY: Readonly<Record<string, Equality>> = {
  PHONE_NUMBER: 'digits',
  CREDIT_CARD: 'digits',
  US_SSN: 'digits',
  US_ITIN: 'digits',
  UK_NHS: 'digits',
  DE_TAX_ID: 'digits',
  NL_BSN: 'digits',
  PL_PESEL: 'digits',
  SE_PERSONNUMMER: 'code',
  BR_CPF: 'digits',
  IN_AADHAAR: 'digits',
  AU_TFN: 'digits',
  AU_MEDICARE: 'digits',
  AU_ABN: 'digits',
  AU_ACN: 'digits',
  IBAN_CODE: 'code',
  SWIFT_CODE: 'code',
  UK_NINO: 'code',
  FR_NIR: 'code',
  ES_NIF: 'code',
  ES_NIE: 'code',
  IT_FISCAL_CODE: 'code',
  IN_PAN: 'code',
  PASSPORT: 'code',
  DRIVER_LICENSE: 'code',
  US_DRIVER_LICENSE: 'code',
  UK_DRIVING_LICENCE: 'code',
  MAC_ADDRESS: 'code',
  API_KEY: 'exact',
  ACCESS_TOKEN: 'exact',
  PRIVATE_KEY: 'exact',
  PASSWORD: 'exact',
  CRYPTO: 'exact',
  // The path of a URL distinguishes case (RFC 3986, section 6.2.2.1).
  URL: 'exact',
};

const IGNORABLES = /\p{Default_Ignorable_Code_Point}+/gu;
const WHITE_SPACE = /\s+/gu;
const DECIMAL = /\p{Nd}/u;
const NOT_DIGIT = /[^0-9]+/g;
const NOT_ALPHANUMERIC = /[^\p{L}\p{N}]+/gu;

/**
 * The form in which two values of a type are compared: equal forms are one value and share a placeholder (contract section
 * 6, rule 2). NFKC, default-ignorable characters dropped, white space collapsed; then, by type, case folded (`PERSON`,
 * `EMAIL_ADDRESS` and every unknown type), separators dropped (`PHONE_NUMBER` keeps a leading +; `IBAN_CODE`), or left as
 * spelled (secrets, wallet addresses, URLs). Never empty for a value that is not: a value of separators alone stays itself.
 */
export function normalizeValue(type: string, value: string): string {
  const plain = value.normalize('NFKC').replace(IGNORABLES, '').replace(WHITE_SPACE, ' ').trim();
  return reduce(Object.hasOwn(EQUALITY, type) ? EQUALITY[type] : 'words', plain) || plain || value;
}

function reduce(equality: Equality | undefined, plain: string): string {
  switch (equality) {
    case 'exact':
      return plain;
    case 'code':
      return plain.replace(NOT_ALPHANUMERIC, '').toUpperCase();
    case 'digits':
      return onlyDigits(plain);
    default:
      return foldCase(plain);
  }
}

/** Digits of any script keep apart what letters would merge, so a value without ASCII digits is compared as words. */
function onlyDigits(plain: string): string {
  const digits = plain.replace(NOT_DIGIT, '');
  if (digits === '' || DECIMAL.test(plain.replace(/[0-9]/g, ''))) return foldCase(plain);
  return plain.startsWith('+') ? `+${digits}` : digits;
}

/**
 * Upper before lower case folds ß with ss and final with medial sigma, as Unicode case folding does; lower case comes first
 * for the capital ẞ, which has no other upper case.
 */
export function foldCase(plain: string): string {
  return plain.toLowerCase().toUpperCase().toLowerCase().normalize('NFKC').replaceAll('ς', 'σ');
}
