import type { Span } from '../../span.js';

// What stands between the parts of one address: a comma, line breaks, the marks of a quoted line.
const JOINT = /^[\s,;>|*]{0,12}$/;
const LONGEST_JOINT = 12;
const DIGIT = /[0-9]/;

/**
 * Makes one span of the parts of an address, which several finders may have found (street, postal code, town). Two places
 * without a number in either, as in "Paris, Rome", stay two.
 * @param spans sorted, without overlaps
 */
export function joinAddresses(text: string, spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last !== undefined && isOneAddress(text, last, span)) {
      joined[joined.length - 1] = { ...last, end: span.end, score: Math.max(last.score, span.score) };
    } else {
      joined.push(span);
    }
  }
  return joined;
}

function isOneAddress(text: string, left: Span, right: Span): boolean {
  if (left.type !== 'LOCATION' || right.type !== 'LOCATION' || right.start - left.end > LONGEST_JOINT) return false;
  if (!JOINT.test(text.slice(left.end, right.start))) return false;
  return DIGIT.test(text.slice(left.start, left.end)) || DIGIT.test(text.slice(right.start, right.end));
}
