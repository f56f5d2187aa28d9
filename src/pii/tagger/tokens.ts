/**
 * Cuts text into tokens and describes each by a few numbers, in buffers that are reused from call to call.
 * One pass, every character is read a bounded number of times, so hostile input costs what ordinary input costs.
 */

/** A longer text is tagged piece by piece; the bound keeps the buffers small and fixed. */
export const MAX_TOKENS = 512;

/** What a token is made of. For words this is the casing, the strongest single hint there is. */
export const Kind = {
  Lower: 1,
  Title: 2,
  Caps: 3,
  Mixed: 4,
  /** One upper-case letter: an initial, or the word I. */
  Initial: 5,
  /** Letters of a script without case. */
  Caseless: 6,
  Number: 7,
  /** Letters with digits or underscores: order numbers, code, placeholders. */
  Code: 8,
  Punctuation: 9,
  Newline: 10,
  Emoji: 11,
  Mention: 12,
  /** URL, domain, file name, e-mail address. */
  Address: 13,
  /** A clitic such as 's or 'll. */
  Clitic: 14,
} as const;

// A name of the module: looking Math up for every character costs ten times more where globals are slow, as in Jest.
const { imul, min } = Math;

const LOWER = 1;
const UPPER = 2;
const CASELESS = 3;
const MARK = 4;
const DIGIT = 5;
const SPACE = 6;
const OTHER = 7;
const HIGH_SURROGATE = 8;

/** Character class and folded form (lower case, without diacritics) of every code unit, filled in as they are met. */
const classes = new Uint8Array(0x10000);
const folded = new Uint16Array(0x10000);

const FNV_OFFSET = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

/** Hash of one more folded code unit; 32-bit FNV-1a with 16-bit steps. */
export function step(hash: number, unit: number): number {
  return imul(hash ^ unit, FNV_PRIME);
}

function learn(unit: number): number {
  const character = String.fromCharCode(unit);
  const lower = character.toLowerCase();
  const base = lower.normalize('NFD').replace(/(?<!\p{M})\p{M}+$/u, '');
  folded[unit] = (base.length === 1 ? base : lower).charCodeAt(0);
  let kind = OTHER;
  if (unit >= 0xd800 && unit < 0xdc00) kind = HIGH_SURROGATE;
  else if (/\p{M}/u.test(character)) kind = MARK;
  else if (/\p{N}/u.test(character)) kind = DIGIT;
  else if (/\p{Lu}|\p{Lt}/u.test(character)) kind = UPPER;
  else if (/\p{Ll}/u.test(character)) kind = LOWER;
  else if (/\p{L}/u.test(character)) kind = CASELESS;
  else if (/\s/u.test(character)) kind = SPACE;
  classes[unit] = kind;
  return kind;
}

function classOf(unit: number): number {
  return (classes[unit] as number) || learn(unit);
}

function fold(unit: number): number {
  if (classes[unit] === 0) learn(unit);
  return folded[unit] as number;
}

const isWordClass = (kind: number): boolean => kind <= DIGIT;

/** Hash of a whole string, folded as tokens are: what gazetteers and the training look words up by. */
export function hashWord(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (classOf(unit) !== MARK) hash = step(hash, fold(unit));
  }
  return hash;
}

const EMOJI_HASH = hashWord('<emoji>');
const MENTION_HASH = hashWord('<mention>');
const ADDRESS_HASH = hashWord('<address>');
const NEWLINE_HASH = hashWord('<newline>');
const CLITICS = new Set(['s', 't', 'm', 'd', 'll', 're', 've']);

const AT = 0x40;
const HASH_SIGN = 0x23;
const UNDERSCORE = 0x5f;
const DOT = 0x2e;
const APOSTROPHE = 0x27;
const RIGHT_QUOTE = 0x2019;
const isApostrophe = (unit: number): boolean => unit === APOSTROPHE || unit === RIGHT_QUOTE;

/** Bit of the shape of a word inside a hashtag. */
const HASHTAG = 8;

export class Tokens {
  count = 0;
  readonly start = new Int32Array(MAX_TOKENS);
  readonly end = new Int32Array(MAX_TOKENS);
  /** Hash of the folded word; of numbers only the number of digits counts. */
  readonly hash = new Int32Array(MAX_TOKENS);
  readonly kind = new Uint8Array(MAX_TOKENS);
  /** Kind, length class and what stands directly before the token, in one small number. */
  readonly shape = new Int32Array(MAX_TOKENS);
  /** Hashes of the first 2, 3, 4 and the last 1, 2, 3, 4 letters, seven to a token. */
  readonly affixes = new Int32Array(MAX_TOKENS * 7);

