import { hasRole, isNamePart, type AddressToken } from './tokens.js';
import { isCompound, isState, Role } from './words.js';

/** The tokens that make an address, and whether they do so without help from what stands around them. */
export interface Anchor {
  readonly first: number;
  readonly last: number;
  readonly sure: boolean;
}

const LONGEST_NAME = 5;
const PLAIN_STREET =
  /^(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|drive|utca|út|tér|ulice|sokak|caddesi|tee|u|mnt)$/i;
// 14 bis, 14 ter: a second house of the number
const REPEATED = /^(?:bis|ter|quater)$/i;
const YEAR = /^(?:19|20)\d\d$/;

/** The anchor that starts at the token `at`, if one does. */
export function anchorAt(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  const token = tokens[at];
  if (token === undefined) return undefined;
  if (token.kind === 'number') return numberFirst(tokens, at);
  if (hasRole(token, Role.unit)) return unit(tokens, at);
  if (hasRole(token, Role.prefix)) return prefixed(tokens, at);
  if (token.kind !== 'capital') return undefined;
  return compound(tokens, at) ?? town(tokens, at) ?? nameFirst(tokens, at);
}

/** 12 Main Street; 12, rue Basse; 12 Gartenstraße 3; or, not sure, 12 Basse Cour 3. */
function numberFirst(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  if (REPEATED.test(tokens[at + 1]?.word ?? '')) return moved(numberFirst(tokens, at + 1), at);
  const next = tokens[at + 1];
  if (next === undefined || !next.joined || next.kind === 'number') return undefined;
  if (next.kind === 'capital' && isCompound(next.word))
    return { first: at, last: houseNumber(tokens, at + 1), sure: true };
  if (hasRole(next, Role.numberedPrefix)) {
    const street = prefixed(tokens, at + 1, at);
    if (street !== undefined) return street;
  }
  let capitals = 0;
  let words = 0;
  for (let index = at + 1; index <= at + LONGEST_NAME; index += 1) {
    const token = tokens[index];
    if (token === undefined || !(index === at + 1 ? token.joined : token.adjacent)) return undefined;
    if (capitals + words > 0 && hasRole(token, Role.suffix | Role.rareSuffix)) {
      const anchor = suffixed(tokens, at, index, words === 0);
      if (anchor !== undefined) return anchor;
    }
    if (token.kind === 'number') return words === 0 && capitals > 0 ? unsure(tokens, at, index) : undefined;
    if (token.kind === 'capital') capitals += 1;
    else if (hasRole(token, Role.counted)) return undefined;
    else if (!hasRole(token, Role.particle)) words += 1;
  }
  return undefined;
}

function moved(anchor: Anchor | undefined, first: number): Anchor | undefined {
  return anchor && { ...anchor, first };
}

/** In small letters only the plainest words make a street, and those want company: "12 oak street", not "5 days way". */
function suffixed(tokens: readonly AddressToken[], at: number, suffix: number, named: boolean): Anchor | undefined {
  const token = tokens[suffix];
  const name = tokens[suffix - 1];
  if (token === undefined || name === undefined || hasRole(name, Role.particle)) return undefined;
  const plain = PLAIN_STREET.test(token.word);
  if (!plain && token.kind !== 'capital') return undefined;
  // Of "Forest Hill Road" the last word is the suffix.
  if (
    tokens[suffix + 1]?.adjacent &&
    hasRole(tokens[suffix + 1], Role.suffix) &&
    tokens[suffix + 1]?.kind === 'capital'
  ) {
    return undefined;
  }
  const sure = named && name.kind === 'capital' && hasRole(token, Role.suffix);
  return { first: at, last: houseNumber(tokens, suffix), sure };
}

/** Gartenstraße 3 */
function compound(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  if (tokens[at + 1]?.kind !== 'number' || !isCompound(tokens[at]?.word ?? '')) return undefined;
  const last = houseNumber(tokens, at);
  return last > at ? { first: at, last, sure: true } : undefined;
}

/** via Roma 3; or, behind a number, rue du Bac */
function prefixed(tokens: readonly AddressToken[], at: number, first = at): Anchor | undefined {
  let last = at;
  for (let index = at + 1; index <= at + LONGEST_NAME; index += 1) {
    const token = tokens[index];
    if (token === undefined || !token.joined) break;
    if (token.kind === 'number') return last > at && isHouse(token) ? { first, last: index, sure: true } : undefined;
    if (!token.adjacent || !isNamePart(token)) break;
    if (token.kind === 'capital') last = index;
  }
  return first < at && last > at ? { first, last, sure: true } : undefined;
}

/** Suite 12; PO Box 12; Unit 12 Box 3 */
function unit(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  const next = tokens[at + 1];
  if (next === undefined || !next.joined || (next.kind !== 'number' && next.kind !== 'code')) return undefined;
  const office = postOffice(tokens, at);
  if (office < at) return { first: office, last: at + 1, sure: true };
  const first = streetBefore(tokens, at);
  return { first, last: at + 1, sure: tokens[at]?.kind === 'capital' && first < at };
}

/** Where "PO Box" or "P.O. Box" begins, or the box itself. */
function postOffice(tokens: readonly AddressToken[], box: number): number {
  if (tokens[box - 1]?.word === 'PO') return box - 1;
  return tokens[box - 1]?.word === 'O' && tokens[box - 2]?.word === 'P' ? box - 2 : box;
}

/** Where a street without a word for it begins that ends right before a unit: 12 Basse Cour 3, Apt. 4 */
function streetBefore(tokens: readonly AddressToken[], at: number): number {
  let first = at;
  for (let index = at - 1; index >= 0 && index >= at - LONGEST_NAME; index -= 1) {
    if (!tokens[index + 1]?.joined) break;
    if (tokens[index]?.kind === 'number') first = index;
    else if (!isNamePart(tokens[index])) break;
  }
  return first;
}

/** Not sure: Basse Cour 3 */
function nameFirst(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  for (let index = at + 1; index <= at + 3; index += 1) {
    const token = tokens[index];
    if (token === undefined || !token.adjacent) return undefined;
    if (token.kind === 'number') return unsure(tokens, at, index);
    if (!isNamePart(token)) return undefined;
  }
  return undefined;
}

/** Springfield, IL 62704 */
function town(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  for (let index = at; index <= at + 3; index += 1) {
    const token = tokens[index];
    if (token === undefined || token.kind !== 'capital' || !(index === at || token.joined)) return undefined;
    const code = tokens[index + 1];
    if (index > at && isState(token.word) && code?.kind === 'number' && code.joined && code.word.length === 5) {
      return { first: at, last: index + 1, sure: true };
    }
  }
  return undefined;
}

/** A name and a number, if the number can be that of a house: "May 12", "Boeing 747" and "Vienna 1815" are none. */
function unsure(tokens: readonly AddressToken[], first: number, last: number): Anchor | undefined {
  const name = tokens.slice(first, last);
  if (name.some((token) => hasRole(token, Role.counted | Role.country)) || !isHouse(tokens[last])) return undefined;
  return { first, last, sure: false };
}

function houseNumber(tokens: readonly AddressToken[], street: number): number {
  const next = tokens[street + 1];
  return next?.kind === 'number' && next.joined && isHouse(next) ? street + 1 : street;
}

function isHouse(token: AddressToken | undefined): boolean {
  return token !== undefined && token.word.length <= 5 && !YEAR.test(token.word);
}
