import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { Api, type MessageBody, type PageBody, refusal } from '../support/api.js';
import { rawCall } from '../support/raw-http.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Headers = Record<string, string>;
type Mapping = Readonly<Record<string, string>>;

const EMAIL = 'ada@example.org';
const ZERO_WIDTH = '\u200b';

/** JSON in ASCII, as every language writes it into a header. */
const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const asMapping = (mapping: Mapping): Headers => ({ 'X-Pii-Mapping': ascii(mapping) });
const asPositions = (...positions: readonly (readonly [number, number, string])[]): Headers => ({
  'X-Pii-Positions': ascii(positions.map(([start, end, type]) => ({ start, end, type }))),
});
const OFF: Headers = { 'X-Auto-Pii-Mapping': 'false' };

const own = (text: string) => `{"<PERSON_1>":${text}}`;
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const many = (count: number) =>
  ascii(Object.fromEntries(Array.from({ length: count }, (_, n) => [`<P_${n + 1}>`, 'x'])));
const spans = (...items: unknown[]) => JSON.stringify(items);
const span = (start: unknown, end: unknown, type: unknown = 'PERSON') => ({ start, end, type });
const entries = (count: number, length: number): Mapping =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`<P_${n + 1}>`, `${n}-`.padEnd(length, 'x')]));

const person = (n: number) => `person${n}@example.org`;

