import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CodedError } from '../errors/coded-error.js';
import {
  answerHeaders,
  checkSpansFit,
  instructionsFromBody,
  instructionsFromHeaders,
  instructionsFromStrings,
  mappingToHeader,
  positionsToHeader,
  type PiiInstructions,
} from './instructions.js';

/** `npm run test:nightly` tries more. */
const RUNS = Number(process.env['MUTATION_RUNS'] ?? 2_000);
const MAPPING = 'X-Pii-Mapping';
const AUTO = 'X-Auto-Pii-Mapping';
const POSITIONS = 'X-Pii-Positions';
const HISTORY = 'X-Chat-History-Pii-Mapping';

const base64url = (text: string) => Buffer.from(text).toString('base64url');
const one = (header: string, value: string): PiiInstructions => instructionsFromHeaders([header, value]);
const mapping = (entries: Record<string, string>) => ({ mapping: new Map(Object.entries(entries)) });

/** Code and details of the error that `act` throws; fails when there is none. */
function refusal(act: () => unknown): object {
  try {
    act();
  } catch (error) {
    if (error instanceof CodedError) return { code: error.code, ...error.details };
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Rows of a table whose last cell may be an index: in its place, what the error says of it. Jest takes a missing cell for `done`. */
function located<Cells extends readonly unknown[]>(
  rows: readonly (readonly [...Cells, number?])[],
): [...Cells, { readonly index?: number }][] {
  const width = Math.min(...rows.map(({ length }) => length));
  return rows.map((row) => {
    const index = row[width];
    const at = typeof index === 'number' ? { index } : {};
    return [...row.slice(0, width), at] as unknown as [...Cells, { readonly index?: number }];
  });
}

const entries = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, at) => [`<PERSON_${at + 1}>`, 'Ada'])));
const storable = (text: string) => text.trim() !== '' && !text.includes('\0');
const spans = (count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, at) => ({ start: at, end: at + 1, type: 'PERSON' })));

describe('instructionsFromHeaders', () => {
  it('reads all four beside other headers, in any case', () => {
    const sent = [
      ['Host', 'localhost'],
      ['x-pii-mapping', '{"<PERSON_1>":"Ada"}'],
      ['X-AUTO-PII-MAPPING', 'false'],
      ['Cookie', 'a=\u00ff'],
      ['X-Pii-Positions', '[{"start":5,"end":8,"type":"PERSON"}]'],
      ['cookie', 'b'],
      ['x-chat-history-pii-mapping', 'vault'],
    ];
    const read = instructionsFromHeaders(sent.flat());
    expect(read).toEqual({
      mapping: new Map([['<PERSON_1>', 'Ada']]),
      auto: false,
      positions: [{ start: 5, end: 8, type: 'PERSON' }],
      history: 'vault',
    });
  });

  it('says nothing where nothing was said', () => {
    expect(instructionsFromHeaders([])).toEqual({});
    expect(instructionsFromHeaders(['Host', 'localhost', 'X-Pii-Mappings', '{', 'Pii-Mapping', '{'])).toEqual({});
  });

  it.each([MAPPING, AUTO, POSITIONS, HISTORY])('refuses %s twice, and bytes beyond ASCII', (header) => {
    const twice = () => instructionsFromHeaders([header, '["a"', 'Host', 'x', header.toLowerCase(), '"b"]']);
    expect(refusal(twice)).toEqual({ code: 'duplicate_header', header });
    expect(refusal(() => one(header, '{"<PERSON_1>":"Zo\u00c3\u00ab"}'))).toEqual({ code: 'header_not_ascii', header });
    expect(refusal(() => one(header, 'true\u0080'))).toEqual({ code: 'header_not_ascii', header });
  });

  it('refuses the empty value twice as well', () => {
    expect(refusal(() => instructionsFromHeaders([AUTO, '', AUTO, '']))).toEqual({
      code: 'duplicate_header',
      header: AUTO,
    });
  });
});

