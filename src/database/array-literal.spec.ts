import { describe, expect, it } from '@jest/globals';
import { arrayLiteral } from './array-literal.js';

const literal = (...values: (string | null)[]): string => arrayLiteral(values, (value) => value);

describe('arrayLiteral', () => {
  it.each([
    [[], '{}'],
    [['a', 'b c', ''], '{"a","b c",""}'],
    [[null, 'NULL', 'null'], '{NULL,"NULL","null"}'],
    [['{a,b}', 'a"b', 'a\\b', '$&'], '{"{a,b}","a\\"b","a\\\\b","$&"}'],
    [['Zoë\n\t👩'], '{"Zoë\n\t👩"}'],
  ])('writes %j', (values, expected) => expect(literal(...values)).toBe(expected));
});