describe('PII headers', () => {
  let service: TestApp;
  let admin: Api;
  let workspaceId: string;
  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
    workspaceId = (await admin.workspace()).id;
  });
  afterAll(() => service.close());

  /** A chat in which nothing has a number yet. */
  const newChat = async () => (await admin.post<{ id: string }>('/chat', { workspaceId })).body.id;
  const send = (chatId: string, message: string, headers: Headers = {}, as = admin) =>
    as.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message }, headers);
  /** What a fresh chat makes of a message. */
  const masked = async (message: string, headers: Headers = {}) => {
    const { status, body } = await send(await newChat(), message, headers);
    expect([message, status, body.message]).toEqual([message, 201, message]);
    const characters = Array.from(body.text);
    for (const { start, end, placeholder, type } of body.positions) {
      expect(characters.slice(start, end).join('')).toBe(placeholder);
      expect(placeholder.startsWith(`<${type}_`)).toBe(true);
    }
    return body;
  };
  const stored = async (chatId: string, headers: Headers = {}) =>
    (await admin.get<PageBody<MessageBody>>(`/v1/chat/${chatId}/messages`, headers)).body.items;

  describe('X-Pii-Mapping', () => {
    it('replaces every occurrence of a value, in any of its forms', async () => {
      const mapping = { '<PERSON_1>': 'Zoë', '<CITY_1>': '東京' };
      const expected = 'hi <PERSON_1>, <PERSON_1> of <CITY_1>';
      for (const form of [ascii(mapping), base64url(mapping), Buffer.from(ascii(mapping)).toString('base64url')]) {
        const body = await masked('hi Zoë, Zoë of 東京', { ...OFF, 'X-Pii-Mapping': form });
        expect([body.text, body.piiMapping]).toEqual([expected, mapping]);
      }
    });

    it('replaces each of four thousand letters, or refuses what would grow too long', async () => {
      const mapping = { '<PERSON_1>': 'a' };
      const chatId = await newChat();
      const message = 'a'.repeat(4_000);
      const { status, body } = await send(chatId, message, { ...OFF, ...asMapping(mapping) });
      expect([status, body.message, body.positions.length]).toEqual([201, message, 4_000]);
      expect(body.text).toBe('<PERSON_1>'.repeat(4_000));
      const [item] = await stored(chatId, { 'X-Chat-History-Pii-Mapping': ascii(mapping) });
      expect(item?.message).toBe(message);
      const tooLong = send(chatId, 'a'.repeat(30_000), { ...OFF, ...asMapping(mapping) });
      expect(await refusal(tooLong)).toBe('413 payload_too_large');
    });

    it('may name placeholders that the message holds already', async () => {
      const chatId = await newChat();
      const { body } = await send(chatId, 'ask <PERSON_4> and Ada', { ...OFF, ...asMapping({ '<PERSON_4>': 'Ada' }) });
      expect(body).toMatchObject({
        message: 'ask Ada and Ada',
        text: 'ask <PERSON_4> and <PERSON_4>',
        piiMapping: { '<PERSON_4>': 'Ada' },
      });
    });

    it('keeps types that the service does not know, and may say nothing', async () => {
      expect((await masked('my Foo', { ...OFF, ...asMapping({ '<A_VERY_OWN_TYPE_7>': 'Foo' }) })).text).toBe(
        'my <A_VERY_OWN_TYPE_7>',
      );
      for (const none of ['{}', 'e30', 'your_pii_mapping', ascii({ '<PERSON_1>': 'absent' })]) {
        expect((await masked('my Foo', { 'X-Pii-Mapping': none })).positions).toEqual([]);
      }
    });

    it('finds values within words, too, and in another case or spelling', async () => {
      const mapping = asMapping({ '<PERSON_1>': 'Ann' });
      expect((await masked('Annual Ann, HanAnn', { ...OFF, ...mapping })).text).toBe(
        '<PERSON_1>ual <PERSON_1>, Han<PERSON_1>',
      );
      expect((await masked('ANN', { ...OFF, ...mapping })).text).toBe('<PERSON_1>');
      expect((await masked('Ａｎｎ', { ...OFF, ...mapping })).text).toBe('<PERSON_1>');
    });

    it('carries values of any script and with any replacement pattern, byte for byte', async () => {
      const values = ['$&', "$1$`$'", '\\', '"', '\u202Eabc', '𝒳👩‍🚀', 'مرحبا', '\u0007', 'a\r\nb', '<PERSON_2>', '%00'];
      for (const value of values) {
        const chatId = await newChat();
        const headers = { ...OFF, ...asMapping({ '<THING_1>': value }) };
        const { body } = await send(chatId, `[ ${value} ]`, headers);
        expect([body.message, body.text, body.piiMapping]).toEqual([
          `[ ${value} ]`,
          '[ <THING_1> ]',
          { '<THING_1>': value },
        ]);
        const [item] = await stored(chatId, { 'X-Chat-History-Pii-Mapping': ascii({ '<THING_1>': value }) });
        expect(item?.message).toBe(`[ ${value} ]`);
      }
    });

    it('is replaced in one pass: what a value says is never looked at again', async () => {
      const chatId = await newChat();
      const mapping = { '<A_1>': 'see <B_1>', '<B_1>': 'see <A_1>', '<C_1>': '<C_1><C_1>' };
      const { body } = await send(chatId, '<A_1> <B_1> <C_1>', { ...OFF, ...asMapping(mapping) });
      expect(body.message).toBe('see <B_1> see <A_1> <C_1><C_1>');
      expect(body.text).toBe('<A_1> <B_1> <C_1>');
      const [item] = await stored(chatId, { 'X-Chat-History-Pii-Mapping': ascii(mapping) });
      expect(item?.message).toBe('see <B_1> see <A_1> <C_1><C_1>');
    });

    it('tells <P_1> from <P_10>, and both from what looks like them', async () => {
      const mapping = { '<P_1>': 'one', '<P_10>': 'ten' };
      const chatId = await newChat();
      const text = '<P_1><P_10> <P_1 P_1> <P_01> <p_2> <P_100> <P_1_> <P_1>';
      const { body } = await send(chatId, text, { ...OFF, ...asMapping(mapping) });
      expect(body.message).toBe('oneten <P_1 P_1> <P_01> <p_2> <P_100> <P_1_> one');
      const [item] = await stored(chatId, {
        'X-Chat-History-Pii-Mapping': ascii({ '<P_100>': 'hundred', ...mapping }),
      });
      expect(item?.message).toBe(body.message);
    });
  });

  describe('X-Pii-Positions', () => {
    it('counts code points in the message that is sent, and in the text that is answered', async () => {
      const message = '👩‍🚀 𝒳 Bob 🇩🇪 x';
      const at = Array.from(message).indexOf('B');
      const body = await masked(message, { ...OFF, ...asPositions([at, at + 3, 'PERSON'], [4, 5, 'LETTER']) });
      expect(body.text).toBe('👩‍🚀 <LETTER_1> <PERSON_1> 🇩🇪 x');
      expect(body.positions).toEqual([
        { start: 4, end: 14, type: 'LETTER', placeholder: '<LETTER_1>' },
        { start: 15, end: 25, type: 'PERSON', placeholder: '<PERSON_1>' },
      ]);
      expect(body.piiMapping).toEqual({ '<PERSON_1>': 'Bob', '<LETTER_1>': '𝒳' });
    });

    it('may come in any order, in base64url, touch, and cover everything', async () => {
      const spans = [
        { start: 3, end: 6, type: 'B' },
        { start: 0, end: 3, type: 'A' },
      ];
      const body = await masked('abcdef', { ...OFF, 'X-Pii-Positions': base64url(spans) });
      expect(body.text).toBe('<A_1><B_1>');
      expect((await masked('abc', { ...OFF, 'X-Pii-Positions': '[]' })).text).toBe('abc');
    });

    it('may cover what looks like a placeholder, which then is a value as any other', async () => {
      const chatId = await newChat();
      const { body } = await send(chatId, 'x <PERSON_1>', { ...OFF, ...asPositions([2, 12, 'PERSON']) });
      expect(body.piiMapping).toEqual({ '<PERSON_1>': '<PERSON_1>' });
      expect(body.message).toBe('x <PERSON_1>');
    });
  });

  describe('X-Auto-Pii-Mapping', () => {
    const text = `${EMAIL} 4111 1111 1111 1111`;

    it('is what the policy says unless it is told: true, false, or types', async () => {
      const all = '<EMAIL_ADDRESS_1> <CREDIT_CARD_1>';
      expect((await masked(text)).text).toBe(all);
      expect((await masked(text, { 'X-Auto-Pii-Mapping': 'true' })).text).toBe(all);
      expect((await masked(text, OFF)).text).toBe(text);
      expect((await masked(text, { 'X-Auto-Pii-Mapping': 'EMAIL_ADDRESS' })).text).toBe(
        '<EMAIL_ADDRESS_1> 4111 1111 1111 1111',
      );
      expect((await masked(text, { 'X-Auto-Pii-Mapping': ' CREDIT_CARD , EMAIL_ADDRESS' })).text).toBe(all);
    });

    it('finds values that hide behind Unicode', async () => {
      const table: readonly [string, string][] = [
        [`mail a${ZERO_WIDTH}da@example${ZERO_WIDTH}.org now`, 'mail <EMAIL_ADDRESS_1> now'],
        ['card ４１１１ １１１１ １１１１ １１１１', 'card <CREDIT_CARD_1>'],
        ['mail ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ', 'mail <EMAIL_ADDRESS_1>'],
        ['IBAN DE89 3704 0044 0532 0130 00', 'IBAN <IBAN_CODE_1>'],
        ['call +49 151 23456789', 'call <PHONE_NUMBER_1>'],
      ];
      for (const [message, expected] of table) expect((await masked(message)).text).toBe(expected);
    });
  });

  describe('precedence', () => {
    it('is positions, then mapping, then detection, and nothing of a detected value is left in clear', async () => {
      const mapping = asMapping({ '<HANDLE_1>': 'ada@example' });
      expect((await masked(`to ${EMAIL}`, mapping)).text).toBe('to <HANDLE_1>.<EMAIL_ADDRESS_1>');
      const both = { ...mapping, ...asPositions([3, 6, 'PERSON']) };
      expect((await masked(`to ${EMAIL}`, both)).text).toBe('to <PERSON_1>@<EMAIL_ADDRESS_1>');
      expect((await masked(`to ${EMAIL}`, { ...asPositions([3, 18, 'CONTACT']) })).text).toBe('to <CONTACT_1>');
    });

    it('is the longer, then the earlier among equals', async () => {
      const mapping = asMapping({ '<A_1>': 'Ada', '<B_1>': 'Ada Byron', '<C_1>': 'Byron King' });
      expect((await masked('Ada Byron King', { ...OFF, ...mapping })).text).toBe('<A_1> <C_1>');
      expect((await masked('Ada Byron, Ada', { ...OFF, ...mapping })).text).toBe('<B_1>, <A_1>');
      const equals = asMapping({ '<X_1>': 'a b', '<Y_1>': 'b c' });
      expect((await masked('a b c', { ...OFF, ...equals })).text).toBe('<X_1> c');
    });
  });

  describe('placeholders of a chat', () => {
    it('stay with a value for good, across messages, senders and spellings', async () => {
      const chatId = await newChat();
      const bob = await admin.user('Bob');
      await admin.put(`/workspaces/${workspaceId}/members/${bob.id}`, { role: 'member' });
      expect((await send(chatId, `${EMAIL}, bob@example.org`)).body.text).toBe('<EMAIL_ADDRESS_1>, <EMAIL_ADDRESS_2>');
      const { body } = await send(chatId, 'BOB@example.org, Ada@Example.Org, eve@example.org', {}, bob.api);
      expect(body.text).toBe('<EMAIL_ADDRESS_2>, <EMAIL_ADDRESS_1>, <EMAIL_ADDRESS_3>');
      expect(body.message).toBe('BOB@example.org, Ada@Example.Org, eve@example.org');
      expect((await send(await newChat(), 'bob@example.org')).body.text).toBe('<EMAIL_ADDRESS_1>');
    });

    it('are given by what values mean', async () => {
      const table: readonly [string, string][] = [
        ['Ada@Example.org', 'ａｄａ@example.ORG'],
        ['+49 151 23456789', '+4915123456789'],
        ['4111 1111 1111 1111', '4111-1111-1111-1111'],
        ['DE89 3704 0044 0532 0130 00', 'DE89370400440532013000'],
      ];
      for (const [one, other] of table) {
        const chatId = await newChat();
        const [first] = (await send(chatId, `it is ${one}`)).body.positions;
        const [second] = (await send(chatId, `it is ${other}`)).body.positions;
        expect([one, first?.placeholder]).toEqual([one, expect.stringMatching(/_1>$/)]);
        expect(second?.placeholder).toBe(first?.placeholder);
      }
    });

    it('survive a restart, and two servers that bring the same new value at the same instant', async () => {
      const chatId = await newChat();
      await send(chatId, person(0));
      const second = await startTestApp({}, service);
      try {
        const there = new Api(second.url, service.adminKey);
        expect((await send(chatId, person(0), {}, there)).body.text).toBe('<EMAIL_ADDRESS_1>');
        for (let round = 0; round < 6; round += 1) {
          const values = Array.from({ length: 5 }, (_, n) => person(1 + round * 5 + n));
          const answers = await Promise.all(
            Array.from({ length: 8 }, (_, n) =>
              send(chatId, (n % 3 ? values : values.toReversed()).join(' '), {}, n % 2 ? there : admin),
            ),
          );
          const mappings = answers.map(({ status, body }) => [status, new Map(Object.entries(body.piiMapping ?? {}))]);
          for (const mapping of mappings) expect(mapping).toEqual(mappings[0]);
        }
        const names = new Set((await stored(chatId)).flatMap(({ positions }) => positions.map((p) => p.placeholder)));
        expect(names.size).toBe(31);
      } finally {
        await second.close();
      }
    });

    it('take the lowest number that is free and not typed', async () => {
      const chatId = await newChat();
      const { body } = await send(chatId, `<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_3> is ${EMAIL}, b@example.org`);
      expect(body.text).toBe('<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_3> is <EMAIL_ADDRESS_2>, <EMAIL_ADDRESS_4>');
      expect((await send(chatId, 'c@example.org')).body.text).toBe('<EMAIL_ADDRESS_1>');
      expect((await send(chatId, 'd@example.org')).body.text).toBe('<EMAIL_ADDRESS_3>');
    });

    it('are proposed by the caller: kept where free, renumbered where not, never with another meaning', async () => {
      const chatId = await newChat();
      const say = async (message: string, mapping: Mapping) =>
        (await send(chatId, message, { ...OFF, ...asMapping(mapping) })).body;
      expect((await say('Ada', { '<PERSON_3>': 'Ada' })).text).toBe('<PERSON_3>');
      // Taken by Ada: Bob gets the lowest free number, and the answer says which.
      const bob = await say('Bob met <PERSON_3>', { '<PERSON_3>': 'Bob' });
      expect([bob.text, bob.piiMapping, bob.message]).toEqual([
        '<PERSON_1> met <PERSON_1>',
        { '<PERSON_1>': 'Bob' },
        'Bob met Bob',
      ]);
      // Known as <PERSON_3>: another proposal changes nothing.
      expect((await say('Ada', { '<PERSON_9>': 'Ada' })).text).toBe('<PERSON_3>');
      expect((await say('Ada', { '<WOMAN_1>': 'Ada' })).text).toBe('<PERSON_3>');
      // Two proposals that cross.
      const crossed = await say('Ada and Bob', { '<PERSON_1>': 'Ada', '<PERSON_3>': 'Bob' });
      expect([crossed.text, crossed.piiMapping]).toEqual([
        '<PERSON_3> and <PERSON_1>',
        { '<PERSON_3>': 'Ada', '<PERSON_1>': 'Bob' },
      ]);
      expect((await say('Eve', { '<PERSON_999999>': 'Eve' })).text).toBe('<PERSON_999999>');
      expect((await say('Cyd', { '<PERSON_3>': 'Cyd' })).text).toBe('<PERSON_2>');
    });
  });

  describe('what somebody typed', () => {
    it('stays what it is for every reader, whatever the chat has under that name', async () => {
      const key = await admin.post<{ key: string }>(
        `/users/${(await admin.get<{ id: string }>('/users/me')).body.id}/api-keys`,
        { name: 'x', scopes: ['pii:rehydrate'] },
      );
      const { id, defaultChatId } = await admin.workspace();
      const me = (await admin.get<{ id: string }>('/users/me')).body.id;
      await admin.put(`/workspaces/${id}/members/${me}`, { role: 'owner', piiAccess: true });
      const entitled = new Api(service.url, key.body.key);
      await send(defaultChatId, EMAIL);
      const typed = 'who is <EMAIL_ADDRESS_1>?';
      const { body } = await send(defaultChatId, typed);
      expect([body.text, body.message, body.positions, body.piiMapping]).toEqual([typed, typed, [], {}]);
      for (const source of ['vault', ascii({ '<EMAIL_ADDRESS_1>': EMAIL })]) {
        const { status, body: page } = await entitled.get<PageBody<MessageBody>>(`/v1/chat/${defaultChatId}/messages`, {
          'X-Chat-History-Pii-Mapping': source,
        });
        expect([status, page.items.map(({ message }) => message)]).toEqual([200, [EMAIL, typed]]);
      }
    });
  });

  describe('malformed', () => {
    const mappings: Record<string, string> = {
      empty: '',
      junk: 'junk',
      'no JSON': '{"<PERSON_1>":',
      array: '[]',
      string: '"x"',
      null: 'null',
      'base64url of no JSON': Buffer.from('hello').toString('base64url'),
      'base64url with padding': `${base64url({ '<P_1>': 'xx' })}=`,
      'base64url of broken UTF-8': Buffer.from('{"<P_1>":"\xff"}', 'latin1').toString('base64url'),
      'duplicate key': '{"<PERSON_1>":"a","<PERSON_1>":"b"}',
      'duplicate key, escaped': '{"<PERSON_1>":"a","<PERSON_\\u0031>":"b"}',
      __proto__: '{"__proto__":{"admin":true}}',
      constructor: '{"constructor":"x"}',
      prototype: '{"prototype":"x"}',
      '__proto__ in base64url': Buffer.from('{"__proto__":"x"}').toString('base64url'),
      'too deep': own('{"a":"b"}'),
      'a thousand deep': own(deep(1_000)),
      'key that is no placeholder': '{"PERSON_1":"Ada"}',
      'key with 0': '{"<PERSON_0>":"Ada"}',
      'key in lower case': '{"<person_1>":"Ada"}',
      'key too long': `{"<${'A'.repeat(33)}_1>":"Ada"}`,
      'empty value': own('""'),
      'blank value': own('" \\t"'),
      'value too long': own(`"${'x'.repeat(1_025)}"`),
      'value no string': own('5'),
      'value null': own('null'),
      'value with NUL': own('"a\\u0000b"'),
      'value with a lone surrogate': own('"a\\ud800b"'),
      'over 256 entries': many(257),
    };
    const positions: Record<string, [string, string]> = {
      empty: ['', 'pii_positions_malformed'],
      junk: ['x', 'pii_positions_malformed'],
      object: ['{}', 'pii_positions_malformed'],
      'not an object': [spans(5), 'pii_positions_malformed'],
      'too deep': [spans({ start: 0, end: 1, type: ['A'] }), 'pii_positions_malformed'],
      'member missing': [spans({ start: 0, end: 1 }), 'pii_positions_malformed'],
      'member too many': [spans({ ...span(0, 1), text: 'x' }), 'pii_positions_malformed'],
      'no integer': [spans(span(0.5, 1)), 'pii_positions_malformed'],
      'number as text': [spans(span('0', 1)), 'pii_positions_malformed'],
      'no number': ['[{"start":0,"end":1e999,"type":"A"}]', 'pii_positions_malformed'],
      'type in lower case': [spans(span(0, 1, 'person')), 'pii_positions_malformed'],
      'duplicate key': ['[{"start":0,"start":0,"end":1,"type":"A"}]', 'pii_positions_malformed'],
      __proto__: ['[{"__proto__":{},"start":0,"end":1,"type":"A"}]', 'pii_positions_malformed'],
      'over 256': [spans(...Array.from({ length: 257 }, () => span(0, 1))), 'pii_positions_malformed'],
      negative: [spans(span(-1, 1)), 'bad_span'],
      'start = end': [spans(span(1, 1)), 'bad_span'],
      'start > end': [spans(span(2, 1)), 'bad_span'],
      'outside the text': [spans(span(0, 100)), 'bad_span'],
      'outside by one, counted in code points': [spans(span(0, 8)), 'bad_span'],
      overlap: [spans(span(0, 2), span(1, 3)), 'bad_span'],
      'the same twice': [spans(span(0, 2), span(0, 2)), 'bad_span'],
    };
    const autos: readonly string[] = [
      '',
      'yes',
      'True',
      'TRUE',
      'EMIAL_ADDRESS',
      'FALSE',
      'email',
      'EMAIL_ADDRESS,',
      'true,false',
      '1',
      'A B',
      many(65),
    ];

    let chatId: string;
    const message = 'a 👩‍🚀 b'; // 7 code points, 9 UTF-16 units
    const raw = (headers: readonly string[], body: unknown = { message: 'secret' }) =>
      rawCall(
        `${service.url}/v1/chat/${chatId}/messages`,
        'POST',
        ['X-API-Key', service.adminKey, 'Content-Type', 'application/json', ...headers],
        JSON.stringify(body),
      );
    beforeAll(async () => {
      chatId = await newChat();
    });
    afterAll(async () => {
      const database = new Pool({ connectionString: service.database.url, max: 1 });
      const { rows } = await database.query(
        `SELECT (SELECT count(*)::int FROM messages WHERE chat_id = $1) AS messages,
                (SELECT count(*)::int FROM pii_entries WHERE chat_id = $1) AS entries`,
        [chatId],
      );
      await database.end();
      expect(rows).toEqual([{ messages: 0, entries: 0 }]);
      expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
    });

    it('mappings are 400 with code, header and reason, never a value', async () => {
      for (const [what, value] of Object.entries(mappings)) {
        for (const [header, code] of [
          ['X-Pii-Mapping', 'pii_mapping_malformed'],
          ['X-Chat-History-Pii-Mapping', 'history_pii_mapping_malformed'],
        ] as const) {
          const { status, body, text } = await raw([header, value]);
          expect([what, status, body['code'], body['header'], typeof body['reason']]).toEqual([
            what,
            400,
            code,
            header,
            'string',
          ]);
          expect(text).not.toMatch(/secret|Ada|xxx/);
        }
        const onHistory = await rawCall(`${service.url}/v1/chat/${chatId}/messages`, 'GET', [
          'X-API-Key',
          service.adminKey,
          'X-Chat-History-Pii-Mapping',
          value,
        ]);
        expect([what, onHistory.status]).toEqual([what, 400]);
      }
    });

    it('mappings in the body are 400 too', async () => {
      const bodies: Record<string, unknown> = {
        array: [],
        string: '{"<PERSON_1>":"Ada"}',
        null: null,
        'key that is no placeholder': { PERSON_1: 'Ada' },
        'empty value': { '<PERSON_1>': '' },
        'blank value': { '<PERSON_1>': ' \t' },
        'value too long': { '<PERSON_1>': 'x'.repeat(1_025) },
        'value no string': { '<PERSON_1>': 5 },
        'value in a list': { '<PERSON_1>': ['Ada'] },
        'over 256 entries': JSON.parse(many(257)),
      };
      for (const [what, mapping] of Object.entries(bodies)) {
        const { status, body, text } = await raw([], { message: 'secret', pii: { mapping } });
        expect([what, status, body['code']]).toEqual([what, 400, 'pii_mapping_malformed']);
        expect(text).not.toMatch(/secret|Ada|xxx/);
      }
      for (const pii of [null, 'x', [], 5, { mappings: {} }, { mapping: {}, x: 1 }]) {
        const { status, body } = await raw([], { message: 'secret', pii });
        expect([pii, status, body['code']]).toEqual([pii, 400, 'validation_failed']);
      }
    });

    it('positions are 400, naming the span', async () => {
      for (const [what, [value, code]] of Object.entries(positions)) {
        const { status, body, text } = await raw(['X-Pii-Positions', value], { message });
        expect([what, status, body['code']]).toEqual([what, 400, code]);
        if (code === 'bad_span') expect(body['index']).toEqual(expect.any(Number));
        expect(text).not.toContain('👩');
        if (value === '' || value.includes('__proto__') || value.includes('"start":0,"start"')) continue;
        let parsed: unknown;
        try {
          parsed = JSON.parse(value);
        } catch {
          continue;
        }
        const inBody = await raw([], { message, pii: { positions: parsed } });
        expect([what, inBody.status, inBody.body['code']]).toEqual([what, 400, code]);
      }
    });

    it('instructions to detect are 400', async () => {
      for (const auto of autos) {
        const { status, body } = await raw(['X-Auto-Pii-Mapping', auto]);
        expect([auto, status, body['code']]).toEqual([auto, 400, 'auto_pii_mapping_malformed']);
      }
      for (const auto of [null, 5, {}, [], ['email'], [5], 'yes']) {
        const { status, body } = await raw([], { message: 'secret', pii: { auto } });
        expect([auto, status, body['code']]).toEqual([auto, 400, 'auto_pii_mapping_malformed']);
      }
    });

    it('headers are those that are not ASCII or come twice, on every route that reads them', async () => {
      for (const header of ['X-Pii-Mapping', 'X-Auto-Pii-Mapping', 'X-Pii-Positions', 'X-Chat-History-Pii-Mapping']) {
        const utf8 = Buffer.from('{"<PERSON_1>":"Zoë"}').toString('latin1');
        const notAscii = await raw([header, utf8]);
        expect([notAscii.status, notAscii.body['code'], notAscii.body['header']]).toEqual([
          400,
          'header_not_ascii',
          header,
        ]);
        for (const other of [header, header.toLowerCase()]) {
          const twice = await raw([header, '{}', other, '{}']);
          expect([twice.status, twice.body['code'], twice.body['header']]).toEqual([400, 'duplicate_header', header]);
        }
        const split = await raw([header, '["a"', header, '"b"]']);
        expect(split.body['code']).toBe('duplicate_header');
      }
    });

    it('is to send instructions in headers and in the body', async () => {
      const pii = { auto: true };
      for (const header of [
        ['X-Pii-Mapping', '{}'],
        ['X-Auto-Pii-Mapping', 'true'],
        ['X-Pii-Positions', '[]'],
        ['X-Chat-History-Pii-Mapping', 'vault'],
      ]) {
        const { status, body } = await raw(header, { message: 'secret', pii });
        expect([status, body['code']]).toEqual([400, 'pii_header_and_body']);
        expect((await raw(header, { message: 'secret', pii: {} })).body['code']).toBe('pii_header_and_body');
      }
    });

    it('leaves nothing behind when a chat turns out to be full of holes', async () => {
      // A mapping that would be new to the chat, in a call that fails for another reason.
      const good = ['X-Pii-Mapping', '{"<PERSON_1>":"secret"}'];
      expect((await raw([...good, 'X-Pii-Positions', '[{"start":0,"end":99,"type":"A"}]'])).status).toBe(400);
      expect((await raw(good, { message: 'secret', replyTo: chatId })).status).toBe(404);
      expect((await raw([...good, 'Idempotency-Key', 'a b'])).status).toBe(400);
      expect((await raw(good, { message: 'secret', clientMessageId: 'a b' })).status).toBe(400);
    });
  });

  describe('limits', () => {
    it('of headers are 16 KiB together, beyond which Node answers 431; a body may hold more', async () => {
      const chatId = await newChat();
      const fits = entries(150, 80);
      const tooMuch = entries(200, 80);
      expect(ascii(fits).length).toBeGreaterThan(13_000);
      expect((await send(chatId, `it is ${fits['<P_9>']}`, asMapping(fits))).body.text).toBe('it is <P_9>');
      const refused = await rawCall(
        `${service.url}/v1/chat/${chatId}/messages`,
        'POST',
        ['X-API-Key', service.adminKey, 'Content-Type', 'application/json', 'X-Pii-Mapping', ascii(tooMuch)],
        '{"message":"x"}',
      );
      expect([refused.status, refused.body['code']]).toEqual([431, 'headers_too_large']);
      const inBody = await admin.post<MessageBody>(`/chat/${chatId}/messages`, {
        message: `it is ${tooMuch['<P_199>']} of ${EMAIL} and Bob`,
        pii: {
          mapping: tooMuch,
          auto: ['EMAIL_ADDRESS'],
          positions: [{ start: 110, end: 113, type: 'PERSON' }],
          history: {},
        },
      });
      expect([inBody.status, inBody.body.text]).toEqual([201, 'it is <P_199> of <EMAIL_ADDRESS_1> and <PERSON_1>']);
      expect(
        (await admin.post(`/v1/spaces/${workspaceId}/chat`, { message: 'x', pii: { mapping: tooMuch } })).status,
      ).toBe(200);
    });

    it('of a rehydrated message are 256 KiB, of what is sent and of a page of history', async () => {
      const chatId = await newChat();
      const mapping = { '<P_1>': 'x'.repeat(1_000) };
      const post = (count: number) =>
        admin.post<MessageBody>(`/chat/${chatId}/messages`, {
          message: '<P_1>'.repeat(count),
          pii: { mapping, auto: false },
        });
      expect(await refusal(post(300))).toBe('413 payload_too_large');
      const sent = await post(200);
      expect([sent.status, sent.body.message?.length]).toEqual([201, 200_000]);
      const page = () =>
        admin.get<PageBody<MessageBody>>(`/chat/${chatId}/messages`, { 'X-Chat-History-Pii-Mapping': ascii(mapping) });
      expect((await page()).body.items[0]?.message).toHaveLength(200_000);
      await post(200);
      expect(await refusal(page())).toBe('413 payload_too_large');
      expect((await admin.get(`/chat/${chatId}/messages`)).status).toBe(200);
    });

    it('of a masked message are bounded as well, since placeholders may be longer than values', async () => {
      const chatId = await newChat();
      const name = `<${'A'.repeat(32)}_1>`;
      const post = (count: number) =>
        admin.post<MessageBody>(`/chat/${chatId}/messages`, {
          message: '. '.repeat(count),
          pii: { mapping: { [name]: '.' }, auto: false },
        });
      expect((await post(1_000)).status).toBe(201);
      expect(await refusal(post(30_000))).toBe('413 payload_too_large');
      expect(await stored(chatId)).toHaveLength(1);
    });

    it('of an answer’s headers are 4 KiB, beyond which both are left out', async () => {
      const chatId = await newChat();
      const small = await send(chatId, `Zoë 👩‍🚀 ${EMAIL}`, asMapping({ '<PERSON_1>': 'Zoë' }));
      const mapping = small.headers.get('x-pii-mapping') ?? '';
      expect(JSON.parse(mapping)).toEqual(small.body.piiMapping);
      expect(mapping).toMatch(/^[\x20-\x7e]+$/);
      expect(JSON.parse(small.headers.get('x-pii-positions') ?? '')).toEqual(
        small.body.positions.map(({ start, end, type }) => ({ start, end, type })),
      );
      expect(small.headers.get('cache-control')).toBe('no-store');
      // What came back can be sent again: the message stays the same.
      const again = await send(await newChat(), small.body.message ?? '', { 'X-Pii-Mapping': mapping });
      expect(again.body.text).toBe(small.body.text);

      const big = {
        '<P_1>': 'x'.repeat(1_000),
        '<P_2>': 'x'.repeat(999),
        '<P_3>': 'x'.repeat(998),
        '<P_4>': 'x'.repeat(996),
      };
      const large = await send(chatId, Object.values(big).join(' '), asMapping(big));
      expect(large.body.piiMapping).toEqual(big);
      expect(large.headers.has('x-pii-mapping') || large.headers.has('x-pii-positions')).toBe(false);
      expect(large.headers.get('cache-control')).toBe('no-store');
    });
  });
});
