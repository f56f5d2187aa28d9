/*
 * What no client should send, written for this project. Each text holds a mark by which an echo of it would be known.
 */
export const MARK = 'zqxj';

const marked = (...parts: readonly string[]): readonly string[] => parts.map((part) => `${MARK}${part}`);

/** Texts that are well formed, strange as they are: stored where they are allowed, and given back to the letter. */
export const STRANGE_TEXTS: readonly string[] = marked(
  // Scripts, combining marks in numbers, conjuncts, right to left and both ways at once.
  'Żółć Ελένη Анна محمد דוד अमित สมชาย 東京 한국',
  `Z${'\u0301\u0316\u0489'.repeat(20)}`,
  'क्ष्म्य',
  'אבג abc ابج',
  // Beyond the basic plane, joined and coloured; lone joiners and selectors.
  '👩🏽‍💻👨‍👩‍👧‍👦🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '\u200d\ufe0f\u200d',
  '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐀀 \u{10fffd}',
  // Direction, invisibility, spaces that are none, noncharacters, private use, byte order marks.
  '\u202eevil\u202c \u2066x\u2069 \u200f\u061c',
  'a\u200bb\u200cc\u2060d\u00ade\u180ef',
  '\u00a0\u2003\u3000\u2028\u2029\u0085',
  '\ufdd0\uffff\ufffe\ue000\ufeff',
  '\u0001\u0007\b\t\v\f\u000e\u001b[31m\u001f\u007f\u0080\u009f',
  // Form of another language.
  `'; DROP TABLE messages; --`,
  '$& $` $1 ${x} {{x}} %s %n #{x}',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '../../etc/passwd\\..\\..',
  '=cmd|calc!A0 @SUM(1)',
  '\r\nSet-Cookie: a=b\r\n\r\n',
  '(a+)+$ [[[[[[ ((((((',
  '<PERSON_1> <PERSON_01> <PERSON_1000000> <<PERSON_1>> <EMAIL_ADDRESS_1',
  'null undefined NaN true [object Object]',
  'İıſKﬃǅ',
);

/** Texts with something that nothing may store. */
export const BROKEN_TEXTS: readonly string[] = marked(
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00',
  'a\ud83d b',
  '\udc00\ud800',
);

/** Values of every kind but the one that is asked for. */
export const STRANGE_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  2 ** 53,
  -(2 ** 63),
  '',
  ' ',
  'x'.repeat(300),
  MARK.repeat(2_000),
  '2030-W01-1',
  '+275760-09-13T00:00:00Z',
  '9999-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  'NaN',
  '1e400',
  '0x10',
  '１２',
  [],
  [null],
  [[]],
  [{}],
  ['x', 'x'],
  {},
  { [MARK]: 1 },
  { '<P_1>': '$&' },
  { length: 5 },
  { toString: 'x', valueOf: 1, hasOwnProperty: 2 },
  // Members of their own by these names, which a literal would take for something else.
  JSON.parse(`{"__proto__":{"${MARK}":true}}`),
  JSON.parse(`{"constructor":{"prototype":{"${MARK}":true}}}`),
];

/** Bodies that only text can say; none may ever be taken. */
export const BROKEN_JSON: readonly string[] = [
  '{',
  `{"${MARK}"`,
  `{"__proto__":{"${MARK}":true}}`,
  `{"constructor":{"prototype":{"${MARK}":true}}}`,
  `{"prototype":"${MARK}"}`,
  `{"${MARK}":1,"${MARK}":2}`,
  '['.repeat(100_000),
  `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
  `{"a":1e999999}`,
  `{"a":${'9'.repeat(10_000)}}`,
  `{"a":-0,"b":01}`,
  `{'a':'${MARK}'}`,
  `{"a":"${MARK}"}\u0000`,
  `\ufeff{"a":"${MARK}"}`,
  `{"a":NaN}`,
  `"\\ud800${MARK}"`,
  `/*${MARK}*/{}`,
];

/** As a header may carry them: printable ASCII. */
export const STRANGE_HEADERS: readonly string[] = [
  MARK,
  '{}',
  '[]',
  '""',
  'null',
  '{"<PERSON_1>":null}',
  `{"<PERSON_1>":"${MARK}","<PERSON_1>":"${MARK}"}`,
  `{"__proto__":"${MARK}"}`,
  `{"<PERSON_1>":"\\u0000${MARK}"}`,
  `{"<PERSON_1>":"\\ud800${MARK}"}`,
  `{"<PERSON_0>":"${MARK}"}`,
  `{"<PERSON_1>":{"a":"${MARK}"}}`,
  `[${'['.repeat(500)}`,
  `[{"start":-1,"end":1,"type":"${MARK}"}]`,
  '[{"start":0,"end":1e308,"type":"PERSON"}]',
  '[{"start":0,"end":1,"type":"PERSON"},{"start":0,"end":1,"type":"PERSON"}]',
  '[{"start":"0","end":"1","type":"PERSON"}]',
  `${MARK},,,`,
  'true,false',
  `${'A'.repeat(2_000)}${MARK}`,
  '====',
  Buffer.from(`{"<PERSON_1>":"${MARK}\u0000"}`).toString('base64url'),
  Buffer.from([0xff, 0xfe, 0xfd, 0x80]).toString('base64url'),
];

const texts = (values: readonly unknown[]): readonly string[] =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));

/** All of it, for whatever takes JSON. */
export const CORPUS: readonly unknown[] = [...STRANGE_VALUES, ...STRANGE_TEXTS, ...BROKEN_TEXTS, ...STRANGE_HEADERS];

/** Halves of a pair as the bytes that UTF-8 forbids, which encodeURIComponent will not write. */
const halfInUrl = (half: string): string => {
  const code = half.charCodeAt(0);
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)]
    .map((byte) => `%${byte.toString(16)}`)
    .join('');
};
const inUrl = (text: string): string =>
  Array.from(text, (character) =>
    /^[\ud800-\udfff]$/u.test(character) ? halfInUrl(character) : encodeURIComponent(character),
  ).join('');

const ONLY_IN_URLS = ['%zz', '%00', '%ff', '%ed%a0%80', `a&a=${MARK}`, `[]=${MARK}`, '.', '..', '%2e%2e%2f', ';', '//'];
/** All of it as a URL can say it, and what only a URL can say. */
export const CORPUS_IN_URLS: readonly string[] = [...texts(CORPUS).map(inUrl), ...ONLY_IN_URLS];

const bytesOf = (inUrl: string): string =>
  inUrl.replace(/%(..)/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
const escaped = (control: string): string => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** All of it as bytes of UTF-8, one for each character as Node sends them. Controls, which no header can hold, as in JSON. */
export const CORPUS_IN_HEADERS: readonly string[] = texts(CORPUS).map((text) =>
  bytesOf(inUrl(text.replace(/\p{Cc}/gu, escaped))),
);
