import { type Folded, fold } from '../folding.js';
import { SPACELESS } from '../word-edges.js';
import { CLITIC, firstWordOf, formsOf, keyOf, lengthOf, PARTICLES, PERSON } from './name-forms.js';
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
export interface Meanings {
  readonly whole?: KnownName;
  readonly short: ReadonlySet<KnownName>;
}

/** Names that are known, by the words that they may be written with. */
export interface NameSource {
  readonly isEmpty: boolean;
  /** The most words that a form with this first word has; 0 where there is none. */
  longest(first: string): number;
  lookUp(words: string): Meanings;
  /** Names in scripts that put no space between words. */
  readonly spaceless: readonly KnownName[];
}

export const NO_MEANINGS: Meanings = { short: new Set() };

/** By key, names and the most words of the forms that begin with a word; the keys are words, or what stands for them. */
export class FormTable {
  private readonly forms = new Map<string, { whole?: KnownName; readonly short: Set<KnownName> }>();
  private readonly lengths = new Map<string, number>();

  get isEmpty(): boolean {
    return this.forms.size === 0;
  }

  /** A form in full that is known already stays what it was. */
  add(key: string, firstKey: string, length: number, name: KnownName, whole: boolean): void {
    const form = this.forms.get(key) ?? { short: new Set() };
    this.forms.set(key, form);
    this.lengths.set(firstKey, Math.max(this.lengths.get(firstKey) ?? 0, length));
    if (!whole) form.short.add(name);
    else form.whole ??= name;
  }

  longest(firstKey: string): number {
    return this.lengths.get(firstKey) ?? 0;
  }

  lookUp(key: string): Meanings | undefined {
    return this.forms.get(key);
  }
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

const WORD = /[\p{L}\p{M}]+(?:['-][\p{L}\p{M}]+)*/gu;
/** Between two words of one name. */
const GAP = /^(?: {1,3}|\. ?)$/;
/** What may precede it: d'Ada, l'Ada. */
const ELISION = /^(?:[cdjlmnst]|qu)'/i;
/** A word between such characters belongs to an address, a path or a number. */
const GLUED_BEFORE = /[\p{N}_/\\=]$|[\p{L}\p{N}][@.&+-]$/u;
const GLUED_AFTER = /^(?:[\p{N}_@/\\=]|[.&+-][\p{L}\p{N}])/u;
const SENTENCE_START = /(?:^|[.!?:;\n•>])[\s"'()[\]*_~-]{0,16}$/;
const UPPER = /^\p{Lu}/u;
const LOWER = /\p{Ll}/u;
/**
 * The names of one chat, found again in its texts: in full, a person also by first or last name alone, in any case, with a
 * possessive ending. Never inside of a word. A short form that fits two persons is nobody's. The cost for a text does not
 * depend on how many names there are.
 */
export class KnownNames implements NameSource {
  private readonly forms = new FormTable();
  private readonly own: KnownName[] = [];
  private count = 0;

  /** @param base names that are known beside these */
  constructor(
    names: Iterable<KnownName> = [],
    private readonly base?: NameSource,
  ) {
    for (const name of names) this.add(name);
  }

  get isEmpty(): boolean {
    return this.forms.isEmpty && this.own.length === 0 && (this.base?.isEmpty ?? true);
  }

  /** How many have been added, those that were known already among them. */
  get size(): number {
    return this.count;
  }

  get spaceless(): readonly KnownName[] {
    return [...this.own, ...(this.base?.spaceless ?? [])];
  }

  /** A value that is known already stays what it was. */
  add(name: KnownName): void {
    this.count += 1;
    if (SPACELESS.test(name.value)) {
      if (Array.from(name.value).length > 1) this.own.push(name);
      return;
    }
    const forms = formsOf(name.type, name.value);
    const full = forms[0]?.words;
    if (full === undefined || this.lookUp(full).whole) return;
    for (const { words, whole } of forms) this.forms.add(words, firstWordOf(words), lengthOf(words), name, whole);
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
    for (const who of this.spaceless) {
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

  longest(first: string): number {
    return Math.max(this.forms.longest(first), this.base?.longest(first) ?? 0);
  }

  lookUp(words: string): Meanings {
    const own = this.forms.lookUp(words);
    const base = this.base?.lookUp(words);
    if (!own || !base) return own ?? base ?? NO_MEANINGS;
    const whole = base.whole ?? own.whole;
    return { ...(whole && { whole }), short: new Set([...base.short, ...own.short]) };
  }
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