describe('a mapping', () => {
  it.each<[string, Record<string, string>]>([
    ['{}', {}],
    ['{"<PERSON_1>":"Ada"}', { '<PERSON_1>': 'Ada' }],
    ['{"<PERSON_1>":"Zo\\u00eb \\ud83d\\udc69"}', { '<PERSON_1>': 'Zoë \u{1f469}' }],
    ['{"<PERSON_1>":"$& $1 $` $$ \\\\ \\""}', { '<PERSON_1>': '$& $1 $` $$ \\ "' }],
    [
      '{"<PERSON_1>":"<PERSON_2>","<PERSON_2>":"<PERSON_1>"}',
      { '<PERSON_1>': '<PERSON_2>', '<PERSON_2>': '<PERSON_1>' },
    ],
    ['{"<PERSON_1>":" Ada "}', { '<PERSON_1>': ' Ada ' }],
    ['{"<PERSON_1>":"Ada","<PERSON_10>":"Bob"}', { '<PERSON_1>': 'Ada', '<PERSON_10>': 'Bob' }],
    ['{"<STAR_SIGN_999999>":"Leo"}', { '<STAR_SIGN_999999>': 'Leo' }],
    [`{"<${'A'.repeat(32)}_1>":"x"}`, { [`<${'A'.repeat(32)}_1>`]: 'x' }],
    [`{"<A_1>":"${'x'.repeat(1024)}"}`, { '<A_1>': 'x'.repeat(1024) }],
    [`{"<A_1>":"${'\\ud83d\\udc69'.repeat(1024)}"}`, { '<A_1>': '\u{1f469}'.repeat(1024) }],
    ['{"<A_1>":"__proto__"}', { '<A_1>': '__proto__' }],
  ])('is read from %s', (text, expected) => {
    expect(one(MAPPING, text)).toEqual(mapping(expected));
    expect(one(MAPPING, base64url(text))).toEqual(mapping(expected));
    expect(instructionsFromBody({ mapping: JSON.parse(text) })).toEqual(mapping(expected));
    expect(instructionsFromStrings({ piiMapping: text })).toEqual(mapping(expected));
    expect(one(HISTORY, text)).toEqual({ history: new Map(Object.entries(expected)) });
  });

  it('may hold raw UTF-8 in base64url and on the socket', () => {
    const text = '{"<PERSON_1>":"Zoë 東京 \u{1f469}"}';
    expect(one(MAPPING, base64url(text))).toEqual(mapping({ '<PERSON_1>': 'Zoë 東京 \u{1f469}' }));
    expect(instructionsFromStrings({ piiMapping: text })).toEqual(mapping({ '<PERSON_1>': 'Zoë 東京 \u{1f469}' }));
  });

  it('may have 256 entries', () => {
    expect(one(MAPPING, entries(256)).mapping?.size).toBe(256);
  });

  it.each(
    located<[string, string]>([
      ['not_json', ''],
      ['not_json', ' {}'],
      ['not_json', '"<PERSON_1>"'],
      ['not_json', `${base64url('{"<A_1>":"x"}')}=`],
      ['not_json', `${base64url('{"<A_1>":"xy"}')}\t`],
      ['not_json', base64url('{"<A_1>":">>>???"}').replaceAll('-', '+').replaceAll('_', '/').concat('=')],
      ['not_json', 'vault'],
      ['not_json', 'true'],
      ['not_utf8', Buffer.from('{"<A_1>":"\u00eb"}', 'latin1').toString('base64url')],
      ['not_utf8', Buffer.from([0x7b, 0xed, 0xa0, 0x80, 0x7d]).toString('base64url')],
      ['not_json', base64url('\ufeff{}')],
      ['not_json', base64url(base64url('{"<A_1>":"x"}'))],
      ['not_json', '{'],
      ['not_json', '{"<A_1>":"x",}'],
      ['not_json', '{"<A_1>":"x"}, {"<A_2>":"y"}'],
      ['not_object', '[]'],
      ['not_json', base64url('null')],
      ['not_json', base64url('"x"')],
      ['duplicate_key', '{"<A_1>":"x","<A_1>":"y"}'],
      ['duplicate_key', '{"<A_1>":"x","\\u003cA_1>":"x"}'],
      ['forbidden_key', '{"__proto__":"x"}'],
      ['forbidden_key', '{"constructor":"x"}'],
      ['forbidden_key', '{"prototype":"x"}'],
      ['forbidden_key', '{"__proto__":{"admin":true}}'],
      ['too_deep', '{"<A_1>":{}}'],
      ['too_deep', '{"<A_1>":["x"]}'],
      ['too_deep', '['.repeat(10_000)],
      ['not_a_placeholder', '{"PERSON_1":"x"}'],
      ['not_a_placeholder', '{"<PERSON>":"x"}'],
      ['not_a_placeholder', '{"<person_1>":"x"}'],
      ['not_a_placeholder', '{"<PERSON_0>":"x"}'],
      ['not_a_placeholder', '{"<PERSON_01>":"x"}'],
      ['not_a_placeholder', '{"<PERSON_1000000>":"x"}'],
      ['not_a_placeholder', '{"<PERSON_-1>":"x"}'],
      ['not_a_placeholder', '{"<PERSON_1":"x"}'],
      ['not_a_placeholder', '{"<PERSON_1> ":"x"}'],
      ['not_a_placeholder', '{"<PERSON_1>\\n":"x"}'],
      ['not_a_placeholder', '{"<_PERSON_1>":"x"}'],
      ['not_a_placeholder', `{"<${'A'.repeat(33)}_1>":"x"}`],
      ['not_a_placeholder', '{"<A_1>":"x","0":"x"}'],
      ['not_a_placeholder', '{"":"x"}'],
      ['value_not_string', '{"<A_1>":1}', 0],
      ['value_not_string', '{"<A_1>":"x","<A_2>":null}', 1],
      ['value_not_string', '{"<A_1>":true}', 0],
      ['value_empty', '{"<A_1>":""}', 0],
      ['value_empty', '{"<A_1>":" \\t\\u00a0"}', 0],
      ['value_too_long', `{"<A_1>":"x","<A_2>":"${'x'.repeat(1025)}"}`, 1],
      ['value_too_long', `{"<A_1>":"${'\\ud83d\\udc69'.repeat(1025)}"}`, 0],
      ['value_too_long', `{"<A_1>":"${'x'.repeat(1025)}\\ud83d\\udc69"}`, 0],
      ['nul', '{"<A_1>":"a\\u0000"}'],
      ['lone_surrogate', '{"<A_1>":"\\ud83d"}'],
      ['lone_surrogate', '{"<A_1>":"\\udc69\\ud83d"}'],
      ['too_many_entries', entries(257)],
    ]),
  )('is refused with %s: %s', (reason, text, at) => {
    expect(refusal(() => one(MAPPING, text))).toEqual({
      code: 'pii_mapping_malformed',
      header: MAPPING,
      reason,
      ...at,
    });
    if (text === 'vault') return;
    expect(refusal(() => one(HISTORY, text))).toEqual({
      code: 'history_pii_mapping_malformed',
      header: HISTORY,
      reason,
      ...at,
    });
  });

  it.each(
    located<[string, unknown]>([
      ['not_object', null],
      ['not_object', []],
      ['not_object', '{"<A_1>":"x"}'],
      ['forbidden_key', JSON.parse('{"__proto__":"x"}')],
      ['not_a_placeholder', { A: 'x' }],
      ['value_not_string', { '<A_1>': { toString: 'x' } }, 0],
      ['value_empty', { '<A_1>': '' }, 0],
      ['nul', { '<A_1>': 'a\0' }, 0],
      ['lone_surrogate', { '<A_1>': 'x', '<A_2>': 'a\ud83d' }, 1],
      ['too_many_entries', JSON.parse(entries(257))],
    ]),
  )('is refused with %s in a body', (reason, value, at) => {
    expect(refusal(() => instructionsFromBody({ mapping: value }))).toEqual({
      code: 'pii_mapping_malformed',
      header: MAPPING,
      fields: ['pii.mapping'],
      reason,
      ...at,
    });
    expect(refusal(() => instructionsFromBody({ history: value }))).toMatchObject({
      code: 'history_pii_mapping_malformed',
      header: HISTORY,
      fields: ['pii.history'],
    });
  });

  it('is never quoted by a refusal', () => {
    const text = '{"<PERSON_1>":"secret-name","secret-key":"secret-name"}';
    expect(() => one(MAPPING, text)).toThrow(/^pii_mapping_malformed$/);
    expect(JSON.stringify(refusal(() => one(MAPPING, text)))).not.toContain('secret');
  });

  it('leaves the prototype of objects alone', () => {
    for (const text of ['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}']) {
      expect(() => one(MAPPING, text)).toThrow(CodedError);
    }
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  });
});

