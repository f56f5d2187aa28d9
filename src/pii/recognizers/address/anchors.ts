import { hasRole, isNamePart, type AddressToken } from './tokens.js';
import { isCompound, isState, Role } from './words.js';

/** The tokens that make an address, and whether they do so without help from what stands around them. */
export interface Anchor {
  readonly first: number;
  readonly last: number;
  readonly sure: boolean;
}

const LONGEST_NAME = 5;

/** The anchor that starts at the token `at`, if one does. */
export function anchorAt(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  const token = tokens[at];
  if (token === undefined) return undefined;
  if (token.kind === 'number') return numberFirst(tokens, at);
  if (hasRole(token, Role.unit)) return unit(tokens, at);
  if (tokens[at + 1]?.kind === 'number' && isCompound(token.word)) return compound(tokens, at, at);
  if (hasRole(token, Role.prefix)) return prefixed(tokens, at, at);
  if (token.kind !== 'capital') return undefined;
  return town(tokens, at) ?? nameFirst(tokens, at);
}

/** 12 Main Street; 12, rue Basse; 12 Gartenstraße 3; or, not sure, 12 Basse Cour 3. */
function numberFirst(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  const next = tokens[at + 1];
  if (next === undefined || !next.joined) return undefined;
  if (next.kind === 'number') return undefined;
  const inner = isCompound(next.word)
    ? compound(tokens, at + 1, at)
    : hasRole(next, Role.prefix)
      ? prefixed(tokens, at + 1, at)
      : undefined;
  if (inner !== undefined) return inner;
  let capitals = 0;
  for (let index = at + 1; index <= at + LONGEST_NAME; index += 1) {
    const token = tokens[index];
    if (token === undefined || !(index === at + 1 ? token.joined : token.adjacent)) return undefined;
    if (hasRole(token, Role.suffix) && index > at + 1 && (capitals > 0 || isPlainStreet(tokens, index))) {
      return { first: at, last: houseNumber(tokens, index), sure: capitals > 0 || isPlainStreet(tokens, index) };
    }
    if (token.kind === 'number') return capitals > 0 ? { first: at, last: index, sure: false } : undefined;
    if (token.kind === 'capital') capitals += 1;
    else if (!hasRole(token, Role.particle) && index > at + 3) return undefined;
  }
  return undefined;
}

/** Gartenstraße 3 */
function compound(tokens: readonly AddressToken[], at: number, first: number): Anchor | undefined {
  const last = houseNumber(tokens, at);
  if (last > at) return { first, last, sure: true };
  return first < at ? { first, last: at, sure: true } : undefined;
}

/** rue du Bac 3; or, behind a number, rue du Bac */
function prefixed(tokens: readonly AddressToken[], at: number, first: number): Anchor | undefined {
  let last = at;
  for (let index = at + 1; index <= at + LONGEST_NAME; index += 1) {
    const token = tokens[index];
    if (token === undefined || !token.joined) break;
    if (token.kind === 'number') return last > at ? { first, last: index, sure: true } : undefined;
    if (!token.adjacent || !isNamePart(token)) break;
    if (token.kind === 'capital') last = index;
  }
  return first < at && last > at ? { first, last, sure: true } : undefined;
}

/** Suite 12; PO Box 12; Unit 12 Box 3 */
function unit(tokens: readonly AddressToken[], at: number): Anchor | undefined {
  const next = tokens[at + 1];
  if (next === undefined || !next.joined || (next.kind !== 'number' && next.kind !== 'code')) return undefined;
  const capital = tokens[at]?.kind === 'capital';
  return { first: streetBefore(tokens, at), last: at + 1, sure: capital && streetBefore(tokens, at) < at };
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
    if (token.kind === 'number') return { first: at, last: index, sure: false };
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

function houseNumber(tokens: readonly AddressToken[], street: number): number {
  const next = tokens[street + 1];
  return next?.kind === 'number' && next.joined && next.end - next.start <= 5 ? street + 1 : street;
}

/** In small letters only the plainest words make a street: "12 oak street" does, "5 days way" does not. */
function isPlainStreet(tokens: readonly AddressToken[], at: number): boolean {
  const token = tokens[at];
  return token !== undefined && token.end - token.start >= 4 && false;
}
