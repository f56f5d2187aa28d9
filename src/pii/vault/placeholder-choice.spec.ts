import { describe, expect, it } from '@jest/globals';
import { formatPlaceholder, MAX_PLACEHOLDER_NUMBER } from '../placeholder.js';
import { type Candidate, choosePlaceholders, type TakenNumbers } from './placeholder-choice.js';

const person = (proposed?: string): Candidate => ({ type: 'PERSON', ...(proposed !== undefined && { proposed }) });
const email = (proposed?: string): Candidate => ({
  type: 'EMAIL_ADDRESS',
  ...(proposed !== undefined && { proposed }),
});

const FREE: TakenNumbers = { lowest: 1, taken: new Set() };

function choose(
  candidates: readonly Candidate[],
  taken: Readonly<Record<string, TakenNumbers>> = {},
  typed: readonly string[] = [],
): string[] {
  const chosen = choosePlaceholders(candidates, (type) => taken[type] ?? FREE, new Set(typed));
  return chosen.map(({ type, number }) => formatPlaceholder(type, number));
}

describe('choosePlaceholders', () => {
  it.each<[string, Candidate[], Record<string, TakenNumbers>, string[], string[]]>([
    ['nothing', [], {}, [], []],
    ['counts from 1 in the order given', [person(), person(), person()], {}, [], numbered('PERSON', 1, 2, 3)],
    [
      'counts each type on its own',
      [person(), email(), person()],
      {},
      [],
      ['<PERSON_1>', '<EMAIL_ADDRESS_1>', '<PERSON_2>'],
    ],
    ['fills gaps', [person(), person(), person()], { PERSON: inUse(1, 2, 4) }, [], numbered('PERSON', 3, 5, 6)],
    [
      'starts where every lower number is taken',
      [person(), person()],
      { PERSON: freeFrom(7) },
      [],
      numbered('PERSON', 7, 8),
    ],
    ['skips what is typed literally', [person(), person()], {}, ['<PERSON_1>', '<PERSON_3>'], numbered('PERSON', 2, 4)],
    ['does not mind the same number typed of another type', [person()], {}, ['<EMAIL_ADDRESS_1>'], ['<PERSON_1>']],
    ['does not take <PERSON_10> for <PERSON_1>', [person()], {}, ['<PERSON_10>'], ['<PERSON_1>']],
    ['keeps a proposal that is free', [person('<PERSON_9>')], {}, [], ['<PERSON_9>']],
    ['keeps a proposal of a type that nobody knows', [person('<CUSTOMER_3>')], {}, [], ['<CUSTOMER_3>']],
    [
      'gives a proposal that is taken the next free number',
      [person('<PERSON_2>')],
      { PERSON: inUse(1, 2) },
      [],
      ['<PERSON_3>'],
    ],
    [
      'gives a proposal below the lowest the next free number',
      [person('<PERSON_2>')],
      { PERSON: freeFrom(5) },
      [],
      ['<PERSON_5>'],
    ],
    ['puts proposals first', [person(), person('<PERSON_1>')], {}, [], ['<PERSON_2>', '<PERSON_1>']],
    [
      'of two equal proposals the first wins',
      [person('<PERSON_1>'), person('<PERSON_1>')],
      {},
      [],
      ['<PERSON_1>', '<PERSON_2>'],
    ],
    [
      'the number of a beaten proposal stays with its owner',
      [person(), person('<PERSON_2>')],
      { PERSON: inUse(2) },
      [],
      ['<PERSON_1>', '<PERSON_3>'],
    ],
    ['a proposal may be typed: it is the caller’s own', [person('<PERSON_1>')], {}, ['<PERSON_1>'], ['<PERSON_1>']],
    [
      'a proposal that is none is ignored',
      [person('<person_1>'), person('<PERSON_01>'), person('PERSON_1')],
      {},
      [],
      numbered('PERSON', 1, 2, 3),
    ],
  ])('%s', (_, candidates, takenOf, typed, expected) => {
    expect(choose(candidates, takenOf, typed)).toEqual(expected);
  });

  it('never gives one placeholder twice, whatever is proposed and taken', () => {
    const candidates = Array.from({ length: 300 }, (_, n) =>
      n % 3 === 0 ? person(`<PERSON_${(n * 7) % 200 || 1}>`) : n % 3 === 1 ? person() : email(),
    );
    const used = new Set(Array.from({ length: 50 }, (_, n) => 10 + n * 3));
    const chosen = choose(candidates, { PERSON: { lowest: 10, taken: used } }, ['<PERSON_11>', '<EMAIL_ADDRESS_2>']);
    expect(new Set(chosen).size).toBe(300);
    expect(chosen).not.toContain('<PERSON_11>');
    expect(chosen).not.toContain('<EMAIL_ADDRESS_2>');
    expect(chosen.filter((name) => /^<PERSON_\d>$/.test(name))).toEqual([]);
    expect(chosen.filter((name) => used.has(Number(/^<PERSON_(\d+)>$/.exec(name)?.[1])))).toEqual([]);
  });

  it('says so when a type has used up its numbers', () => {
    expect(choose([person()], { PERSON: freeFrom(MAX_PLACEHOLDER_NUMBER) })).toEqual([
      `<PERSON_${MAX_PLACEHOLDER_NUMBER}>`,
    ]);
    expect(() => choose([person(), person()], { PERSON: freeFrom(MAX_PLACEHOLDER_NUMBER) })).toThrow(RangeError);
  });

  it('chooses among many values in time that grows with their number', () => {
    const many = Array.from({ length: 20_000 }, () => person());
    const started = process.cpuUsage();
    expect(choose(many).at(-1)).toBe('<PERSON_20000>');
    // Counted from 1 for each value this took ten minutes, which one message with 9,000 addresses could cause.
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(3_000);
  });
});

function numbered(type: string, ...numbers: number[]): string[] {
  return numbers.map((number) => formatPlaceholder(type, number));
}

function freeFrom(lowest: number): TakenNumbers {
  return { lowest, taken: new Set() };
}

function inUse(...numbers: number[]): TakenNumbers {
  return { lowest: 1, taken: new Set(numbers) };
}