  /** Reads tokens of `text` from `from` until the text ends or the buffers are full; returns where it stopped. */
  read(text: string, from: number): number {
    this.count = 0;
    let at = from;
    while (at < text.length && this.count < MAX_TOKENS) {
      const unit = text.charCodeAt(at);
      const kind = classOf(unit);
      if (kind === SPACE) {
        at = unit === 0x0a ? this.add(at, at + 1, Kind.Newline, NEWLINE_HASH) : at + 1;
      } else if (isWordClass(kind)) {
        at = this.word(text, at);
      } else if (kind === HIGH_SURROGATE) {
        at = this.add(at, min(at + 2, text.length), Kind.Emoji, EMOJI_HASH);
      } else if (unit === AT && isWordClass(classOf(text.charCodeAt(at + 1) | 0))) {
        at = this.add(at, handleEnd(text, at + 1), Kind.Mention, MENTION_HASH);
      } else if (isApostrophe(unit) && this.isClitic(text, at)) {
        at = this.clitic(text, at);
      } else {
        at = this.punctuation(text, at, unit);
      }
    }
    return at;
  }

  private add(start: number, end: number, kind: number, hash: number): number {
    const index = this.count++;
    this.start[index] = start;
    this.end[index] = end;
    this.kind[index] = kind;
    this.hash[index] = hash;
    this.shape[index] = kind * 16 + min(end - start, 7);
    this.affixes.fill(0, index * 7, index * 7 + 7);
    return end;
  }

  /** A run of the same sign is one token: "!!!" says no more than "!", and "-----" must not fill the buffers. */
  private punctuation(text: string, start: number, unit: number): number {
    let end = start + 1;
    while (end < text.length && text.charCodeAt(end) === unit) end++;
    const symbol = unit >= 0x2190 && unit !== 0xfffc && unit < 0x3000;
    return this.add(start, end, symbol ? Kind.Emoji : Kind.Punctuation, symbol ? EMOJI_HASH : step(FNV_OFFSET, unit));
  }

  private isClitic(text: string, at: number): boolean {
    const end = wordEnd(text, at + 1);
    return end - at <= 3 && end > at + 1 && CLITICS.has(text.slice(at + 1, end).toLowerCase()) && this.count > 0;
  }

  private clitic(text: string, at: number): number {
    const end = wordEnd(text, at + 1);
    let hash = step(FNV_OFFSET, APOSTROPHE);
    for (let i = at + 1; i < end; i++) hash = step(hash, fold(text.charCodeAt(i)));
    return this.add(at, end, Kind.Clitic, hash);
  }