describe('the switch of automatic detection', () => {
  it.each<[string, PiiInstructions['auto']]>([
    ['true', true],
    ['false', false],
    ['PERSON', new Set(['PERSON'])],
    ['PERSON,EMAIL_ADDRESS', new Set(['PERSON', 'EMAIL_ADDRESS'])],
    ['PERSON , EMAIL_ADDRESS,PERSON', new Set(['PERSON', 'EMAIL_ADDRESS'])],
    ['STAR_SIGN', new Set(['STAR_SIGN'])],
    [Array.from({ length: 64 }, (_, at) => `T${at}`).join(), new Set(Array.from({ length: 64 }, (_, at) => `T${at}`))],
  ])('is read from %j', (text, auto) => {
    expect(one(AUTO, text)).toEqual({ auto });
    expect(instructionsFromStrings({ autoPiiMapping: text })).toEqual({ auto });
    expect(instructionsFromBody({ auto: text })).toEqual({ auto });
  });

  it.each<[unknown, PiiInstructions['auto']]>([
    [true, true],
    [false, false],
    [['PERSON', 'URL'], new Set(['PERSON', 'URL'])],
  ])('is read from %j in a body', (value, auto) => {
    expect(instructionsFromBody({ auto: value })).toEqual({ auto });
  });

  it.each(
    located<[string, string]>([
      ['not_an_entity_type', '', 0],
      ['not_an_entity_type', 'TRUE,', 0],
      ['not_an_entity_type', 'True', 0],
      ['not_an_entity_type', 'true,PERSON', 0],
      ['not_an_entity_type', 'PERSON,,URL', 1],
      ['not_an_entity_type', 'person', 0],
      ['not_an_entity_type', 'PERSON;URL', 0],
      ['not_an_entity_type', '["PERSON"]', 0],
      ['not_an_entity_type', `PERSON,${'A'.repeat(33)}`, 1],
      ['not_an_entity_type', '1', 0],
      ['too_many_types', 'A,'.repeat(64).concat('A')],
      ['too_many_types', ','.repeat(10_000)],
    ]),
  )('is refused with %s: %j', (reason, text, at) => {
    expect(refusal(() => one(AUTO, text))).toEqual({
      code: 'auto_pii_mapping_malformed',
      header: AUTO,
      reason,
      ...at,
    });
  });

  it.each([null, 1, {}, [], [1], ['PERSON', null], [['PERSON']]])('is refused in a body: %j', (auto) => {
    expect(refusal(() => instructionsFromBody({ auto }))).toMatchObject({
      code: 'auto_pii_mapping_malformed',
      fields: ['pii.auto'],
    });
  });
});

