import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody, type PageBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Headers = Record<string, string>;
type Mapping = Readonly<Record<string, string>>;

const OFF: Headers = { 'X-Auto-Pii-Mapping': 'false' };
const VAULT: Headers = { 'X-Chat-History-Pii-Mapping': 'vault' };
const naming = (mapping: Mapping): Headers => ({ 'X-Pii-Mapping': JSON.stringify(mapping) });
const reading = (mapping: Mapping): Headers => ({ 'X-Chat-History-Pii-Mapping': JSON.stringify(mapping) });

/** Faults that other maskers were seen to have, one test each. */
describe('what goes wrong elsewhere', () => {
  let service: TestApp;
  let admin: Api;
  /** May see originals. */
  let officer: Api;
  let workspaceId: string;
  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
    workspaceId = (await admin.workspace()).id;
    const user = await admin.user('Officer', ['pii:rehydrate']);
    await admin.put(`/v1/workspaces/${workspaceId}/members/${user.id}`, { role: 'member', piiAccess: true });
    officer = user.api;
  });
  afterAll(() => service.close());

  const newChat = async () => (await admin.post<{ id: string }>('/chat', { workspaceId })).body.id;
  const send = async (chatId: string, message: string, headers: Headers = {}) =>
    (await admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message }, headers)).body;
  const masked = async (message: string, headers: Headers = {}) => (await send(await newChat(), message, headers)).text;
  const shown = async (chatId: string, headers: Headers) =>
    (await officer.get<PageBody<MessageBody>>(`/v1/chat/${chatId}/messages`, headers)).body.items.map(
      ({ message }) => message,
    );
  const restored = async (body: { text: string; mapping?: Mapping; chatId?: string }) =>
    (await officer.post<{ text: string }>('/v1/pii/rehydrate', body)).body.text;

  it('a name is cut out of a longer word', async () => {
    const chatId = await newChat();
    await send(chatId, 'The report by Ann', { ...OFF, ...naming({ '<PERSON_1>': 'Ann' }) });
    // The name is known to the chat now, and no part of another word unless the caller names it in this call.
    expect((await send(chatId, 'the Annual report, manually')).text).toBe('the Annual report, manually');
    expect(await masked('Annual leave is granted manually')).toBe('Annual leave is granted manually');
  });

  it('a placeholder that was typed is restored to somebody', async () => {
    const chatId = await newChat();
    const mapping = { '<PERSON_1>': 'Ada', '<PERSON_2>': 'Bob' };
    await send(chatId, 'Ada met Bob', { ...OFF, ...naming(mapping) });
    const typed = await send(chatId, 'who is <PERSON_2>?');
    expect([typed.message, typed.positions]).toEqual(['who is <PERSON_2>?', []]);
    for (const headers of [VAULT, reading(mapping)]) {
      expect(await shown(chatId, headers)).toEqual(['Ada met Bob', 'who is <PERSON_2>?']);
    }
  });

  it('a value that looks like a placeholder is restored in its turn', async () => {
    const chatId = await newChat();
    const mapping = { '<NOTE_1>': '<PERSON_2>', '<PERSON_2>': 'Bob' };
    await send(chatId, '[ <NOTE_1> ] by Bob', { ...OFF, ...naming(mapping) });
    for (const headers of [VAULT, reading(mapping)]) {
      expect(await shown(chatId, headers)).toEqual(['[ <PERSON_2> ] by Bob']);
    }
    expect(await restored({ text: '<NOTE_1> by <PERSON_2>', mapping })).toBe('<PERSON_2> by Bob');
    expect(await restored({ text: '<NOTE_1> by <PERSON_2>', chatId })).toBe('<PERSON_2> by Bob');
  });

  it('two values have one number, one value has two, or numbers begin anew with each message', async () => {
    const chatId = await newChat();
    const texts: string[] = [];
    for (const message of [
      'ada@example.org and bob@example.org',
      'bob@example.org, BOB@example.org, then cyd@example.org',
      'ada@example.org, dan@example.org',
    ]) {
      texts.push((await send(chatId, message)).text);
    }
    expect(texts).toEqual([
      '<EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>',
      '<EMAIL_ADDRESS_2>, <EMAIL_ADDRESS_2>, then <EMAIL_ADDRESS_3>',
      '<EMAIL_ADDRESS_1>, <EMAIL_ADDRESS_4>',
    ]);
    expect(await shown(chatId, VAULT)).toEqual([
      'ada@example.org and bob@example.org',
      'bob@example.org, bob@example.org, then cyd@example.org',
      'ada@example.org, dan@example.org',
    ]);
  });

  it('offsets drift behind an emoji', async () => {
    const message = '🎉👩‍🚀🇩🇪 mail ada@example.org 😀 or call +49 151 23456789 🎉';
    const { text, positions, message: own } = await send(await newChat(), message);
    expect(text).toBe('🎉👩‍🚀🇩🇪 mail <EMAIL_ADDRESS_1> 😀 or call <PHONE_NUMBER_1> 🎉');
    const characters = Array.from(text);
    expect(positions.map(({ start, end }) => characters.slice(start, end).join(''))).toEqual([
      '<EMAIL_ADDRESS_1>',
      '<PHONE_NUMBER_1>',
    ]);
    expect(own).toBe(message);
  });

  it.each([
    'ada@example.com',
    'Ada.Lovelace@example.com',
    'ada+parcels@example.com',
    "ada.o'hara@example.com",
    'ada_l-1815@mail.example.com',
    'zoë@example.com',
    '"ada lovelace"@example.com',
    'mailto:ada@example.com',
    'Ada Lovelace <ada@example.com>',
    'ada@example.com.',
    '(ada@example.com)',
    'ada [at] example [dot] com',
  ])('the domain of %s is left in clear', async (address) => {
    for (const headers of [{}, naming({ '<PERSON_1>': 'Ada', '<PERSON_2>': 'Ada Lovelace' })]) {
      const text = await masked(`write to ${address} please`, headers);
      expect(text).not.toMatch(/example|@/i);
      expect(text).toContain('<EMAIL_ADDRESS_1>');
    }
  });

  it('one of three values is masked', async () => {
    const three = 'ada@example.org, bob@example.org; cyd@example.org';
    expect(await masked(three)).toBe('<EMAIL_ADDRESS_1>, <EMAIL_ADDRESS_2>; <EMAIL_ADDRESS_3>');
    expect(await masked('ada@example.org ada@example.org ada@example.org')).toBe(
      '<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_1> <EMAIL_ADDRESS_1>',
    );
    expect(await masked('4111 1111 1111 1111, 5500 0000 0000 0004, 3400 000000 00009')).toBe(
      '<CREDIT_CARD_1>, <CREDIT_CARD_2>, <CREDIT_CARD_3>',
    );
    expect(await masked('x Ada y Ada z Ada', { ...OFF, ...naming({ '<PERSON_1>': 'Ada' }) })).toBe(
      'x <PERSON_1> y <PERSON_1> z <PERSON_1>',
    );
  });

  it.each([
    'order 1234567890123456 has shipped',
    'order number 4111111111111112',
    'Order #10293 and order no. 4929123456789',
    'invoice 2026-0000-4711-0001',
    'tracking 00340434161094042557',
    'id 1732546800000',
    'ticket 9007199254740991',
  ])('%s is taken for a card', async (message) => {
    expect(await masked(message)).not.toContain('CREDIT_CARD');
  });

  describe('a placeholder that a bot gives back escaped or in another case', () => {
    const FORMS = [
      '<PERSON_1>',
      '&lt;PERSON_1&gt;',
      '<person_1>',
      '&lt;Person_1&gt;',
      '&#60;PERSON_1&#62;',
      '&#x3C;PERSON_1&#x3e;',
    ];

    it('is not recognised in a text that is restored', async () => {
      const chatId = await newChat();
      await send(chatId, 'Ada', { ...OFF, ...naming({ '<PERSON_1>': 'Ada' }) });
      for (const form of FORMS) {
        expect(await restored({ text: `Dear ${form}!`, mapping: { '<PERSON_1>': 'Ada' } })).toBe('Dear Ada!');
        expect(await restored({ text: `Dear ${form}!`, chatId })).toBe('Dear Ada!');
      }
      expect(await restored({ text: FORMS.join(' '), chatId })).toBe(FORMS.map(() => 'Ada').join(' '));
    });

    it('is taken for one that the chat does not have', async () => {
      const chatId = await newChat();
      await send(chatId, 'Ada', { ...OFF, ...naming({ '<PERSON_1>': 'Ada' }) });
      const others = '&lt;PERSON_2&gt; <person_2> <PERSON_10> &lt;PERSON_1 <PERSON_1&g; &amp;lt;PERSON_1&amp;gt;';
      expect(await restored({ text: others, chatId })).toBe(others);
      expect(await restored({ text: FORMS.join(' '), mapping: { '<PERSON_3>': 'Eve' } })).toBe(FORMS.join(' '));
      expect(await restored({ text: FORMS.join(' '), chatId: await newChat() })).toBe(FORMS.join(' '));
    });

    it('is not recognised in a message whose caller names it', async () => {
      for (const form of FORMS) {
        const body = await send(await newChat(), `tell ${form} that`, { ...OFF, ...naming({ '<PERSON_1>': 'Ada' }) });
        expect([body.text, body.message]).toEqual(['tell <PERSON_1> that', 'tell Ada that']);
      }
    });

    it('is restored where it was merely typed, or its number given to somebody else', async () => {
      const chatId = await newChat();
      await send(chatId, 'Ada', { ...OFF, ...naming({ '<PERSON_1>': 'Ada' }) });
      const typed = FORMS.join(' ');
      const { text, positions } = await send(chatId, typed);
      expect([text, positions]).toEqual([typed, []]);
      expect(await shown(chatId, VAULT)).toEqual(['Ada', typed]);
      expect(await masked('&lt;EMAIL_ADDRESS_1&gt; <email_address_2> ada@example.org')).toBe(
        '&lt;EMAIL_ADDRESS_1&gt; <email_address_2> <EMAIL_ADDRESS_3>',
      );
    });
  });
});
