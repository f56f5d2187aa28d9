/** Types of entity that the tagger knows; the order is part of the weights file. */
export const TYPES = ['PERSON', 'LOCATION', 'ORGANIZATION'] as const;

/** BILOU: a token stands outside (0), or it begins, continues, ends or alone makes an entity of a type. */
export const OUTSIDE = 0;
const BEGIN = 1;
const INSIDE = 2;
const LAST = 3;
const UNIT = 4;

export const TAGS = 1 + 4 * TYPES.length;

export const beginOf = (type: number): number => type * 4 + BEGIN;
export const insideOf = (type: number): number => type * 4 + INSIDE;
export const lastOf = (type: number): number => type * 4 + LAST;
export const unitOf = (type: number): number => type * 4 + UNIT;

/** Index into TYPES; only for a tag that is not OUTSIDE. */
export const typeOf = (tag: number): number => (tag - 1) >> 2;

const positionOf = (tag: number): number => ((tag - 1) & 3) + 1;

/** Whether an entity goes on after this tag. */
export const isOpen = (tag: number): boolean => tag !== OUTSIDE && positionOf(tag) <= INSIDE;

/** Whether this tag begins an entity. */
export const begins = (tag: number): boolean =>
  tag !== OUTSIDE && (positionOf(tag) === BEGIN || positionOf(tag) === UNIT);

/** Whether `next` may follow `tag`. */
export function mayFollow(tag: number, next: number): boolean {
  if (isOpen(tag)) return next === insideOf(typeOf(tag)) || next === lastOf(typeOf(tag));
  return next === OUTSIDE || begins(next);
}