describe('positions', () => {
  it.each<[string, PiiInstructions['positions']]>([
    ['[]', []],
    ['[{"start":0,"end":1,"type":"PERSON"}]', [{ start: 0, end: 1, type: 'PERSON' }]],
    [
      '[{"type":"STAR_SIGN","end":8,"start":5},{"start":0,"end":5,"type":"URL"}]',
      [
        { start: 5, end: 8, type: 'STAR_SIGN' },
        { start: 0, end: 5, type: 'URL' },
      ],
    ],
  ])('are read from %s', (text, positions) => {
    expect(one(POSITIONS, text)).toEqual({ positions });
    expect(one(POSITIONS, base64url(text))).toEqual({ positions });
    expect(instructionsFromStrings({ piiPositions: text })).toEqual({ positions });
    expect(instructionsFromBody({ positions: JSON.parse(text) })).toEqual({ positions });
  });

  it('may be 256', () => {
    expect(one(POSITIONS, spans(256)).positions).toHaveLength(256);
  });

  it.each(
    located<[string, string, string]>([
      ['pii_positions_malformed', 'not_array', '{}'],
      ['pii_positions_malformed', 'not_json', '[{]'],
      ['pii_positions_malformed', 'not_json', '0-5'.concat('=')],
      ['pii_positions_malformed', 'not_json', '[{"start":NaN,"end":1,"type":"A"}]'],
      ['pii_positions_malformed', 'too_deep', '[{"start":[0],"end":1,"type":"A"}]'],
      ['pii_positions_malformed', 'duplicate_key', '[{"start":0,"start":0,"end":1,"type":"A"}]'],
      ['pii_positions_malformed', 'forbidden_key', '[{"start":0,"end":1,"__proto__":"A"}]'],
      ['pii_positions_malformed', 'lone_surrogate', '[{"start":0,"end":1,"type":"\\ud800"}]'],
      ['pii_positions_malformed', 'too_many_entries', spans(257)],
      ['pii_positions_malformed', 'not_object', '[{"start":0,"end":1,"type":"A"},5]', 1],
      ['pii_positions_malformed', 'not_object', '[[]]', 0],
      ['pii_positions_malformed', 'not_object', '[null]', 0],
      ['pii_positions_malformed', 'not_start_end_type', '[{}]', 0],
      ['pii_positions_malformed', 'not_start_end_type', '[{"start":0,"end":1}]', 0],
      ['pii_positions_malformed', 'not_start_end_type', '[{"start":0,"end":1,"type":"A","score":1}]', 0],
      ['pii_positions_malformed', 'not_start_end_type', '[{"start":0,"end":1,"Type":"A"}]', 0],
      ['pii_positions_malformed', 'not_integer', '[{"start":0.5,"end":1,"type":"A"}]', 0],
      ['pii_positions_malformed', 'not_integer', '[{"start":"0","end":1,"type":"A"}]', 0],
      ['pii_positions_malformed', 'not_integer', '[{"start":0,"end":null,"type":"A"}]', 0],
      ['pii_positions_malformed', 'not_integer', '[{"start":0,"end":1e999,"type":"A"}]', 0],
      ['pii_positions_malformed', 'not_integer', '[{"start":0,"end":9007199254740993,"type":"A"}]', 0],
      ['pii_positions_malformed', 'not_an_entity_type', '[{"start":0,"end":1,"type":"person"}]', 0],
      ['pii_positions_malformed', 'not_an_entity_type', '[{"start":0,"end":1,"type":""}]', 0],
      ['pii_positions_malformed', 'not_an_entity_type', '[{"start":0,"end":1,"type":5}]', 0],
      ['pii_positions_malformed', 'not_an_entity_type', `[{"start":0,"end":1,"type":"${'A'.repeat(33)}"}]`, 0],
      ['bad_span', 'outside_text', '[{"start":-1,"end":1,"type":"A"}]', 0],
      ['bad_span', 'empty', '[{"start":1,"end":1,"type":"A"}]', 0],
      ['bad_span', 'empty', '[{"start":0,"end":1,"type":"A"},{"start":5,"end":2,"type":"A"}]', 1],
      ['bad_span', 'overlap', '[{"start":0,"end":3,"type":"A"},{"start":2,"end":5,"type":"B"}]', 1],
      ['bad_span', 'overlap', '[{"start":2,"end":5,"type":"A"},{"start":0,"end":3,"type":"B"}]', 1],
      ['bad_span', 'overlap', '[{"start":0,"end":9,"type":"A"},{"start":2,"end":3,"type":"B"}]', 1],
      ['bad_span', 'overlap', '[{"start":0,"end":3,"type":"A"},{"start":0,"end":3,"type":"A"}]', 1],
      [
        'bad_span',
        'overlap',
        '[{"start":8,"end":9,"type":"A"},{"start":4,"end":6,"type":"A"},{"start":0,"end":5,"type":"A"}]',
        2,
      ],
    ]),
  )('are refused with %s, %s: %s', (code, reason, text, at) => {
    expect(refusal(() => one(POSITIONS, text))).toEqual({ code, header: POSITIONS, reason, ...at });
    expect(refusal(() => instructionsFromStrings({ piiPositions: text }))).toEqual({
      code,
      header: POSITIONS,
      reason,
      fields: ['piiPositions'],
      ...at,
    });
  });

  it('must fit the text, in code points', () => {
    const positions = [
      { start: 0, end: 5, type: 'A' },
      { start: 5, end: 6, type: 'A' },
    ];
    expect(() => checkSpansFit(positions, 6)).not.toThrow();
    expect(() => checkSpansFit([], 0)).not.toThrow();
    expect(refusal(() => checkSpansFit(positions, 5))).toEqual({
      code: 'bad_span',
      header: POSITIONS,
      reason: 'outside_text',
      index: 1,
    });
  });

  it('overlap exactly where two of them share a code point', () => {
    const span = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 6 }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 6 }), (list) => {
        const covered = list.flatMap(([start, length]) => Array.from({ length }, (_, at) => start + at));
        const positions = list.map(([start, length]) => ({ start, end: start + length, type: 'A' }));
        const act = () => instructionsFromBody({ positions });
        if (new Set(covered).size === covered.length) expect(act()).toEqual({ positions });
        else expect(refusal(act)).toMatchObject({ code: 'bad_span', reason: 'overlap' });
      }),
      { numRuns: 1000 },
    );
  });
});

