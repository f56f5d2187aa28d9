import { fold } from '../folding.js';
import { normalizeValue } from '../normalize.js';

/** A way to write a name. */
export interface NameForm {
  /** Folded, one space between two. */
  readonly words: string;
  /** Whether these are all the words of the name; a person's first name alone is not. */
  readonly whole: boolean;
}

export const PERSON = 'PERSON';
/** Words of a name; longer ones are no names. */
const MAX_WORDS = 8;
const NAME = /^[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*(?:(?: {1,3}|\. ?)[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*)*\.?$/u;
const NOT_ASCII = /[^\0-\x7f]/;
/** What may follow a name as part of the same word: Ada's, Ada'll. */
export const CLITIC = /'(?:s|ll|d|ve|re|m)$/i;
const TITLES = new Set(
  (
    'mr mrs ms miss mx dr prof professor doctor sir madam herr herrn frau fräulein monsieur madame mademoiselle mme mlle ' +
    'señor señora señorita sr sra srta don doña signor signora signorina dott dhr mevr mevrouw meneer pan pani'
  ).split(' '),
);
const SUFFIXES = new Set('jr sr ii iii iv phd md esq junior senior'.split(' '));
/** They belong to the surname that follows. */
export const PARTICLES = new Set(
  'van von der den de del della di da dos das du la le ter ten zu zur bin ibn al el mac mc o'.split(' '),
);

/** How a value may be written again: in full, which comes first, and of a person first and last name. None for what is no name. */
export function formsOf(type: string, value: string): NameForm[] {
  const words = wordsOfName(type, value);
  if (words.length === 0 || words.length > MAX_WORDS) return [];
  const short = type === PERSON ? shortForms(words) : [];
  return [words, ...short].map((form, index) => ({ words: form.join(' '), whole: index === 0 }));
}

/** A person's value in short; none for other types and for single words. */
export const shortFormsOf = (type: string, value: string): string[] =>
  formsOf(type, value).flatMap(({ words, whole }) => (whole ? [] : [words]));

export const firstWordOf = (words: string): string => words.split(' ', 1)[0] ?? '';
export const lengthOf = (words: string): number => words.split(' ').length;

/** None where the value is not made of words alone: a part of A&B must not stand for the whole. */
function wordsOfName(type: string, value: string): string[] {
  const plain = fold(value).text.trim();
  if (!NAME.test(plain)) return [];
  const words = plain.replace(CLITIC, '').split(/[. ]+/).filter(Boolean).map(keyOf);
  if (type !== PERSON) return words;
  while (words.length > 1 && TITLES.has(words[0] ?? '')) words.shift();
  while (words.length > 1 && SUFFIXES.has(words.at(-1) ?? '')) words.pop();
  return words;
}

/** First name; last name, with and without its particles; both without what stands between. */
function shortForms(words: readonly string[]): string[][] {
  if (words.length < 2) return [];
  const [first = ''] = words;
  let from = words.length - 1;
  while (from > 1 && PARTICLES.has(words[from - 1] ?? '')) from -= 1;
  const surname = words.slice(from);
  return [
    ...(PARTICLES.has(first) ? [] : [[first]]),
    words.slice(-1),
    ...(surname.length > 1 ? [surname] : []),
    ...(from > 1 ? [[first, ...surname]] : []),
  ];
}

/** What two spellings of a word have in common. */
export const keyOf = (word: string): string =>
  NOT_ASCII.test(word) ? normalizeValue(PERSON, word) : word.toLowerCase();
