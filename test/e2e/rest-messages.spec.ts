import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody, type PageBody, type ProblemBody, refusal, type WorkspaceBody } from '../support/api.js';
import { rawBytes, rawCall } from '../support/raw-http.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Message = MessageBody & { readonly replyTo?: string; readonly clientMessageId?: string; readonly spaceId: string };

const BODY_LIMIT = 64 * 1024;
const ORIGIN = 'https://desk.example.test';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const nested = (depth: number) => `{"message":"x","pii":${'['.repeat(depth)}${']'.repeat(depth)}}`;

describe('messages over REST', () => {
  let service: TestApp;
  let admin: Api;
  let space: WorkspaceBody;
  beforeAll(async () => {
    service = await startTestApp({ ALLOWED_ORIGINS: ORIGIN, RATE_LIMIT_GUEST_PER_MINUTE: '10000' });
    ({ admin } = service);
    space = await admin.workspace();
  });
  afterAll(() => service.close());

  const newChat = async () => (await admin.post<{ id: string }>('/chat', { workspaceId: space.id })).body.id;
  const send = (chatId: string, body: unknown, headers: Record<string, string> = {}) =>
    admin.post<Message>(`/chat/${chatId}/messages`, body, headers);
  const history = async (chatId: string, query = '') =>
    (await admin.get<PageBody<Message>>(`/chat/${chatId}/messages${query}`)).body;
  const seqs = async (chatId: string, query = '') => (await history(chatId, query)).items.map(({ seq }) => seq);
  /** Sends bytes that no JSON serialiser would make. */
  const sendRaw = (body: string | Buffer, headers: readonly string[] = ['Content-Type', 'application/json']) =>
    rawCall(`${service.url}/v1/spaces/${space.id}/chat`, 'POST', ['X-API-Key', service.adminKey, ...headers], body);
  const ask = (origin: string, method = 'GET', extra: readonly string[] = []) =>
    rawCall(`${service.url}/v1/users/me`, method, ['X-API-Key', service.adminKey, 'Origin', origin, ...extra]);

  describe('sending', () => {
    it('answers 201 on a chat and 200 on a space, with the message as its sender meant it', async () => {
      const chatId = await newChat();
      const { status, body } = await send(chatId, { message: 'mail ada@example.org' });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{14}7/),
        spaceId: space.id,
        chatId,
        seq: 1,
        senderId: (await admin.get<{ id: string }>('/users/me')).body.id,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        message: 'mail ada@example.org',
        text: 'mail <EMAIL_ADDRESS_1>',
        positions: [{ start: 5, end: 22, type: 'EMAIL_ADDRESS', placeholder: '<EMAIL_ADDRESS_1>' }],
        piiMapping: { '<EMAIL_ADDRESS_1>': 'ada@example.org' },
      });
      const path = `/v1/spaces/${space.id}/chat`;
      const inSpace = await admin.post<Message>(path, { message: 'hello' });
      expect([inSpace.status, inSpace.body.chatId]).toEqual([200, space.defaultChatId]);
      expect([inSpace.body.positions, inSpace.body.piiMapping]).toEqual([[], {}]);
      const named = await admin.post<Message>(path, { message: 'hello', chatId });
      expect([named.status, named.body.chatId, named.body.seq]).toEqual([200, chatId, 2]);
    });

    it('is found in the history of chat and space alike, masked', async () => {
      const chatId = await newChat();
      const sent = (await send(chatId, { message: 'mail ada@example.org' })).body;
      const { message: _message, piiMapping: _piiMapping, ...shown } = sent;
      expect(await history(chatId)).toEqual({ items: [shown], nextCursor: null });
      const inSpace = await admin.get<PageBody<Message>>(`/v1/spaces/${space.id}/chat?chatId=${chatId}`);
      expect(inSpace.body).toEqual({ items: [shown], nextCursor: null });
      expect(inSpace.text).not.toContain('example');
    });

    it('needs the prefix on spaces and on nothing else', async () => {
      expect(await refusal(admin.post(`/spaces/${space.id}/chat`, { message: 'x' }))).toBe('404 not_found');
      const chatId = await newChat();
      expect((await admin.post(`/v1/chat/${chatId}/messages`, { message: 'x' })).status).toBe(201);
      expect((await admin.post(`/chat/${chatId}/messages`, { message: 'x' })).status).toBe(201);
      expect(await refusal(admin.post(`/v1/v1/chat/${chatId}/messages`, { message: 'x' }))).toBe('404 not_found');
    });

    it('can answer another message of the same chat', async () => {
      const [chatId, elsewhere] = [await newChat(), await newChat()];
      const first = (await send(chatId, { message: 'question' })).body;
      const reply = (await send(chatId, { message: 'answer', replyTo: first.id })).body;
      expect(reply.replyTo).toBe(first.id);
      expect((await history(chatId)).items.map(({ replyTo }) => replyTo)).toEqual([undefined, first.id]);
      expect(await refusal(send(elsewhere, { message: 'x', replyTo: first.id }))).toBe('404 message_not_found');
      expect(await refusal(send(chatId, { message: 'x', replyTo: randomUUID() }))).toBe('404 message_not_found');
      for (const replyTo of ['1', null, 5, [first.id]]) {
        expect(await refusal(send(chatId, { message: 'x', replyTo }))).toBe('400 validation_failed');
      }
    });

    it('takes any text of any script as it is', async () => {
      const chatId = await newChat();
      const texts = [
        ' ',
        '\t\r\n',
        '𝒳👩‍👩‍👧‍👦🏳️‍🌈',
        'שלום \u202Eabc\u202C مرحبا',
        '\u2028\u2029\uFEFF\uFFFE\uFFFF',
        '\u0001\u001f\u007f\u0085',
        '$& $1 $` <script>alert(1)</script> \\u0041 %00',
        "'; DROP TABLE messages; --",
        'e\u0301'.repeat(1_000),
        '{"a":1}',
        'null',
      ];
      for (const message of texts) {
        const { status, body } = await send(chatId, { message }, { 'X-Auto-Pii-Mapping': 'false' });
        expect([status, body.message, body.text]).toEqual([201, message, message]);
      }
      expect((await history(chatId)).items.map(({ text }) => text)).toEqual(texts);
    });
  });

  describe('clientMessageId', () => {
    it('makes a send idempotent for good: the first result again, also for another text', async () => {
      const chatId = await newChat();
      const first = await send(chatId, { message: 'mail ada@example.org', clientMessageId: 'c-1' });
      const second = await send(chatId, { message: 'mail ada@example.org', clientMessageId: 'c-1' });
      expect([second.status, second.body]).toEqual([201, first.body]);
      const other = await send(chatId, { message: 'call bob@example.org', clientMessageId: 'c-1' });
      expect([other.status, other.body.id, other.body.text]).toEqual([201, first.body.id, 'mail <EMAIL_ADDRESS_1>']);
      // Only values of this call are answered, and only such as the message has: in the body and in the headers.
      expect([other.body.message, other.body.piiMapping]).toEqual(['mail <EMAIL_ADDRESS_1>', {}]);
      expect(other.headers.get('x-pii-mapping')).toBe('{}');
      expect(await seqs(chatId)).toEqual([1]);
      expect((await send(chatId, { message: 'x' })).body.seq).toBe(2);
    });

    it('counts for one sender in one chat', async () => {
      const [chatId, elsewhere] = [await newChat(), await newChat()];
      const ada = await admin.user('Ada');
      await admin.put(`/workspaces/${space.id}/members/${ada.id}`, { role: 'member' });
      const ids = [
        (await send(chatId, { message: 'x', clientMessageId: 'same' })).body.id,
        (await send(elsewhere, { message: 'x', clientMessageId: 'same' })).body.id,
        (await ada.api.post<Message>(`/chat/${chatId}/messages`, { message: 'x', clientMessageId: 'same' })).body.id,
      ];
      expect(new Set(ids).size).toBe(3);
    });

    it('holds for parallel duplicates', async () => {
      const chatId = await newChat();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => send(chatId, { message: `try ${n}`, clientMessageId: `c-${n % 2}` })),
      );
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(2);
      expect(await seqs(chatId)).toEqual([1, 2]);
    });

    it('is what an Idempotency-Key stands in for', async () => {
      const chatId = await newChat();
      const again = { 'Idempotency-Key': randomUUID() };
      const first = await send(chatId, { message: 'x' }, again);
      expect(first.body.clientMessageId).toBe(again['Idempotency-Key']);
      expect((await send(chatId, { message: 'x' }, again)).body).toEqual(first.body);
      const path = `/v1/spaces/${space.id}/chat`;
      const inSpace = await admin.post<Message>(path, { message: 'x', chatId }, again);
      expect(inSpace.body.id).toBe(first.body.id);
      expect(await refusal(send(chatId, { message: 'x' }, { 'Idempotency-Key': 'a b' }))).toBe(
        '400 idempotency_key_malformed',
      );
      expect(await seqs(chatId)).toEqual([1]);
    });

    it('has a narrow form and no personal data in it', async () => {
      const chatId = await newChat();
      for (const clientMessageId of ['', 'a b', 'ä', 'x'.repeat(65), 'a\n', 5, null, {}, ['a']]) {
        expect(await refusal(send(chatId, { message: 'x', clientMessageId }))).toBe('400 validation_failed');
      }
      for (const clientMessageId of ['4111111111111111', 'DE89370400440532013000', '123-45-6789', '212-555-0123']) {
        const { status, text, body } = await send(chatId, { message: 'x', clientMessageId });
        expect([clientMessageId, status, (body as unknown as ProblemBody).code]).toEqual([
          clientMessageId,
          400,
          'pii_in_identifier',
        ]);
        expect(text).not.toContain(clientMessageId);
        expect(await refusal(send(chatId, { message: 'x' }, { 'Idempotency-Key': clientMessageId }))).toBe(
          '400 pii_in_identifier',
        );
      }
      expect(await seqs(chatId)).toEqual([]);
    });
  });

  describe('sequence', () => {
    it('is gapless in every chat under 200 parallel sends', async () => {
      const chats = await Promise.all(Array.from({ length: 4 }, newChat));
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, n) => send(chats[n % 4] ?? '', { message: `${n} to a${n % 9}@example.org` })),
      );
      expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
      for (const [index, chatId] of chats.entries()) {
        const own = answers.filter((_, n) => n % 4 === index).map(({ body }) => body);
        const stored = (await history(chatId, '?limit=200')).items;
        expect(stored.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
        expect(stored.map(({ id }) => id)).toEqual(own.toSorted((a, b) => a.seq - b.seq).map(({ id }) => id));
        const chat = await admin.get<{ lastSeq: number }>(`/chat/${chatId}`);
        expect(chat.body.lastSeq).toBe(50);
      }
    });

    it('takes no number for what is refused', async () => {
      const chatId = await newChat();
      await Promise.all([
        send(chatId, { message: '' }),
        send(chatId, { message: 'x' }, { 'X-Pii-Mapping': 'junk' }),
        send(chatId, { message: 'x', replyTo: randomUUID() }),
      ]);
      expect((await send(chatId, { message: 'x' })).body.seq).toBe(1);
    });
  });

  describe('history', () => {
    let chatId: string;
    beforeAll(async () => {
      chatId = await newChat();
      for (let n = 1; n <= 60; n += 1) await send(chatId, { message: `message ${n}` });
    });

    it('shows the latest messages in rising order, 50 unless asked', async () => {
      expect(await seqs(chatId)).toEqual(range(11, 60));
      expect(await seqs(chatId, '?limit=200')).toEqual(range(1, 60));
      expect(await seqs(chatId, '?limit=1')).toEqual([60]);
    });

    it('goes back with before, forward with after, exclusively', async () => {
      expect(await seqs(chatId, '?before=6')).toEqual(range(1, 5));
      expect(await seqs(chatId, '?before=31&limit=5')).toEqual(range(26, 30));
      expect(await seqs(chatId, '?after=55')).toEqual(range(56, 60));
      expect(await seqs(chatId, '?after=0&limit=3')).toEqual(range(1, 3));
      for (const nothing of ['?before=1', '?before=0', '?after=60', '?after=9007199254740991']) {
        expect(await history(chatId, nothing)).toEqual({ items: [], nextCursor: null });
      }
    });

    it('is walked through whole by cursors, in both directions', async () => {
      for (const [start, expected] of [
        ['?limit=7', range(1, 60)],
        ['?after=0&limit=7', range(1, 60)],
        ['?after=13&limit=47', range(14, 60)],
        ['?before=50&limit=49', range(1, 49)],
      ] as const) {
        const pages: number[][] = [];
        let query: string = start;
        for (;;) {
          const { items, nextCursor } = await history(chatId, query);
          pages.push(items.map(({ seq }) => seq));
          if (nextCursor === null) break;
          query = `?limit=7&cursor=${nextCursor}`;
        }
        const inOrder = start.startsWith('?after') ? pages : pages.toReversed();
        expect(inOrder.flat()).toEqual(expected);
        expect(pages).not.toContainEqual([]);
      }
    });

    it('refuses bounds that are none', async () => {
      const wrong = ['limit=0', 'limit=201', 'limit=x', 'limit=', 'limit=1.5', 'limit=-1', 'before=-1', 'after=x'];
      const two = ['before=1&after=1', 'before=1&before=2', 'after=9007199254740992', 'before=1e3', 'limit=5&limit=6'];
      for (const query of [...wrong, ...two]) {
        const path = `/chat/${chatId}/messages?${query}`;
        expect([query, await refusal(admin.get(path))]).toEqual([query, '400 validation_failed']);
      }
      for (const cursor of ['x', '', 'YTE%00', Buffer.from('c5').toString('base64url'), '%zz']) {
        expect(await refusal(admin.get(`/chat/${chatId}/messages?cursor=${cursor}`))).toBe('400 invalid_cursor');
      }
    });
  });

  describe('bad bodies', () => {
    it('over 64 KiB are 413, whether announced or not, and nothing is stored', async () => {
      const chatId = await newChat();
      const frame = JSON.stringify({ message: '' }).length;
      const fits = await send(chatId, { message: 'x'.repeat(BODY_LIMIT - frame) });
      expect(fits.status).toBe(201);
      expect(await refusal(send(chatId, { message: 'x'.repeat(BODY_LIMIT - frame + 1) }))).toBe(
        '413 payload_too_large',
      );
      const chunk = 'x'.repeat(BODY_LIMIT);
      const answer = await rawBytes(
        service.url,
        [
          `POST /v1/chat/${chatId}/messages HTTP/1.1`,
          `Host: x`,
          `X-API-Key: ${service.adminKey}`,
          'Content-Type: application/json',
          'Transfer-Encoding: chunked',
          'Connection: close',
          '',
          `${(chunk.length + 12).toString(16)}\r\n{"message":"${chunk}\r\n2\r\n"}\r\n0\r\n\r\n`,
        ].join('\r\n'),
      );
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer).toContain('"code":"payload_too_large"');
      expect(await seqs(chatId)).toEqual([1]);
    });

    it('that are no strict JSON are refused by rule, never quoted', async () => {
      const cases: readonly [string | Buffer, string][] = [
        ['', '400 validation_failed'],
        ['{', '400 malformed_json'],
        ['{"message":"secret"', '400 malformed_json'],
        ["{'message':'secret'}", '400 malformed_json'],
        ['{"message":"secret",}', '400 malformed_json'],
        ['\ufeff{"message":"secret"}', '400 malformed_json'],
        ['{"message":"secret"} {}', '400 malformed_json'],
        ['{"message":"secret","message":"b"}', '400 malformed_json'],
        ['{"message":"secret","mess\\u0061ge":"b"}', '400 malformed_json'],
        ['{"message":"secret","__proto__":{"admin":true}}', '400 malformed_json'],
        ['{"message":"secret","pii":{"constructor":{}}}', '400 malformed_json'],
        ['{"message":"secret","pii":{"mapping":{"prototype":"x"}}}', '400 malformed_json'],
        [nested(30), '400 malformed_json'],
        [nested(30_000), '400 malformed_json'],
        [Buffer.from('{"message":"secret\xff"}', 'latin1'), '400 malformed_json'],
        [Buffer.from([0x7b, 0x22, 0xc0, 0x80]), '400 malformed_json'],
        ['{"message":"secret\\u0000"}', '400 invalid_text'],
        ['{"message":"secret\\ud800"}', '400 invalid_text'],
        ['{"message":"secret\\udc00\\ud800"}', '400 invalid_text'],
        ['{"message":"secret","\\ud800":1}', '400 invalid_text'],
        ['{"message":"secret\0"}', '400 invalid_text'],
        ['{"message":"secret\n"}', '400 malformed_json'],
        ['[]', '400 validation_failed'],
        ['"secret"', '400 validation_failed'],
        ['null', '400 validation_failed'],
        ['5', '400 validation_failed'],
        ['{}', '400 validation_failed'],
        ['{"message":""}', '400 validation_failed'],
        ['{"message":null}', '400 validation_failed'],
        ['{"message":["secret"]}', '400 validation_failed'],
        ['{"message":{"secret":1}}', '400 validation_failed'],
        ['{"text":"secret"}', '400 validation_failed'],
      ];
      const before = (await history(space.defaultChatId)).items.at(-1)?.seq;
      for (const [body, expected] of cases) {
        const { text, ...answer } = await sendRaw(body);
        expect([body.toString().slice(0, 60), `${answer.status} ${String(answer.body['code'])}`]).toEqual([
          body.toString().slice(0, 60),
          expected,
        ]);
        expect(text).not.toContain('secret');
      }
      expect((await history(space.defaultChatId)).items.at(-1)?.seq).toBe(before);
      expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
      expect(service.logs.join('')).not.toContain('secret');
    });

    it('with members that are the service’s own business are refused', async () => {
      const chatId = await newChat();
      const extra = {
        id: randomUUID(),
        seq: 9,
        senderId: randomUUID(),
        sender: 'root',
        workspace_id: randomUUID(),
        spaceId: space.id,
        chatId,
        createdAt: '2020-01-01T00:00:00Z',
        text: 'x',
        positions: [],
        piiMapping: {},
      };
      for (const [member, value] of Object.entries(extra)) {
        const answer = await send(chatId, { message: 'x', [member]: value });
        expect([member, answer.status]).toEqual([member, 400]);
      }
      expect(await seqs(chatId)).toEqual([]);
    });

    it('of another type are 415', async () => {
      const body = '{"message":"x"}';
      for (const type of [
        'text/plain',
        'text/json',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/octet-stream',
        'application/jsonp',
        'junk',
      ]) {
        const answer = await sendRaw(body, ['Content-Type', type]);
        expect([type, answer.status, answer.body['code']]).toEqual([type, 415, 'unsupported_media_type']);
      }
      expect((await sendRaw(body, [])).status).toBe(415);
      for (const type of ['application/json;charset=UTF-8', 'Application/JSON', 'application/json; x=y']) {
        expect([type, (await sendRaw(body, ['Content-Type', type])).status]).toEqual([type, 200]);
      }
    });
  });

  describe('paths and methods', () => {
    it('that are not there are 404 with a problem, whatever they look like', async () => {
      for (const path of [
        '/',
        '/v1',
        '/v1/nope',
        '/chats',
        '/v1/chat/a/b/c/d',
        '/v1//chat',
        '/CHAT',
        '/.env',
        '/%2e%2e/x',
      ]) {
        const { status, headers, body } = await admin.get<ProblemBody>(path);
        expect([path, status, body?.code]).toEqual([path, 404, 'not_found']);
        expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
      }
    });

    it('with a broken escape or a foreign byte are refused, not failed', async () => {
      for (const path of [
        '/%zz',
        '/v1/chat/%zz',
        '/v1/chat/%',
        '/v1/chat/%ff/messages',
        '/v1/chat/%00',
        '/chat?%zz=1',
      ]) {
        const { status, body } = await rawCall(service.url + path, 'GET', ['X-API-Key', service.adminKey]);
        expect([path, [400, 404].includes(status), typeof body['code']]).toEqual([path, true, 'string']);
      }
      const bytes = `GET /v1/chat/\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      expect(await rawBytes(service.url, bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(service.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    });

    it('have only the documented methods', async () => {
      const chatId = await newChat();
      const path = `${service.url}/v1/chat/${chatId}/messages`;
      const headers = ['X-API-Key', service.adminKey];
      for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'OPTIONS']) {
        const { status, body, headers: answered } = await rawCall(`${path}?limit=1`, method, headers);
        expect([method, status, body['code']]).toEqual([method, 405, 'method_not_allowed']);
        expect([method, answered['allow']]).toEqual([method, 'GET, HEAD, POST']);
      }
      // Without the prefix, and where a fixed name and a variable one share the path.
      const user = await rawCall(`${service.url}/users/me`, 'PUT', headers);
      expect([user.status, user.headers['allow']]).toEqual([405, 'DELETE, GET, HEAD']);
      expect(await refusal(admin.post('/v1/chat//messages', {}))).toBe('404 not_found');
      const head = await rawCall(path, 'HEAD', headers);
      expect([head.status, head.text]).toEqual([200, '']);
      expect((await rawCall(path, 'HEAD', [])).status).toBe(401);
    });

    it('are guarded before anything is said about the body', async () => {
      const nobody = new Api(service.url);
      const path = `/v1/spaces/${space.id}/chat`;
      expect(await refusal(nobody.post(path, { message: '' }))).toBe('401 unauthenticated');
      expect(await refusal(nobody.post(path, { message: 'x' }, { 'X-Pii-Mapping': 'junk' }))).toBe(
        '401 unauthenticated',
      );
      expect(await refusal(nobody.get(`${path}?limit=x`))).toBe('401 unauthenticated');
    });
  });

  describe('origins', () => {
    it('that are foreign are refused before anything else', async () => {
      for (const origin of [
        'https://evil.example',
        'null',
        '',
        ORIGIN.toUpperCase(),
        `${ORIGIN}.evil.example`,
        'http://desk.example.test',
      ]) {
        const { status, body, headers } = await ask(origin);
        expect([origin, status, body['code']]).toEqual([origin, 403, 'origin_not_allowed']);
        expect(headers['access-control-allow-origin']).toBeUndefined();
      }
      const { status } = await rawCall(`${service.url}/v1/spaces/${space.id}/chat`, 'OPTIONS', [
        'Origin',
        'https://evil.example',
        'Access-Control-Request-Method',
        'POST',
      ]);
      expect(status).toBe(403);
    });

    it('that are allowed get CORS headers on answers, errors and preflights', async () => {
      const good = await ask(ORIGIN);
      expect([good.status, good.headers['access-control-allow-origin']]).toEqual([200, ORIGIN]);
      expect(good.headers['access-control-expose-headers']).toContain('X-Pii-Mapping');
      expect(good.headers['access-control-allow-credentials']).toBeUndefined();
      expect(String(good.headers['vary'])).toMatch(/Origin/i);
      const bad = await rawCall(`${service.url}/v1/users/me`, 'GET', ['Origin', ORIGIN]);
      expect([bad.status, bad.headers['access-control-allow-origin']]).toEqual([401, ORIGIN]);
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const preflight = await ask(ORIGIN, 'OPTIONS', [
          'Access-Control-Request-Method',
          method,
          'Access-Control-Request-Headers',
          'content-type,x-api-key,x-pii-mapping,idempotency-key',
        ]);
        expect(preflight.status).toBe(204);
        expect(preflight.headers['access-control-allow-methods']).toContain(method);
        expect(preflight.headers['access-control-allow-headers']).toContain('x-pii-mapping');
      }
      // Answers with originals vary by more than the origin.
      const sent = await rawCall(
        `${service.url}/v1/spaces/${space.id}/chat`,
        'POST',
        ['X-API-Key', service.adminKey, 'Origin', ORIGIN, 'Content-Type', 'application/json'],
        '{"message":"x"}',
      );
      expect(String(sent.headers['vary'])).toMatch(/Origin.*X-API-Key|X-API-Key.*Origin/i);
    });
  });
});
