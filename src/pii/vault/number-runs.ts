import type { Placeholder } from '../placeholder.js';

/** Numbers of one type that follow each other, both ends among them. */
export interface NumberRun {
  readonly type: string;
  readonly first: number;
  readonly last: number;
}

/**
 * The placeholders as runs, each of them once and none that was not asked for. What is new in a chat gets the next number,
 * so that a page shows runs: to look one up costs little more than to look up a single entry.
 */
export function runsOf(placeholders: readonly Placeholder[]): NumberRun[] {
  const numbers = new Map<string, number[]>();
  for (const { type, number } of placeholders) {
    const known = numbers.get(type);
    if (known) known.push(number);
    else numbers.set(type, [number]);
  }
  return [...numbers].flatMap(([type, ofType]) => runsOfType(type, ofType));
}

function runsOfType(type: string, numbers: number[]): NumberRun[] {
  const runs: { type: string; first: number; last: number }[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run && number <= run.last + 1) run.last = number;
    else runs.push({ type, first: number, last: number });
  }
  return runs;
}
