import { isCompound, Role, rolesOf } from './words.js';

/** A word or number of a text, with what it can be in an address and how it hangs together with the token before it. */
export interface AddressToken {
  readonly start: number;
  readonly end: number;
  readonly kind: 'number' | 'code' | 'capital' | 'word';
  readonly roles: number;
  readonly compound: boolean;
  /** Whether only spaces, commas, line breaks or the marks of a quoted line stand between the token before and this one. */
  readonly joined: boolean;
  /** Whether nothing but one space stands there. */
  readonly adjacent: boolean;
}

const TOKEN = /\d{1,6}[a-z]?(?![\p{L}\d])|[\p{L}\p{M}\d]+(?:['-][\p{L}\p{M}\d]+)*/giu;
const JOINT = /^(?: ?[,;]? ?| {1,8}|[ ,]{0,3}\r?\n[ \t>|?*,.-]{0,12}| ?[-/] ?| ?#| ?\()$/;
const CAPITAL = /^[\p{Lu}\p{Lt}\p{Lo}]/u;
const NUMBER = /^\d{1,6}[a-z]?$/i;
const CODE = /\d/;

/** Splits a folded text into tokens. */
export function addressTokens(text: string): AddressToken[] {
  const tokens: AddressToken[] = [];
  let last = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    const word = match[0];
    const start = match.index;
    const kind = kindOf(word);
    const roles = kind === 'number' ? 0 : rolesOf(word);
    const between = text.slice(last, start);
    // The dot of an abbreviation or an initial belongs to the word; any other ends a sentence.
    let end = start + word.length;
    if (text.charAt(end) === '.' && (roles !== 0 || word.length === 1 || word.endsWith('str') || kind === 'number')) {
      if (kind !== 'number' || text.charAt(end + 1) === '\n') end += 1;
    }
    tokens.push({
      start,
      end,
      kind,
      roles,
      compound: kind !== 'number' && isCompound(word),
      joined: tokens.length > 0 && between.length < 20 && JOINT.test(between),
      adjacent: between === ' ',
    });
    last = end;
    TOKEN.lastIndex = end;
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

function kindOf(word: string): AddressToken['kind'] {
  if (NUMBER.test(word)) return 'number';
  if (CODE.test(word)) return 'code';
  return CAPITAL.test(word) ? 'capital' : 'word';
}
