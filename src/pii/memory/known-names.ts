import { type Folded, fold } from '../folding.js';
import { SPACELESS } from '../mapping-occurrences.js';
import { normalizeValue } from '../normalize.js';
import { isOrdinary } from './ordinary-words.js';

/** A name that a chat has seen. */
export interface KnownName {
  readonly type: string;
  readonly value: string;
  /** Undefined for a name of the very text that is looked at: it gets its placeholder later. */
  readonly placeholder?: string;
  /** Of the chat's key when it had that placeholder. */
  readonly keyVersion?: number;
  /** The placeholder that the caller would like. */
  readonly proposed?: string;
}

/** Where a text mentions a name; UTF-16 offsets. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  readonly type: string;
  /** Undefined where several persons may be meant. */
  readonly who: KnownName | undefined;
}

/** The names that are written with the same words: one in full, others in short. */
interface Form {
  whole?: KnownName;
  readonly short: Set<KnownName>;
}

interface Found {
  readonly mention: Mention;
  /** In words. */
  readonly length: number;
}

interface Word {
  readonly start: number;
  readonly end: number;
  readonly key: string;
  /** The same without an article: of d'Ada, Ada. */
  readonly bare?: Word;
}

const PERSON = 'PERSON';
/** Words of a name; longer ones are no names. */
const MAX_WORDS = 8;
const WORD = /[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*/gu;
/** Between two words of one name. */
const GAP = /^(?: {1,3}|\. ?)$/;
const NAME = /^[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*(?:(?: {1,3}|\. ?)[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*)*\.?$/u;
const NOT_ASCII = /[^\0-\x7f]/;
/** What may follow a name as part of the same word: Ada's, Ada'll. */
const CLITIC = /'(?:s|ll|d|ve|re|m)$/i;
/** What may precede it: d'Ada, l'Ada. */
const ELISION = /^(?:[cdjlmnst]|qu)'/i;
/** A word between such characters belongs to an address, a path or a number. */
const GLUED_BEFORE = /[\p{N}_/\\=]$|[\p{L}\p{N}][@.&+-]$/u;
const GLUED_AFTER = /^(?:[\p{N}_@/\\=]|[.&+-][\p{L}\p{N}])/u;
const SENTENCE_START = /(?:^|[.!?:;\n•>])[\s"'()[\]*_~-]*$/;
const UPPER = /^\p{Lu}/u;
const LOWER = /\p{Ll}/u;
const TITLES = new Set(
  (
    'mr mrs ms miss mx dr prof professor doctor sir madam herr herrn frau fräulein monsieur madame mademoiselle mme mlle ' +
    'señor señora señorita sr sra srta don doña signor signora signorina dott dhr mevr mevrouw meneer pan pani'
  ).split(' '),
);
const SUFFIXES = new Set('jr sr ii iii iv phd md esq junior senior'.split(' '));
/** They belong to the surname that follows. */
const PARTICLES = new Set(
  'van von der den de del della di da dos das du la le ter ten zu zur bin ibn al el mac mc o'.split(' '),
);

/**
 * The names of one chat, found again in its texts: in full, a person also by first or last name alone, in any case, with a
 * possessive ending. Never inside of a word. A short form that fits two persons is nobody's. The cost for a text does not
 * depend on how many names there are.
 */
export class KnownNames {
  private readonly forms = new Map<string, Form>();
  /** By first word: the most words that a form with it has. */
  private readonly lengths = new Map<string, number>();
  /** Names in scripts that put no space between words. */
  private readonly spaceless: KnownName[] = [];

  /** @param base names that are known beside these */
  constructor(
    names: Iterable<KnownName> = [],
    private readonly base?: KnownNames,
  ) {
    for (const name of names) this.add(name);
  }

  get isEmpty(): boolean {
    return this.forms.size === 0 && this.spaceless.length === 0 && (this.base?.isEmpty ?? true);
  }

  /** A value that is known already stays what it was. */
  add(name: KnownName): void {
    if (SPACELESS.test(name.value)) {
      if (Array.from(name.value).length > 1) this.spaceless.push(name);
      return;
    }
    const words = wordsOfName(name);
    if (words.length === 0 || words.length > MAX_WORDS) return;
    const whole = this.formOf(words);
    if (whole.whole || this.base?.lookUp(words.join(' ')).whole) return;
    whole.whole = name;
    if (name.type === PERSON) for (const short of shortForms(words)) this.formOf(short).short.add(name);
  }

  /** What the text mentions; the longer form wins, and none overlaps another. */
  find(text: string): Mention[] {
    if (this.isEmpty) return [];
    const folded = fold(text);
    const words = wordsOf(folded.text);
    const mentions: Mention[] = [];
    for (let at = 0; at < words.length;) {
      const found = this.longestAt(folded.text, words, at);
      if (found) mentions.push(original(folded, found.mention));
      at += found?.length ?? 1;
    }
    return SPACELESS.test(text) ? [...mentions, ...this.findSpaceless(folded)] : mentions;
  }

  private *findSpaceless(folded: Folded): Generator<Mention> {
    for (const who of [...this.spaceless, ...(this.base?.spaceless ?? [])]) {
      const needle = fold(who.value).text;
      for (let at = folded.text.indexOf(needle); at >= 0; at = folded.text.indexOf(needle, at + needle.length)) {
        yield original(folded, { start: at, end: at + needle.length, type: who.type, who });
      }
    }
  }

  private longestAt(text: string, words: readonly Word[], at: number): Found | undefined {
    const first = words[at];
    if (!first) return undefined;
    return this.longestFrom(text, words, at, first) ?? (first.bare && this.longestFrom(text, words, at, first.bare));
  }

  private longestFrom(text: string, words: readonly Word[], at: number, first: Word): Found | undefined {
    const most = this.longest(first.key);
    let reach = Math.min(1, most);
    while (reach < most && continues(text, words[at + reach - 1], words[at + reach])) reach += 1;
    for (let length = reach; length > 0; length -= 1) {
      const part = [first, ...words.slice(at + 1, at + length)];
      const { whole, short } = this.lookUp(part.map(({ key }) => key).join(' '));
      const [who, other] = whole ? [whole] : short;
      if (!who || !isMeant(text, part, who.type)) continue;
      const [start, end] = [first.start, part.at(-1)?.end ?? first.end];
      return { mention: { start, end, type: who.type, who: other ? undefined : who }, length };
    }
    return undefined;
  }

  private longest(first: string): number {
    return Math.max(this.lengths.get(first) ?? 0, this.base?.longest(first) ?? 0);
  }

  private lookUp(words: string): Form {
    const own = this.forms.get(words);
    const base = this.base?.lookUp(words);
    if (!own || !base) return own ?? base ?? NO_FORM;
    const whole = base.whole ?? own.whole;
    return { ...(whole && { whole }), short: new Set([...base.short, ...own.short]) };
  }

  private formOf(words: readonly string[]): Form {
    const key = words.join(' ');
    const known = this.forms.get(key);
    if (known) return known;
    const form: Form = { short: new Set() };
    this.forms.set(key, form);
    const [first = ''] = words;
    this.lengths.set(first, Math.max(this.lengths.get(first) ?? 0, words.length));
    return form;
  }
}

const NO_FORM: Form = { short: new Set() };

/** A person's value in short, as `add` knows it; none for other types and for single words. */
export function shortFormsOf(type: string, value: string): string[] {
  return type === PERSON ? shortForms(wordsOfName({ type, value })).map((words) => words.join(' ')) : [];
}

/** None where the value is not made of words alone: a part of A&B must not stand for the whole. */
function wordsOfName({ type, value }: KnownName): string[] {
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

/** Words of a folded text that stand free. */
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const { 0: written, index } of text.matchAll(WORD)) {
    const after = index + written.length;
    if (
      GLUED_BEFORE.test(text.slice(Math.max(0, index - 2), index)) ||
      GLUED_AFTER.test(text.slice(after, after + 2))
    ) {
      continue;
    }
    const end = after - (CLITIC.exec(written)?.[0].length ?? 0);
    const article = ELISION.exec(written)?.[0].length ?? 0;
    const word = { start: index, end, key: keyOf(text.slice(index, end)) };
    const start = index + article;
    words.push(
      article > 0 && start < end ? { ...word, bare: { start, end, key: keyOf(text.slice(start, end)) } } : word,
    );
  }
  return words;
}

const keyOf = (word: string): string => (NOT_ASCII.test(word) ? normalizeValue(PERSON, word) : word.toLowerCase());

const continues = (text: string, before: Word | undefined, next: Word | undefined): boolean =>
  before !== undefined && next !== undefined && GAP.test(text.slice(before.end, next.start));

/** Whether the words as they are written can be the name, and not what they mean otherwise. */
function isMeant(text: string, words: readonly Word[], type: string): boolean {
  const [word] = words;
  if (!word) return false;
  const written = text.slice(word.start, word.end);
  const isCapital = UPPER.test(written);
  if (words.length > 1) {
    const capitals = words.map(({ start }) => UPPER.test(text.slice(start, start + 2)));
    if (capitals.every(Boolean)) return true;
    const isMixed = capitals.some(Boolean);
    return isMixed
      ? words.every(({ key }, index) => capitals[index] || !isOrdinary(key) || PARTICLES.has(key))
      : words.some(({ key }) => !isOrdinary(key));
  }
  if (word.key.length < 2) return false;
  if (isOrdinary(word.key)) {
    return (
      isCapital && LOWER.test(written) && !SENTENCE_START.test(text.slice(Math.max(0, word.start - 16), word.start))
    );
  }
  return isCapital || (type === PERSON && word.key.length > 2);
}

function original(folded: Folded, { start, end, type, who }: Mention): Mention {
  return { start: folded.toOriginalStart(start), end: folded.toOriginalEnd(end), type, who };
}