  private word(text: string, start: number): number {
    let end = start;
    let hash = FNV_OFFSET;
    let letters = 0;
    let uppers = 0;
    let digits = 0;
    let caseless = 0;
    let lastUpper = -1;
    const prefix = this.count * 7;
    const hashtag = this.inHashtag(text, start);
    let before = 0;
    for (; end < text.length; end++) {
      const unit = text.charCodeAt(end);
      const kind = classOf(unit);
      if (!isWordClass(kind) && unit !== UNDERSCORE) break;
      if (kind === MARK) continue;
      // #AdaLovelace is two words, and so is #RIPAda.
      if (hashtag && kind === UPPER && end > start && (before === LOWER || nextIsLower(text, end))) break;
      before = kind;
      if (kind === DIGIT || unit === UNDERSCORE) digits++;
      else if (kind === CASELESS) caseless++;
      if (kind === UPPER) {
        uppers++;
        lastUpper = letters;
      }
      letters++;
      hash = step(hash, folded[unit] as number);
      if (letters === 2) this.affixes[prefix] = hash;
      else if (letters === 3) this.affixes[prefix + 1] = hash;
      else if (letters === 4) this.affixes[prefix + 2] = hash;
    }
    const addressEnd = addressLike(text, start, end);
    if (addressEnd > end) return this.add(start, addressEnd, Kind.Address, ADDRESS_HASH);
    // O'Brien, d'Artagnan, l'Italia: what stands before the apostrophe is a token that keeps it.
    if (isApostrophe(text.charCodeAt(end)) && letters <= 2 && digits === 0) {
      const next = classOf(text.charCodeAt(end + 1) | 0);
      if ((next === UPPER || next === LOWER) && !this.isCliticText(text, end)) {
        hash = step(hash, APOSTROPHE);
        end++;
      }
    }
    const [two, three, four] = [this.affixes[prefix], this.affixes[prefix + 1], this.affixes[prefix + 2]];
    const kind = casing(letters, uppers, digits, caseless, lastUpper);
    const isNumber = kind === Kind.Number;
    const index = this.count;
    this.add(start, end, kind, isNumber ? step(FNV_OFFSET, 0x100 + min(letters, 12)) : hash);
    if (isNumber) return end;
    this.affixes[prefix] = letters > 2 ? (two as number) : 0;
    this.affixes[prefix + 1] = letters > 3 ? (three as number) : 0;
    this.affixes[prefix + 2] = letters > 4 ? (four as number) : 0;
    let suffix = FNV_OFFSET;
    for (let taken = 0, i = end - 1; taken < 4 && taken < letters - 1 && i >= start; i--) {
      const unit = text.charCodeAt(i);
      if (classOf(unit) === MARK) continue;
      suffix = step(suffix, folded[unit] as number);
      this.affixes[prefix + 3 + taken++] = suffix;
    }
    if (hashtag) this.shape[index] = (this.shape[index] as number) | HASHTAG;
    return end;
  }

  private inHashtag(text: string, start: number): boolean {
    if (start === 0) return false;
    if (text.charCodeAt(start - 1) === HASH_SIGN) return true;
    const last = this.count - 1;
    return last >= 0 && this.end[last] === start && ((this.shape[last] as number) & HASHTAG) !== 0;
  }

  private isCliticText(text: string, at: number): boolean {
    const end = wordEnd(text, at + 1);
    return end - at <= 3 && CLITICS.has(text.slice(at + 1, end).toLowerCase());
  }
}

function casing(letters: number, uppers: number, digits: number, caseless: number, lastUpper: number): number {
  if (digits === letters) return Kind.Number;
  if (digits > 0) return Kind.Code;
  if (caseless > 0) return Kind.Caseless;
  if (uppers === 0) return Kind.Lower;
  if (uppers === letters) return letters === 1 ? Kind.Initial : Kind.Caps;
  return lastUpper === 0 ? Kind.Title : Kind.Mixed;
}

const nextIsLower = (text: string, at: number): boolean => classOf(text.charCodeAt(at + 1) | 0) === LOWER;

function wordEnd(text: string, from: number): number {
  let end = from;
  // Four are enough to tell a clitic from a word, and keep the look-ahead bounded.
  while (end < text.length && end < from + 4 && isWordClass(classOf(text.charCodeAt(end)))) end++;
  return end;
}

function handleEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length) {
    const unit = text.charCodeAt(end);
    if (!isWordClass(classOf(unit)) && unit !== UNDERSCORE) break;
    end++;
  }
  return end;
}

/** The end of an e-mail address, URL, domain or file name that begins with the word [start, end), else `end`. */
function addressLike(text: string, start: number, end: number): number {
  const unit = text.charCodeAt(end);
  const scheme = unit === 0x3a && text.charCodeAt(end + 1) === 0x2f && text.charCodeAt(end + 2) === 0x2f;
  const mail = unit === AT && isWordClass(classOf(text.charCodeAt(end + 1) | 0));
  // "example.com", "index.ts" but not "Smith.He" nor "3.He".
  const dotted = unit === DOT && end - start > 1 && classOf(text.charCodeAt(end + 1) | 0) === LOWER;
  if (!scheme && !mail && !dotted) return end;
  let to = end + 1;
  while (to < text.length) {
    const next = text.charCodeAt(to);
    const kind = classOf(next);
    if (kind === SPACE || next === 0x2c || next === 0x3c || next === 0x3e || next === 0x22 || next === 0x29) break;
    to++;
  }
  // A final full stop, colon and the like ends the sentence, not the address.
  while (to > end + 1 && classOf(text.charCodeAt(to - 1)) === OTHER && text.charCodeAt(to - 1) !== 0x2f) to--;
  return to;
}