describe('instructionsFromStrings', () => {
  it('reads all four and takes the empty text for none', () => {
    expect(
      instructionsFromStrings({
        piiMapping: '',
        autoPiiMapping: 'URL',
        piiPositions: '[]',
        chatHistoryPiiMapping: 'vault',
      }),
    ).toEqual({ auto: new Set(['URL']), positions: [], history: 'vault' });
    expect(instructionsFromStrings({})).toEqual({});
  });

  it.each([null, 1, true, {}, []])('refuses %j in place of a text', (value) => {
    expect(refusal(() => instructionsFromStrings({ autoPiiMapping: value }))).toEqual({
      code: 'auto_pii_mapping_malformed',
      header: AUTO,
      fields: ['autoPiiMapping'],
      reason: 'not_string',
    });
  });
});

describe('instructionsFromBody', () => {
  it('reads all four', () => {
    expect(instructionsFromBody({ mapping: {}, auto: true, positions: [], history: 'vault' })).toEqual({
      mapping: new Map(),
      auto: true,
      positions: [],
      history: 'vault',
    });
    expect(instructionsFromBody({})).toEqual({});
  });

  it.each([null, [], 'vault', 5, true])('refuses %j', (pii) => {
    expect(refusal(() => instructionsFromBody(pii))).toEqual({
      code: 'validation_failed',
      fields: ['pii'],
      reason: 'not_object',
    });
  });

  it.each(['{"Mapping":{}}', '{"mapping":{},"secret":1}', '{"__proto__":{}}', '{"toString":1}'])(
    'refuses the members of %s without naming them',
    (text) => {
      expect(refusal(() => instructionsFromBody(JSON.parse(text)))).toEqual({
        code: 'validation_failed',
        fields: ['pii'],
        reason: 'unknown_member',
      });
    },
  );
});

