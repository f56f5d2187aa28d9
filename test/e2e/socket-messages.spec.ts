import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { messageString } from '../../src/auth/message-string.js';
import { MessagesService } from '../../src/chat/messages/messages.service.js';
import { Api, type MessageBody, type WorkspaceBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const EMOJI = '👩‍🚀';
const oneTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
const seqs = (messages: readonly MessageBody[]): number[] => messages.map(({ seq }) => seq);
const codeOf = (ack: AckBody): string | undefined => ack.error?.code;
const dataOf = (ack: AckBody): MessageBody => ack.data as MessageBody;
const page = async (client: ChatClient, payload: object) =>
  (await client.emit('history:get', payload)).data as { items: MessageBody[]; nextCursor: string | null };

describe('messages on the socket', () => {
  let service: TestApp;
  let admin: Api;
  let adminId: string;
  let privileged: Api;
  let workspace: WorkspaceBody;
  let chatId: string;
  const clients: ChatClient[] = [];

  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
    adminId = (await admin.get<{ id: string }>('/v1/users/me')).body.id;
    const key = await admin.post<{ key: string }>(`/v1/users/${adminId}/api-keys`, {
      name: 'pii',
      scopes: ['pii:rehydrate'],
    });
    privileged = new Api(service.url, key.body.key);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await service.close();
  });
  beforeEach(async () => {
    workspace = await admin.workspace();
    chatId = workspace.defaultChatId;
    await admin.put(`/v1/workspaces/${workspace.id}/members/${adminId}`, { role: 'owner', piiAccess: true });
  });

  const open = async (api = admin, auth: Readonly<Record<string, unknown>> = {}): Promise<ChatClient> => {
    const client = await ChatClient.open(api, chatId, auth);
    clients.push(client);
    return client;
  };
  const stored = async (): Promise<MessageBody[]> =>
    (await admin.get<{ items: MessageBody[] }>(`/v1/chat/${chatId}/messages?limit=200`)).body.items;

  describe('sending', () => {
    it('answers to the sender what REST answers, and shows everyone else the masked text only', async () => {
      const [sender, reader] = [await open(), await open()];
      const clientMessageId = randomUUID();
      const ack = await sender.send('mail Ada at ada@example.org', {
        clientMessageId,
        autoPiiMapping: 'EMAIL_ADDRESS',
      });
      expect(ack).toEqual({
        ok: true,
        data: {
          id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
          spaceId: workspace.id,
          chatId,
          seq: 1,
          senderId: adminId,
          clientMessageId,
          createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          message: 'mail Ada at ada@example.org',
          text: 'mail Ada at <EMAIL_ADDRESS_1>',
          positions: [{ start: 12, end: 29, type: 'EMAIL_ADDRESS', placeholder: '<EMAIL_ADDRESS_1>' }],
          piiMapping: { '<EMAIL_ADDRESS_1>': 'ada@example.org' },
        },
      });
      const [seen] = await reader.until<MessageBody>('message:created', 1);
      const { message: _message, piiMapping: _mapping, ...masked } = dataOf(ack);
      expect(seen).toEqual(masked);
      const posted = await admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, {
        message: 'x',
        clientMessageId: 'r',
      });
      expect(Object.keys(posted.body).toSorted()).toEqual(Object.keys(dataOf(ack)).toSorted());
    });

    it('replies to messages of the same chat only', async () => {
      const client = await open();
      const first = dataOf(await client.send('first'));
      expect(await client.send('answer', { replyTo: first.id })).toMatchObject({
        ok: true,
        data: { replyTo: first.id },
      });
      expect(codeOf(await client.send('answer', { replyTo: randomUUID() }))).toBe('message_not_found');
      expect(codeOf(await client.send('answer', { replyTo: 'first' }))).toBe('validation_failed');
      expect(seqs(await stored())).toEqual([1, 2]);
    });

    it('lets readers read and not post', async () => {
      const reader = await admin.user('Rea');
      await admin.put(`/v1/workspaces/${workspace.id}/members/${reader.id}`, { role: 'reader' });
      const [writing, reading] = [await open(), await open(reader.api)];
      expect(codeOf(await reading.send('let me'))).toBe('forbidden');
      await writing.send('for you');
      expect((await reading.until<MessageBody>('message:created', 1)).map(({ text }) => text)).toEqual(['for you']);
      expect((await reading.emit('history:get', {})).ok).toBe(true);
    });

    it('takes text of every script as it is, and refuses what cannot be stored', async () => {
      const client = await open();
      const texts = [
        '$& $1 $`',
        EMOJI,
        'مرحبا',
        '<PERSON_1>',
        '"\\n"',
        ' \t ',
        '\u202e',
        '<script>',
        'x'.repeat(20_000),
      ];
      for (const text of texts) {
        expect(await client.send(text, { autoPiiMapping: 'false' })).toMatchObject({ ok: true, data: { text } });
      }
      expect((await stored()).map(({ text }) => text)).toEqual(texts);
      expect(codeOf(await client.send(''))).toBe('validation_failed');
      expect(codeOf(await client.send('a\0b'))).toBe('invalid_text');
      expect(codeOf(await client.send('ok', { clientMessageId: 'no spaces' }))).toBe('validation_failed');
      expect(codeOf(await client.send('ok', { clientMessageId: 'x'.repeat(65) }))).toBe('validation_failed');
      expect(codeOf(await client.send('ok', { clientMessageId: '4111111111111111' }))).toBe('pii_in_identifier');
      expect(seqs(await stored())).toEqual(oneTo(texts.length));
    });
  });

  describe('PII twins', () => {
    it('hold a mapping escaped, in base64url or as it is', async () => {
      const client = await open();
      const mapping = JSON.stringify({ '<PERSON_1>': 'Zoë 東京' });
      const escaped = mapping.replace(
        /[^\0-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      for (const piiMapping of [mapping, escaped, Buffer.from(mapping).toString('base64url')]) {
        expect(await client.send('Zoë 東京 was here', { piiMapping, autoPiiMapping: 'false' })).toMatchObject({
          ok: true,
          data: { text: '<PERSON_1> was here', piiMapping: { '<PERSON_1>': 'Zoë 東京' } },
        });
      }
      const chatHistoryPiiMapping = mapping;
      const ack = await client.emit('history:get', { limit: 1, chatHistoryPiiMapping });
      expect(ack.data).toMatchObject({ items: [{ message: 'Zoë 東京 was here' }] });
    });

    it('masks by position, mapping and detection, in this precedence', async () => {
      const client = await open();
      const ack = await client.send(`${EMOJI} Ada bo@example.org Bob`, {
        piiPositions: JSON.stringify([{ start: 4, end: 7, type: 'PERSON' }]),
        piiMapping: JSON.stringify({ '<NICK_7>': 'Bob', '<WRONG_1>': 'Ada' }),
        autoPiiMapping: 'EMAIL_ADDRESS',
      });
      expect(dataOf(ack)).toMatchObject({
        text: `${EMOJI} <PERSON_1> <EMAIL_ADDRESS_1> <NICK_7>`,
        piiMapping: { '<PERSON_1>': 'Ada', '<EMAIL_ADDRESS_1>': 'bo@example.org', '<NICK_7>': 'Bob' },
      });
    });

    it('takes base64url and escapes as the headers do', async () => {
      const client = await open();
      const mapping = { '<PERSON_1>': 'Zoë $& 株式会社' };
      const forms = [
        JSON.stringify(mapping),
        Buffer.from(JSON.stringify(mapping)).toString('base64url'),
        '{"<PERSON_1>":"Zo\\u00eb $& \\u682a\\u5f0f\\u4f1a\\u793e"}',
      ];
      for (const piiMapping of forms) {
        const ack = await client.send('to Zoë $& 株式会社!', { piiMapping, autoPiiMapping: 'false' });
        expect(dataOf(ack)).toMatchObject({
          text: 'to <PERSON_1>!',
          piiMapping: mapping,
          message: 'to Zoë $& 株式会社!',
        });
      }
    });

    it('masks values of a mapping within words, each of four thousand letters if need be', async () => {
      const client = await open();
      const named = { piiMapping: '{"<NAME_1>":"Müller","<LETTER_1>":"a"}', autoPiiMapping: 'false' };
      expect(dataOf(await client.send('bei Müllers, MÜLLERIN', named)).text).toBe('bei <NAME_1>s, <NAME_1>IN');
      const message = 'a'.repeat(4_000);
      const { text, ...rest } = dataOf(await client.send(message, named));
      expect([text, rest.message]).toEqual(['<LETTER_1>'.repeat(4_000), message]);
    });

    it('keeps the placeholder of a value across senders and transports', async () => {
      const [one, two] = [await open(), await open()];
      const first = dataOf(await one.send('ada@example.org'));
      const again = dataOf(await two.send('write to Ada@Example.ORG and bo@example.org'));
      const rest = await admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message: 'bo@example.org' });
      expect(first.text).toBe('<EMAIL_ADDRESS_1>');
      expect(again.text).toBe('write to <EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>');
      expect(rest.body.text).toBe('<EMAIL_ADDRESS_2>');
    });

    it.each([
      [{ piiMapping: '{' }, 'pii_mapping_malformed'],
      [{ piiMapping: '[]' }, 'pii_mapping_malformed'],
      [{ piiMapping: '{"PERSON_1":"Ada"}' }, 'pii_mapping_malformed'],
      [{ piiMapping: '{"<PERSON_1>":"Ada","<PERSON_1>":"Bob"}' }, 'pii_mapping_malformed'],
      [{ piiMapping: '{"__proto__":"Ada"}' }, 'pii_mapping_malformed'],
      [{ piiMapping: '{"<PERSON_1>":""}' }, 'pii_mapping_malformed'],
      [{ piiMapping: '{"<PERSON_1>":{"a":1}}' }, 'pii_mapping_malformed'],
      [{ autoPiiMapping: 'maybe so' }, 'auto_pii_mapping_malformed'],
      [{ piiPositions: '{}' }, 'pii_positions_malformed'],
      [{ piiPositions: '[{"start":0,"end":99,"type":"PERSON"}]' }, 'bad_span'],
      [{ piiPositions: '[{"start":3,"end":3,"type":"PERSON"}]' }, 'bad_span'],
      [{ piiPositions: '[{"start":0,"end":3,"type":"PERSON"},{"start":2,"end":4,"type":"PERSON"}]' }, 'bad_span'],
    ])('refuses %j', async (instructions, code) => {
      const client = await open();
      const ack = await client.send('Ada and Bob', instructions);
      expect(codeOf(ack)).toBe(code);
      expect(JSON.stringify(ack)).not.toContain('Ada');
      expect(await stored()).toEqual([]);
    });

    it('does not let a client switch masking off where the policy requires it', async () => {
      await admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { mode: 'required' } });
      const client = await open();
      expect(codeOf(await client.send('ada@example.org', { autoPiiMapping: 'false' }))).toBe('masking_required');
      expect(dataOf(await client.send('ada@example.org')).text).toBe('<EMAIL_ADDRESS_1>');
    });
  });

  describe('message strings', () => {
    it('refuses one that is missing, of another form, or made over anything else', async () => {
      const client = await open();
      const missing = [undefined, null, ''];
      for (const given of missing) {
        expect(codeOf(await client.send('a', {}, { messageString: given }))).toBe('message_string_missing');
      }
      expect((await client.send('still alive')).ok).toBe(true);
    });

    it.each([
      [{ message: 'b' }],
      [{ clientMessageId: 'other' }],
      [{ counter: 2 }],
      [{ counter: -1 }],
      [{ piiMapping: '{}' }],
      [{ autoPiiMapping: 'false' }],
      [{ piiPositions: '[]' }],
      [{ replyTo: '019aa000-0000-7000-8000-000000000000' }],
      [{ messageString: 7 }],
      [{ messageString: ['ms1_'] }],
      [{ messageString: `ms1_${'A'.repeat(43)}` }],
    ])('refuses one whose payload was altered: %j', async (change) => {
      const client = await open();
      expect(codeOf(await client.send('a', {}, change))).toBe('message_string_invalid');
      expect(await stored()).toEqual([]);
    });

    it('is good for one session, one event and one use', async () => {
      const [client, other] = [await open(), await open()];
      const payload = client.signed('mine');
      expect(codeOf(await other.emit('message:send', payload))).toBe('message_string_invalid');
      const { connectionString, messageKey } = await ticketFor(admin, chatId);
      const third = await ChatClient.open(
        admin,
        chatId,
        {},
        { connectionString, messageKey, expiresAt: '', sessionExpiresAt: '' },
      );
      clients.push(third);
      const pieces = {
        sessionId: third.session?.sessionId ?? '',
        counter: 1,
        chatId,
        clientMessageId: 'e',
        message: 'e',
      };
      const forEdit = messageString(Buffer.from(messageKey, 'base64url'), { ...pieces, event: 'message:edit' });
      const edit = { message: 'e', clientMessageId: 'e', counter: 1, messageString: forEdit };
      expect(codeOf(await third.emit('message:send', edit))).toBe('message_string_invalid');

      expect((await client.emit('message:send', payload)).ok).toBe(true);
      expect(codeOf(await client.emit('message:send', payload))).toBe('message_replayed');
      const [two, three] = [client.signed('two'), client.signed('three')];
      expect((await client.emit('message:send', three)).ok).toBe(true);
      expect(codeOf(await client.emit('message:send', two))).toBe('message_replayed');
      expect((await stored()).map(({ text }) => text)).toEqual(['mine', 'three']);
    });

    it('ends the session after five bad ones', async () => {
      const client = await open();
      const closed = client.closed();
      for (const _ of oneTo(5)) expect((await client.send('a', {}, { message: 'b' })).ok).toBe(false);
      await closed;
      expect(client.of('session:ended')).toEqual([{ code: 'too_many_bad_messages', reconnect: false }]);
      expect(await stored()).toEqual([]);
    });

    it('counts no payload among the bad ones that no string can have been made over', async () => {
      const client = await open();
      const malformed = [
        { counter: '1' },
        { counter: 1.5 },
        { counter: Number.MAX_VALUE },
        { counter: undefined },
        { message: { toString: 'a' } },
        { piiMapping: { '<PERSON_1>': 'Ada' } },
        { clientMessageId: null },
        { mentions: 'Ada' },
      ];
      for (const change of malformed) {
        expect([change, codeOf(await client.send('a', {}, change))]).toEqual([change, 'malformed_payload']);
      }
      for (const _ of oneTo(5))
        expect(codeOf(await client.send('a', {}, { mentions: ['Ada'] }))).toBe('validation_failed');
      expect((await client.send('fine')).ok).toBe(true);
      expect((await stored()).map(({ text }) => text)).toEqual(['fine']);
    });

    it('counts neither refused messages nor other events among the bad ones', async () => {
      const client = await open();
      for (const _ of oneTo(6)) {
        expect(codeOf(await client.send('', {}))).toBe('validation_failed');
        expect(codeOf(await client.emit('history:get', { limit: 0 }))).toBe('validation_failed');
      }
      expect((await client.send('fine')).ok).toBe(true);
    });
  });

  describe('clientMessageId', () => {
    it('answers a repetition with the first result, over the socket, REST and both at once', async () => {
      const [client, watcher] = [await open(), await open()];
      const first = dataOf(await client.send('once ada@example.org', { clientMessageId: 'k-1' }));
      const again = dataOf(await client.send('once ada@example.org', { clientMessageId: 'k-1' }));
      expect(again).toEqual(first);
      const rest = await admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, {
        message: 'once ada@example.org',
        clientMessageId: 'k-1',
      });
      expect(rest.body).toEqual(first);

      const body = { message: 'twice', clientMessageId: 'k-2' };
      const answers = await Promise.all([
        ...oneTo(5).map(async () => dataOf(await client.send('twice', { clientMessageId: 'k-2' }))),
        ...oneTo(5).map(async () => (await admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, body)).body),
      ]);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
      expect((await stored()).map(({ text }) => text)).toEqual(['once <EMAIL_ADDRESS_1>', 'twice']);
      await client.send('end');
      expect(seqs(await watcher.until<MessageBody>('message:created', 3))).toEqual([1, 2, 3]);
    });

    it('answers another text under the same id with the first message, and none of the new text', async () => {
      const client = await open();
      const first = dataOf(await client.send('call ada@example.org', { clientMessageId: 'k' }));
      const other = dataOf(await client.send('call bo@example.org', { clientMessageId: 'k' }));
      expect(other).toMatchObject({ id: first.id, seq: first.seq, text: first.text, positions: first.positions });
      expect(JSON.stringify(other)).not.toContain('bo@example.org');
      expect(await stored()).toHaveLength(1);
    });

    it('is a matter of each sender and each chat', async () => {
      const member = await admin.user('Mo');
      await admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
      const [mine, theirs] = [await open(), await open(member.api)];
      expect(dataOf(await mine.send('mine', { clientMessageId: 'k' })).seq).toBe(1);
      expect(dataOf(await theirs.send('theirs', { clientMessageId: 'k' }))).toMatchObject({ seq: 2, text: 'theirs' });
    });
  });

  describe('order', () => {
    it('is gapless and the same for all readers of many senders', async () => {
      const senders = await Promise.all(oneTo(6).map(() => open()));
      const readers = [...senders, await open(admin, {})];
      const acks = await Promise.all(
        oneTo(300).map((n) =>
          (senders[n % 6] ?? (senders[0] as ChatClient)).send(n % 3 ? `plain ${n}` : `mail p${n}@example.org`),
        ),
      );
      expect(acks.filter(({ ok }) => !ok)).toEqual([]);
      const views = await Promise.all(readers.map((reader) => reader.until<MessageBody>('message:created', 300)));
      for (const view of views) {
        expect(seqs(view)).toEqual(oneTo(300));
        expect(view.map(({ id }) => id)).toEqual(views[0]?.map(({ id }) => id));
      }
    });

    it('of one sender is kept when some messages bring new values and others do not', async () => {
      const client = await open();
      const texts = oneTo(120).map((n) => (n % 4 === 0 ? `${n} is p${n}@example.org` : `${n} is plain`));
      const first = dataOf(await client.send('warm up'));
      const acks = await Promise.all(texts.map((text, n) => client.send(text, n === 50 ? { replyTo: first.id } : {})));
      expect(acks.map((ack) => dataOf(ack).message)).toEqual(texts);
      expect(acks.map((ack) => dataOf(ack).seq)).toEqual(oneTo(120).map((n) => n + 1));
    });

    it('is that of seq across socket and REST', async () => {
      const [client, reader] = [await open(), await open()];
      await Promise.all(
        oneTo(100).map((n) =>
          n % 2 ? client.send(`s${n}`) : admin.post(`/v1/chat/${chatId}/messages`, { message: `r${n}` }),
        ),
      );
      const seen = await reader.until<MessageBody>('message:created', 100);
      expect(seqs(seen)).toEqual(oneTo(100));
      expect((await stored()).map(({ id }) => id)).toEqual(seen.map(({ id }) => id));
    });
  });

  describe('acks', () => {
    const payloads: unknown[] = [
      undefined,
      null,
      0,
      1,
      '',
      'text',
      true,
      [],
      [1, 2],
      {},
      { a: 1 },
      [[]],
      { constructor: 1 },
    ];
    const events = [
      'chat:connect',
      'chat:disconnect',
      'message:send',
      'history:get',
      'message:edit',
      'constructor',
      '',
    ];

    it.each(events)('always come for %j, whatever the payload', async (event) => {
      for (const payload of payloads) {
        const client = await open();
        const ack = await client.emit(event, payload);
        if (!ack.ok) {
          expect(ack.error).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), retryable: expect.any(Boolean) });
          expect(ack.error?.code).not.toBe('internal');
        }
        client.close();
      }
    });

    it('come for an event without any payload, with several, and with none asked for', async () => {
      const client = await open();
      const bare = (event: string, ...args: unknown[]): Promise<AckBody> =>
        client.socket.timeout(5_000).emitWithAck(event, ...args) as Promise<AckBody>;
      expect(codeOf(await bare('no:such'))).toBe('unknown_event');
      expect(codeOf(await bare('message:send'))).toBe('message_string_missing');
      expect((await bare('history:get')).ok).toBe(true);
      expect(codeOf(await bare('history:get', {}, {}))).toBe('malformed_payload');
      expect(codeOf(await bare('no:such', 1, 2, 3))).toBe('unknown_event');
      client.socket.emit('message:send');
      client.socket.emit('no:such', {});
      expect((await bare('chat:disconnect')).ok).toBe(true);
      expect(codeOf(await bare('history:get'))).toBe('session_required');
      expect(codeOf(await client.send('gone'))).toBe('session_required');
      expect((await bare('chat:disconnect')).ok).toBe(false);
    });

    it('do not repeat the payload, nor does the log', async () => {
      const client = await open();
      const canary = `canary-${randomUUID()}`;
      for (const event of ['message:send', 'history:get', 'chat:connect', canary]) {
        expect(JSON.stringify(await client.emit(event, { [canary]: canary, message: canary }))).not.toContain(canary);
      }
      expect(service.logs.join('')).not.toContain(canary);
    });

    it('come with an internal fault, which the process survives', async () => {
      const client = await open();
      const messages = service.app.get(MessagesService, { strict: false });
      const history = messages.history.bind(messages);
      messages.history = () => {
        throw new TypeError('secret of the fault');
      };
      const ack = await client.emit('history:get', {});
      messages.history = history;
      expect(codeOf(ack)).toBe('internal');
      expect(JSON.stringify(ack)).not.toContain('secret');
      expect((await client.emit('history:get', {})).ok).toBe(true);
    });
  });

  describe('payloads', () => {
    const messageId = '01890f3e-7b1a-7cc2-b1c4-0123456789ab';
    it.each([
      ['history:get', { before: {} }],
      ['history:get', { cursor: 5 }],
      ['history:get', []],
      ['edits:get', {}],
      ['edits:get', { messageId: 7 }],
      ['reaction:set', { messageId, on: true }],
      ['reaction:set', { messageId: null, reaction: '👍', on: true }],
      ['reaction:set', { messageId, reaction: '👍', on: 'yes' }],
      ['pin:set', { pinned: true }],
      ['typing:set', {}],
      ['typing:set', { typing: 1 }],
      ['read:set', { seq: '1' }],
      ['read:set', { seq: 1, more: true }],
      ['presence:get', { limit: '2' }],
      ['attachment:finish', { messageId }],
      ['attachment:get', { messageId, attachmentId: messageId, accessReason: 1 }],
      ['chat:connect', { chatId: messageId, connectionString: 'x', lastSeq: '1' }],
    ])('of another shape are malformed: %s %j', async (event, payload) => {
      expect(codeOf(await (await open()).emit(event, payload))).toBe('malformed_payload');
    });

    it.each([
      ['history:get', { limit: 0 }],
      ['edits:get', { messageId: 'x' }],
      ['reaction:set', { messageId, reaction: 'x', on: true }],
      ['pin:set', { messageId: '', pinned: true }],
      ['read:set', { seq: -1 }],
      ['presence:get', { limit: 201 }],
      ['attachment:finish', { messageId, attachmentId: 'x' }],
      ['chat:connect', { chatId: messageId, connectionString: 'x', lastSeq: -1 }],
    ])('with a value that cannot be meant are answered as over REST: %s %j', async (event, payload) => {
      expect(codeOf(await (await open()).emit(event, payload))).toBe('validation_failed');
    });

    it('of a message are told apart alike', async () => {
      const client = await open();
      // In a message string, what is absent and what is empty are the same.
      expect(codeOf(await client.send(''))).toBe('validation_failed');
      expect(codeOf(await client.send('', {}, { message: undefined }))).toBe('malformed_payload');
      expect(codeOf(await client.send('x', { clientMessageId: '' }))).toBe('validation_failed');
      expect(codeOf(await client.send('x', { clientMessageId: '' }, { clientMessageId: undefined }))).toBe(
        'malformed_payload',
      );
      expect(codeOf(await client.send('x', {}, { more: 1 }))).toBe('malformed_payload');
    });
  });

  describe('history:get', () => {
    it('reads in both directions, to the end', async () => {
      const client = await open();
      for (const n of oneTo(7)) await client.send(`m${n}`);
      expect(seqs((await page(client, {})).items)).toEqual(oneTo(7));
      expect(seqs((await page(client, { before: 4 })).items)).toEqual([1, 2, 3]);
      expect(seqs((await page(client, { after: 5 })).items)).toEqual([6, 7]);
      expect(seqs((await page(client, { after: 7 })).items)).toEqual([]);
      const back: number[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const { items, nextCursor } = await page(client, { limit: 3, ...(cursor !== undefined && { cursor }) });
        back.unshift(...seqs(items));
        cursor = nextCursor;
      }
      expect(back).toEqual(oneTo(7));
      const forth: number[] = [];
      for (let at: object | undefined = { after: 0 }; at;) {
        const { items, nextCursor }: { items: MessageBody[]; nextCursor: string | null } = await page(client, {
          limit: 2,
          ...at,
        });
        forth.push(...seqs(items));
        at = nextCursor === null ? undefined : { cursor: nextCursor };
      }
      expect(forth).toEqual(oneTo(7));
    });

    it.each([
      { limit: 0 },
      { limit: 201 },
      { limit: 1.5 },
      { limit: 'all' },
      { before: -1 },
      { after: 'x' },
      { before: 1, after: 1 },
      { cursor: 'x', before: 1 },
      { after: Number.MAX_VALUE },
    ])('refuses %j', async (payload) => {
      expect(codeOf(await (await open()).emit('history:get', payload))).toBe('validation_failed');
    });

    it('puts values back from the own mapping, and from the vault for who may', async () => {
      const member = await admin.user('Mo', ['pii:rehydrate']);
      await admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
      const [plain, entitled] = [await open(member.api), await open(privileged)];
      await plain.send('typed <EMAIL_ADDRESS_1> and real ada@example.org');
      const [masked] = (await page(plain, {})).items;
      expect(masked?.message).toBeUndefined();
      expect(masked?.text).toBe('typed <EMAIL_ADDRESS_1> and real <EMAIL_ADDRESS_2>');

      const mapping = JSON.stringify({ '<EMAIL_ADDRESS_1>': 'wrong', '<EMAIL_ADDRESS_2>': 'my own' });
      const [own] = (await page(plain, { chatHistoryPiiMapping: mapping })).items;
      expect(own?.message).toBe('typed <EMAIL_ADDRESS_1> and real my own');
      expect(codeOf(await plain.emit('history:get', { chatHistoryPiiMapping: 'vault' }))).toBe('pii_access_required');
      expect(codeOf(await plain.emit('history:get', { chatHistoryPiiMapping: 'Vault' }))).toBe(
        'history_pii_mapping_malformed',
      );
      const [real] = (await page(entitled, { chatHistoryPiiMapping: 'vault' })).items;
      expect(real?.message).toBe('typed <EMAIL_ADDRESS_1> and real ada@example.org');
    });
  });

  describe('sessions with rehydrate', () => {
    it('need piiAccess and the scope', async () => {
      await expect(open(admin, { rehydrate: true })).rejects.toMatchObject({ data: { code: 'pii_access_required' } });
      const member = await admin.user('Mo', ['pii:rehydrate']);
      await admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
      await expect(open(member.api, { rehydrate: true })).rejects.toMatchObject({
        data: { code: 'pii_access_required' },
      });
    });

    it('carry originals in order; the frames of others stay masked', async () => {
      const entitled = await open(privileged, { rehydrate: true });
      const [sender, other] = [await open(), await open()];
      const texts = oneTo(30).map((n) => (n % 2 ? `plain ${n}` : `mail p${n}@example.org`));
      for (const text of texts) void sender.send(text);
      const shown = await entitled.until<MessageBody>('message:created', 30);
      expect(shown.map(({ message }) => message)).toEqual(texts);
      expect(seqs(shown)).toEqual(oneTo(30));
      await other.until('message:created', 30);
      expect(JSON.stringify(other.received)).not.toContain('@example.org');
      expect(JSON.stringify(sender.of('message:created'))).not.toContain('@example.org');

      const again = await open(privileged, { rehydrate: true, lastSeq: 10 });
      const missed = again.of<MessageBody>('message:created');
      expect(missed.map(({ message }) => message)).toEqual(texts.slice(10));
      const masked = await open(privileged, { lastSeq: 10 });
      expect(JSON.stringify(masked.received)).not.toContain('@example.org');
    });

    it('get each message once and in order, also when they join in the middle of it', async () => {
      const sender = await open();
      const first = await open(privileged, { rehydrate: true });
      const sent = Promise.all(oneTo(150).map((n) => sender.send(`mail q${n}@example.org`)));
      const joining = await Promise.all(oneTo(5).map(() => open(privileged, { rehydrate: true, lastSeq: 0 })));
      await sent;
      for (const client of [first, ...joining]) {
        expect(seqs(await client.until<MessageBody>('message:created', 150))).toEqual(oneTo(150));
      }
    });

    it('replay more than an answer may hold', async () => {
      const sender = await open();
      const long = 'x'.repeat(3_000);
      await Promise.all(oneTo(120).map((n) => sender.send(`${n} ${long}`, { autoPiiMapping: 'false' })));
      const client = await open(privileged, { rehydrate: true, lastSeq: 0 });
      expect(client.session?.recovered).toBe(true);
      expect(seqs(client.of<MessageBody>('message:created'))).toEqual(oneTo(120));
    });
  });
});

