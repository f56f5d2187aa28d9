import type { Recognizer } from '../recognizer.js';
import { nearest, type Scan } from '../scan.js';
import { anchorAt, type Anchor } from './anchors.js';
import { addressTokens, hasRole, isNamePart, type AddressToken } from './tokens.js';
import { isState, Role } from './words.js';

const LONGEST_ANCHOR = 6;
const LONGEST_TAIL = 4;
const MOST_TOKENS_BEHIND = 24;
const NEAR = 20;
const HOUSE_NUMBER = /(?<!\d)\d{1,6}(?!\d)/;

/**
 * Street addresses: an anchor (number and street, unit, post-office box), grown over what hangs together with it: house
 * numbers before, place, region, postal code and country behind, also on the lines below. One address is one span.
 */
export const addressRecognizer: Recognizer = {
  types: ['LOCATION'],
  digits: 1,
  find(text, scan, minScore, report) {
    if (!HOUSE_NUMBER.test(text)) return;
    const tokens = addressTokens(text);
    let number = -1;
    for (let index = 0; index < tokens.length; index += 1) {
      // Every anchor holds a number, not far from its beginning.
      if (number < index) number = nextNumber(tokens, index);
      if (number < 0) return;
      index = Math.max(index, number - LONGEST_ANCHOR);
      const anchor = anchorAt(tokens, index);
      if (anchor === undefined) continue;
      const last = lastOf(tokens, anchor.last);
      const score = scoreOf(tokens, anchor, last, scan);
      if (score < minScore) continue;
      const start = tokens[firstOf(tokens, anchor)]?.start ?? 0;
      const end = tokens[last]?.end ?? 0;
      report('LOCATION', start, text.charAt(end - 1) === '.' ? end - 1 : end, score);
      index = last;
    }
  },
};

function nextNumber(tokens: readonly AddressToken[], from: number): number {
  for (let index = from; index < tokens.length; index += 1) {
    const kind = tokens[index]?.kind;
    if (kind === 'number' || kind === 'code') return index;
  }
  return -1;
}

/** A name with a number is an address where the text says so, or when a unit, a country or a postal code comes with it. */
function scoreOf(tokens: readonly AddressToken[], anchor: Anchor, last: number, scan: Scan): number {
  if (anchor.sure) return 0.75;
  const start = tokens[anchor.first]?.start ?? 0;
  const end = tokens[anchor.last]?.end ?? 0;
  const called = nearest(scan, 'place', start, end);
  if (called !== undefined && called.end <= start && called.end >= start - NEAR) return 0.6;
  const behind = tokens.slice(anchor.last + 1, last + 1);
  return behind.some((token) => hasRole(token, Role.unit | Role.country) || isPostalCode(token)) ? 0.6 : 0.2;
}

/** House numbers, or what looks like one, right before the anchor. */
function firstOf(tokens: readonly AddressToken[], anchor: Anchor): number {
  let first = anchor.first;
  for (let steps = 0; steps < 2 && tokens[first]?.joined && tokens[first - 1]?.kind === 'number'; steps += 1)
    first -= 1;
  return first;
}

/** The last token behind the anchor that makes the address longer for sure: a number, a unit, a code, a region, a country. */
function lastOf(tokens: readonly AddressToken[], from: number): number {
  let last = from;
  for (let index = from + 1; index <= from + MOST_TOKENS_BEHIND && index - last <= LONGEST_TAIL; index += 1) {
    const token = tokens[index];
    if (token === undefined || !token.joined || hasRole(token, Role.counted)) break;
    if (isFirm(token)) last = index;
    else if (!isNamePart(token) && !hasRole(token, Role.suffix | Role.rareSuffix)) break;
  }
  return last;
}

function isFirm(token: AddressToken): boolean {
  if (token.kind === 'number' || token.kind === 'code' || hasRole(token, Role.unit | Role.country)) return true;
  return isState(token.word) || (token.kind === 'capital' && token.word.length === 2 && token.roles === 0);
}

/** Five or six digits; four can be a year. */
function isPostalCode(token: AddressToken): boolean {
  return token.kind === 'number' && /^\d{5,6}$/.test(token.word);
}