describe('answers', () => {
  it('are printable ASCII', () => {
    expect(mappingToHeader(new Map([['<PERSON_1>', 'Zoë \u{1f469}\u007f\n"$&']]))).toBe(
      '{"<PERSON_1>":"Zo\\u00eb \\ud83d\\udc69\\u007f\\n\\"$&"}',
    );
    expect(mappingToHeader(new Map())).toBe('{}');
  });

  it('carry of a position what a request may carry', () => {
    const position = { start: 0, end: 10, type: 'PERSON', placeholder: '<PERSON_1>' };
    expect(positionsToHeader([position])).toBe('[{"start":0,"end":10,"type":"PERSON"}]');
  });

  it('end at 4 KiB, each and together', () => {
    const fits = new Map([['<A_1>', 'x'.repeat(4096 - '{"<A_1>":""}'.length)]]);
    expect(mappingToHeader(fits)).toHaveLength(4096);
    expect(mappingToHeader(new Map([['<A_1>', `${fits.get('<A_1>')}x`]]))).toBeUndefined();
    expect(positionsToHeader(JSON.parse(spans(200)) as [])).toBeUndefined();
    expect(answerHeaders(fits, [])).toBeUndefined();
    const shorter = new Map([['<A_1>', 'x'.repeat(4096 - '{"<A_1>":""}[]'.length)]]);
    expect(answerHeaders(shorter, [])?.positions).toBe('[]');
  });

  it('come back as they were, for values of any script, byte for byte', () => {
    const placeholder = fc
      .tuple(fc.constantFrom('PERSON', 'EMAIL_ADDRESS', 'STAR_SIGN', 'A1_2'), fc.integer({ min: 1, max: 999_999 }))
      .map(([type, number]) => `<${type}_${number}>`);
    const value = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(storable),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(storable),
      fc.constantFrom('$&', '$`', "$'", '$$', '$1', '<PERSON_1>', '\\u0041', '\\', '"', 'a\u0301', '\u202eabc', '👩🏽‍💻'),
    );
    const anyMapping = fc.uniqueArray(fc.tuple(placeholder, value), { selector: ([key]) => key, maxLength: 10 });
    fc.assert(
      fc.property(anyMapping, (list) => {
        const original = new Map(list);
        const header = mappingToHeader(original);
        fc.pre(header !== undefined);
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        expect(one(MAPPING, header)).toEqual({ mapping: original });
        expect(one(MAPPING, base64url(JSON.stringify(Object.fromEntries(original))))).toEqual({ mapping: original });
        expect(instructionsFromBody({ mapping: Object.fromEntries(original) })).toEqual({ mapping: original });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a header with something changed', () => {
  const sound: readonly (readonly [string, string])[] = [
    [MAPPING, String.raw`{"<PERSON_1>":"Ada","<P_20>":"\u00e9\ud83d\ude00"}`],
    [MAPPING, base64url('{"<PERSON_1>":"Zoë"}')],
    [AUTO, 'PERSON,EMAIL_ADDRESS'],
    [POSITIONS, '[{"start":0,"end":3,"type":"PERSON"},{"start":3,"end":9,"type":"URL"}]'],
    [POSITIONS, base64url('[{"start":0,"end":3,"type":"PERSON"}]')],
    [HISTORY, '{"<PERSON_1>":"Ada"}'],
  ];
  const isSound = ({ mapping, positions = [] }: PiiInstructions): boolean =>
    [...(mapping ?? [])].every(
      ([key, value]) => /^<[A-Z][A-Z0-9_]{0,31}_[1-9][0-9]{0,5}>$/.test(key) && value.isWellFormed() && storable(value),
    ) &&
    positions.every(({ start, end, type }) => start >= 0 && start < end && /^[A-Z][A-Z0-9_]{0,31}$/.test(type)) &&
    positions
      .toSorted((a, b) => a.start - b.start)
      .every(({ end }, at, all) => end <= (all[at + 1]?.start ?? Infinity));

  it('is refused with a code, or still sound', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom('"', '\\u0000', '\\ud800', '{', ']', ',', '<', '-1', '1e9', '__proto__', '"a":1,', 'A='),
    );
    const mutation = fc.record({ which: fc.constantFrom(...sound), at: fc.nat(80), cut: fc.nat(4), put: piece });
    fc.assert(
      fc.property(mutation, ({ which: [header, text], at, cut, put }) => {
        const changed = text.slice(0, at) + put + text.slice(at + cut);
        try {
          expect([changed, isSound(one(header, changed))]).toEqual([changed, true]);
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
        }
      }),
      { numRuns: Math.min(RUNS, 100_000) },
    );
  }, 600_000);
});