describe('limits of a socket', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp({
      RATE_LIMIT_SOCKET_PER_SECOND: '1',
      RATE_LIMIT_SOCKET_BURST: '5',
      RATE_LIMIT_GUEST_PER_MINUTE: '6',
    });
  });
  afterAll(() => service.close());

  it('answers what is too much with rate_limited and when to come again', async () => {
    const { defaultChatId } = await service.admin.workspace();
    const client = await ChatClient.open(service.admin, defaultChatId);
    const acks = await Promise.all(oneTo(9).map((n) => client.send(`m${n}`)));
    expect(acks.filter(({ ok }) => ok)).toHaveLength(5);
    expect(acks[8]).toMatchObject({ ok: false, error: { code: 'rate_limited', retryable: true, retryAfter: 1 } });
    client.close();
  });

  it('counts what a guest does over all of their sockets and calls', async () => {
    const guest = new Api(service.url);
    const { defaultChatId } = await service.admin.workspace({ visibility: 'public' });
    const [one, two] = [await ChatClient.open(guest, defaultChatId), await ChatClient.open(guest, defaultChatId)];
    const acks: AckBody[] = [];
    for (const n of oneTo(3)) acks.push(await one.send(`m${n}`), await two.send(`m${n}`));
    expect(acks.map(({ error }) => error?.code)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      'rate_limited',
      'rate_limited',
    ]);
    one.close();
    two.close();
  });
});
