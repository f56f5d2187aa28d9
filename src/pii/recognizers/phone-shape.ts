/** What the grouping of a number without calling code says about it, before anybody says what it is. */
export type PhoneShape = 'likely' | 'possible' | 'bare' | 'no phone';

// Dates, years, times and decimals are written with the same separators as phone numbers.
const NO_PHONE = anyOf([
  /^(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])(?: |$)/,
  /^(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|1[0-2])[-./](?:19|20)\d\d(?: |$)/,
  /^(?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:19|20)\d\d(?: |$)/,
  /^(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d$/,
  /^\d{1,3}(?:\.\d{1,3}){3}$/,
  /^\d+\.\d+$/,
  /^\d{1,3}(?:\.\d{3}){1,3}$/,
  /^\d{5}-\d{4}$/,
  /^97[89][ -]/,
  /^(?:0[ -]?)+$/,
]);

const LIKELY = anyOf([
  // North America, with or without the trunk 1: (212) 555-0123, 212.555.0123 (NANP: area and exchange start at 2)
  /^(?:1[ .-]?)?(?:\([2-9]\d\d\)[ .-]?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}$/,
  /^(?:1[ .-]?)?(?:\([1-9]\d\d\)[ .-]?|[1-9]\d\d[.-])\d{3}[ .-]\d{4}$/,
  // A trunk prefix 0 and at least nine digits in groups: 030 1234567, 020 7946 0958, 01 23 45 67 89, 06-12345678
  /^\(?0[1-9]\d{0,4}\)?(?:[ ./-]{1,3}\d{2,8}){1,5}$/,
  // An area code in brackets
  /^\(\d{1,5}\) ?\d{2,5}(?:[ .-]\d{2,5}){1,3}$/,
  /^\(\d{2,5}\) ?\d{5,8}$/,
  // Five pairs (France): 01 23 45 67 89
  /^0\d(?:[ .-]\d\d){4}$/,
  // Nine digits in threes from 5 up (Poland, Spain, Czechia)
  /^[5-9]\d\d[ -]\d{3}[ -]\d{3}$/,
  // Area, exchange, line with a dash before four digits: 91-415-555-0132
  /^\d{1,3}-\d{3}-\d{3}-\d{4}$/,
  /^\d{2,3} \d{3} \d{3} \d{4}$/,
]);

const GROUPED = /^[(]?\d{1,5}\)?(?:[ ./-]{1,3}\d{2,8}){1,5}$/;

/** Classifies a number by its groups; `value` is trimmed and has no extension. */
export function phoneShape(value: string): PhoneShape {
  if (NO_PHONE.test(value)) return 'no phone';
  const count = value.replace(/[^0-9]+/g, '').length;
  if (count >= 8 && LIKELY.test(value)) return count < 9 && value.startsWith('0') ? 'possible' : 'likely';
  return GROUPED.test(value) ? 'possible' : 'bare';
}

/** One pattern for all: a number is tried against them once. */
function anyOf(shapes: readonly RegExp[]): RegExp {
  return new RegExp(shapes.map(({ source }) => source).join('|'));
}
