import { Role, rolesOf } from './words.js';

/** What a token is by its characters. */
export type AddressTokenKind = 'number' | 'code' | 'capital' | 'word';

/** A word or number of a text, with what it can be in an address and how it hangs together with the token before it. */
export class AddressToken {
  private known = UNKNOWN;

  constructor(
    readonly word: string,
    readonly start: number,
    readonly end: number,
    readonly kind: AddressTokenKind,
    /** Whether only spaces, commas, line breaks or the marks of a quoted line stand between the token before and this one. */
    readonly joined: boolean,
    /** Whether nothing but one space stands there. */
    readonly adjacent: boolean,
  ) {}

  /** The roles of the word, looked up when somebody asks: most tokens stand nowhere near a number. */
  get roles(): number {
    if (this.known === UNKNOWN) this.known = this.kind === 'number' || this.kind === 'code' ? 0 : rolesOf(this.word);
    return this.known;
  }
}

const UNKNOWN = -1;
const TOKEN = /[\p{L}\p{M}\d]+(?:['-][\p{L}\p{M}\d]+)*/gu;
const JOINT = /^(?: ?[,;]? ?| {1,8}|[ ,]{0,3}\r?\n[ \t>|?*,.-]{0,12}| ?[-/] ?| ?#| ?\()$/;
const NUMBER = /^\d{1,6}[a-z]?$/i;
const CODE = /\d/;
const LONGEST_GAP = 20;

/** Splits a folded text into tokens. */
export function addressTokens(text: string): AddressToken[] {
  const tokens: AddressToken[] = [];
  let last = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const word = match[0];
    const start = match.index;
    const kind = kindOf(word);
    const end = start + word.length;
    const dotted = text.charAt(end) === '.' && ownsDot(word, kind, text.charAt(end + 1));
    const adjacent = start === last + 1 && text.charAt(last) === ' ';
    const joined = tokens.length > 0 && (adjacent || isJoint(text, last, start));
    last = dotted ? end + 1 : end;
    tokens.push(new AddressToken(word, start, last, kind, joined, adjacent));
  }
  return tokens;
}

/** Whether the token has one of the roles. */
export function hasRole(token: AddressToken | undefined, role: number): boolean {
  return token !== undefined && (token.roles & role) !== 0;
}

/** Whether the token can stand inside the name of a street or a place. */
export function isNamePart(token: AddressToken | undefined): boolean {
  return token !== undefined && (token.kind === 'capital' || hasRole(token, Role.particle | Role.country));
}

/** The dot of an abbreviation, of an initial or of a house number at the end of a line; any other ends a sentence. */
function ownsDot(word: string, kind: AddressTokenKind, next: string): boolean {
  if (kind === 'number') return next === '\n';
  return word.length === 1 || (word.length <= 5 && rolesOf(word) !== 0) || word.endsWith('str');
}

function isJoint(text: string, from: number, to: number): boolean {
  return to - from < LONGEST_GAP && JOINT.test(text.slice(from, to));
}

function kindOf(word: string): AddressTokenKind {
  const first = word.charCodeAt(0);
  if (first <= 0x39 && NUMBER.test(word)) return 'number';
  if (first < 128 && !CODE.test(word)) return first < 0x61 ? 'capital' : 'word';
  if (CODE.test(word)) return 'code';
  return isCapital(word.charAt(0)) ? 'capital' : 'word';
}

/** A script without case has no small letters to tell a name from: every word can be one. */
function isCapital(letter: string): boolean {
  return letter !== letter.toLowerCase() || letter.toUpperCase() === letter;
}
