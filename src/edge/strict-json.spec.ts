import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { isForbiddenKey, parseStrictJson, type StrictJsonFault } from './strict-json.js';

const parse = (text: string, maxDepth = 20) => parseStrictJson(text, { maxDepth, rejectUnstorable: true });
const reason = (text: string, maxDepth?: number) => {
  const result = parse(text, maxDepth);
  return result.ok ? 'ok' : result.reason;
};

describe('parseStrictJson', () => {
  it.each([
    '{}',
    '[]',
    '0',
    '-0.5e+3',
    'null',
    '""',
    ' \t\r\n{ "a" : [ 1 , { "b" : "c" } ] } \n',
    '{"a":{"x":1},"b":{"x":2}}',
    '[{"x":1},{"x":2}]',
    '{"a":["a","a"],"b":"a"}',
    '{"a":"b","b":"a"}',
    '{"":1}',
    '{"a":"{\\"a\\":1,\\"a\\":2}"}',
    '{"a":"[[[[[[[[[[[[[[[[[[[[[[[[["}',
    '{"a":"\\\\","b":"\\""}',
    '{"a":"__proto__","b":["constructor"]}',
    '{"__proto":1,"Constructor":2,"proto":3}',
    '{"a":"\\ud83d\\udc69\\u200d\\ud83d\\udcbb 東京 \u{1f469}"}',
    '{"a":"\\\\u0000"}',
    '{"a":"\\u0001\\u00e9\\ufffd"}',
  ])('reads %j as JSON.parse does', (text) => {
    expect(parse(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it.each<[StrictJsonFault, string]>([
    ['duplicate_key', '{"a":1,"a":1}'],
    ['duplicate_key', '{"a":1,"b":2,"a":3}'],
    ['duplicate_key', '{"a":1,"\\u0061":2}'],
    ['duplicate_key', '{"\\u0061":1,"\\u0061":2}'],
    ['duplicate_key', '{"/":1,"\\/":2}'],
    ['duplicate_key', '{"\u{1f469}":1,"\\ud83d\\udc69":2}'],
    ['duplicate_key', '{"":1,"":2}'],
    ['duplicate_key', '{"a" : 1 ,\n"a" : 2}'],
    ['duplicate_key', '{"a":{"b":1},"a":{}}'],
    ['duplicate_key', '{"a":[{"b":1}],"c":1,"a":0}'],
    ['duplicate_key', '[{"a":{"b":1,"c":[],"b":2}}]'],
    ['forbidden_key', '{"__proto__":{"admin":true}}'],
    ['forbidden_key', '{"a":[{"constructor":{"prototype":{}}}]}'],
    ['forbidden_key', '{"prototype":1}'],
    ['forbidden_key', '{"\\u005f_proto__":1}'],
    ['forbidden_key', '{"const\\u0072uctor":1}'],
    ['lone_surrogate', '{"a":"\\ud800"}'],
    ['lone_surrogate', '{"a":"\\uDC00"}'],
    ['lone_surrogate', '{"a":"\\udc69\\ud83d"}'],
    ['lone_surrogate', '{"a":"\\ud83d\\\\udc69"}'],
    ['lone_surrogate', '{"a":"\\n \\uD83D"}'],
    ['lone_surrogate', '{"\\ud800":1}'],
    ['lone_surrogate', '["\ud800"]'],
    ['lone_surrogate', '["\ud83d\\udc69"]'],
    ['nul', '{"a":"\\u0000"}'],
    ['nul', '{"a":"\\\\\\u0000"}'],
    ['nul', '{"a\\u0000":1}'],
    ['nul', '["\0"]'],
    ['not_json', ''],
    ['not_json', ' '],
    ['not_json', '{'],
    ['not_json', '}'],
    ['not_json', ']]]'],
    ['not_json', '{"a"'],
    ['not_json', '{"a":1,}'],
    ['not_json', '[1,]'],
    ['not_json', "{'a':1}"],
    ['not_json', '{a:1}'],
    ['not_json', '{"a":1}{"b":2}'],
    ['not_json', '{"a":1}x'],
    ['not_json', '[1}'],
    ['not_json', '"a'],
    ['not_json', '"a\\'],
    ['not_json', '"a\\"'],
    ['not_json', '{"\\x":1}'],
    ['not_json', '{"\\u00g0":1}'],
    ['not_json', '["\\u00"]'],
    ['not_json', '["\\ud8zz"]'],
    ['not_json', '["\n"]'],
    ['not_json', 'NaN'],
    ['not_json', '[Infinity]'],
    ['not_json', '01'],
    ['not_json', '// a\n{}'],
    ['not_json', '\ufeff{}'],
    ['not_json', '\u00a0{}'],
    ['not_json', 'undefined'],
  ])('says %s of %j', (fault, text) => {
    expect(parse(text)).toEqual({ ok: false, reason: fault });
  });

  it.each([
    ['1', 0, 'ok'],
    ['{}', 0, 'too_deep'],
    ['{}', 1, 'ok'],
    ['{"a":1}', 1, 'ok'],
    ['{"a":[]}', 1, 'too_deep'],
    ['[{}]', 2, 'ok'],
    ['[{},[],{}]', 2, 'ok'],
    ['[[[]]]', 2, 'too_deep'],
    ['{"[[[":"{{{"}', 1, 'ok'],
    [`${'['.repeat(20)}${']'.repeat(20)}`, 20, 'ok'],
    [`${'['.repeat(21)}${']'.repeat(21)}`, 20, 'too_deep'],
  ])('of %j, %d deep, says %s', (text, maxDepth, expected) => {
    expect(reason(text, maxDepth)).toBe(expected);
  });

  it('survives five million levels, also when it may go that deep', () => {
    const levels = 5_000_000;
    const text = '['.repeat(levels) + ']'.repeat(levels);
    expect(reason(text)).toBe('too_deep');
    expect(reason('{"a":'.repeat(levels / 5))).toBe('too_deep');
    expect(reason(']'.repeat(levels))).toBe('not_json');
    expect(parseStrictJson('['.repeat(100_000), { maxDepth: Infinity })).toEqual({ ok: false, reason: 'not_json' });
  });

  it('is linear in the length of the text', () => {
    const hostile = [
      `["${'\\'.repeat(2_000_000)}"]`,
      `["${'\\u0041'.repeat(400_000)}\\u0000"]`,
      `{${Array.from({ length: 150_000 }, (_, at) => `"${at}":"\\ud83d\\udc69"`).join(',')},"0":1}`,
      `[${'"\\n",'.repeat(400_000)}"\\u0000"]`,
      `[${'"",'.repeat(600_000)}"\\u0000"]`,
      `["${'\\"'.repeat(1_000_000)}"]`,
      `[${'"a'.repeat(1_000_001)}`,
    ];
    const started = performance.now();
    expect(hostile.map((text) => reason(text))).toEqual(['ok', 'nul', 'duplicate_key', 'nul', 'nul', 'ok', 'not_json']);
    // Some 10 MB: tens of milliseconds when linear, hours when quadratic.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('lets unstorable text pass where the caller has a code of its own for it', () => {
    for (const text of ['"\\u0000"', '{"a":"\\ud800"}', '["\ud800"]']) {
      expect(parseStrictJson(text, { maxDepth: 1 })).toEqual({ ok: true, value: JSON.parse(text) });
    }
    expect(parseStrictJson('["\0"]', { maxDepth: 1 })).toEqual({ ok: false, reason: 'not_json' });
    expect(parseStrictJson('{"\\ud800":1,"\\ud800":2}', { maxDepth: 1 })).toEqual({
      ok: false,
      reason: 'duplicate_key',
    });
  });

  it('never quotes the text', () => {
    expect(JSON.stringify(parse('{"email": alice@example.org}'))).not.toContain('alice');
  });

  it('reads whatever JSON.stringify writes', () => {
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' });
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        fc.pre(!hasForbiddenKey(value));
        const text = JSON.stringify(value, null, indent);
        expect(parseStrictJson(text, { maxDepth: 20 })).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });

  it('accepts nothing that JSON.parse refuses, and never throws', () => {
    const piece = fc.constantFrom(...Array.from('{}[],:"\\u0ad81 nt\n'), '"a"', '"a":', 'true', '\\u0061', '\\ud83d');
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 30 }), (text) => {
        const result = parse(text);
        if (result.ok) expect(result.value).toEqual(JSON.parse(text));
      }),
      { numRuns: 5000 },
    );
  });

  it('finds a repeated key wherever it stands', () => {
    const keys = fc.uniqueArray(
      fc.string({ minLength: 1, maxLength: 6 }).filter((key) => !isForbiddenKey(key)),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(keys, fc.nat(), fc.nat(), (names, from, to) => {
        const members = names.map((name) => `${JSON.stringify(name)}:{}`);
        expect(reason(`{${members.join(',')}}`)).toBe('ok');
        members.splice(to % (members.length + 1), 0, members[from % members.length] ?? '');
        expect(reason(`{${members.join(',')}}`)).toBe('duplicate_key');
      }),
    );
  });
});

function hasForbiddenKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, member]) => isForbiddenKey(key) || hasForbiddenKey(member));
}
