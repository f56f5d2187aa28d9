import { formatPlaceholder, MAX_PLACEHOLDER_NUMBER, parsePlaceholder, type Placeholder } from '../placeholder.js';

/** A value without placeholder, and the name that the caller proposed for it. */
export interface Candidate {
  readonly type: string;
  readonly proposed?: string;
}

/** A value found in a text. */
export interface FoundValue extends Candidate {
  readonly value: string;
}

/** Numbers that a type may no longer give out. */
export interface TakenNumbers {
  /** Every number below is taken. */
  readonly lowest: number;
  /** Those taken from `lowest` upwards. */
  readonly taken: ReadonlySet<number>;
}

/**
 * Chooses a placeholder for each of several values that are new to a chat: the proposed one where it is free, else the
 * lowest number of the type that is free and not typed literally in the text. Pure.
 * @param typed placeholders that stand literally in the text without being the caller's own
 */
export function choosePlaceholders(
  candidates: readonly Candidate[],
  takenOf: (type: string) => TakenNumbers,
  typed: ReadonlySet<string>,
): Placeholder[] {
  const chosen = new Set<string>();
  const isTaken = ({ type, number }: Placeholder): boolean => {
    const { lowest, taken } = takenOf(type);
    return number < lowest || taken.has(number) || chosen.has(formatPlaceholder(type, number));
  };
  // Proposals go first, so that a value without one does not take the number that another was promised.
  const kept = candidates.map(({ proposed }) => {
    const placeholder = proposed === undefined ? undefined : parsePlaceholder(proposed);
    if (!placeholder || isTaken(placeholder)) return undefined;
    chosen.add(formatPlaceholder(placeholder.type, placeholder.number));
    return placeholder;
  });
  const reserved = new Set(candidates.map(({ proposed }) => proposed));
  // By type: every number below is out of the question, so that many values together cost no more than each alone.
  const next = new Map<string, number>();
  return candidates.map(({ type }, index) => {
    const own = kept[index];
    if (own) return own;
    let number = next.get(type) ?? takenOf(type).lowest;
    for (; number <= MAX_PLACEHOLDER_NUMBER; number += 1) {
      const text = formatPlaceholder(type, number);
      if (isTaken({ type, number }) || typed.has(text) || reserved.has(text)) continue;
      next.set(type, number + 1);
      return { type, number };
    }
    throw new RangeError('a chat has used up the numbers of a type');
  });
}
