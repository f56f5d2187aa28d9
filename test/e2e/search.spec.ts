import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Database, type Queryable } from '../../src/database/database.js';
import { Api, type MessageBody, type PageBody, refusal, type WorkspaceBody } from '../support/api.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let service: TestApp;
let workspace: WorkspaceBody;
beforeAll(async () => {
  service = await startTestApp();
  workspace = await service.admin.workspace();
});
afterAll(() => service.close());

const newChat = async (workspaceId = workspace.id) =>
  (await service.admin.post<{ id: string }>('/v1/chat', { workspaceId })).body.id;
const send = async (chat: string, message: string) =>
  (await service.admin.post<MessageBody>(`/v1/chat/${chat}/messages`, { message })).body;
const search = (api: Api, path: string, body: object) => api.post<PageBody<MessageBody>>(`/v1/${path}/search`, body);
const textsIn = async (chat: string, query: string) =>
  (await search(service.admin, `chat/${chat}`, { query })).body.items.map(({ text }) => text);

/** What searches ask while `work` is done. */
async function searchesOf(work: () => Promise<unknown>): Promise<{ text: string; values: readonly unknown[] }[]> {
  const database = service.app.get(Database, { strict: false });
  const asked: { text: string; values: readonly unknown[] }[] = [];
  const noting = (queryable: Queryable): Queryable => ({
    query: (statement, values) => {
      if (statement.name.startsWith('search_in_')) asked.push({ text: statement.text, values });
      return queryable.query(statement, values);
    },
  });
  const transaction = database.transaction.bind(database);
  database.transaction = (inside) => transaction((queryable) => inside(noting(queryable)));
  try {
    await work();
  } finally {
    Reflect.deleteProperty(database, 'transaction');
  }
  return asked;
}

describe('search', () => {
  it('finds words, phrases, alternatives and placeholders, in any case and script, the latest first', async () => {
    const chat = await newChat();
    const texts = [
      'The parcel is late',
      'PARCEL/letter: late is the letter',
      'mail <EMAIL_ADDRESS_1> about the parcel',
      'Zoë fährt nach Łódź',
      'посылка пришла',
    ];
    await send(chat, texts[0] ?? '');
    await send(chat, texts[1] ?? '');
    await send(chat, 'mail ada@example.org about the parcel');
    for (const text of texts.slice(3)) {
      await service.admin.post(`/v1/chat/${chat}/messages`, { message: text, pii: { auto: false } });
    }
    const [late, letter, mail, zoe, russian] = texts;
    for (const [query, found] of [
      ['parcel', [mail, letter, late]],
      ['late letter', [letter]],
      ['"is late"', [late]],
      ['parcel -late', [mail]],
      ['parcel -<EMAIL_ADDRESS_1>', [letter, late]],
      ['<EMAIL_ADDRESS_1>', [mail]],
      ['<EMAIL_ADDRESS_2>', []],
      ['"mail <EMAIL_ADDRESS_1> about"', [mail]],
      ['ZOË or ПОСЫЛКА', [russian, zoe]],
      ['łódź', [zoe]],
      ['parc', []],
      ['ada@example.org', []],
    ] as const) {
      expect([query, await textsIn(chat, query)]).toEqual([query, found]);
    }
  });

  it('does not find what was deleted, edited away, or sent elsewhere', async () => {
    const [chat, other] = [await newChat(), await newChat()];
    const foreign = await service.admin.workspace();
    await send(foreign.defaultChatId, 'marmalade abroad');
    const [gone, edited] = [await send(chat, 'marmalade gone'), await send(chat, 'marmalade edited')];
    await send(other, 'the marmalade went elsewhere');
    await service.admin.delete(`/v1/chat/${chat}/messages/${gone.id}`);
    await service.admin.patch(`/v1/chat/${chat}/messages/${edited.id}`, { message: 'honey now' });
    expect(await textsIn(chat, 'marmalade')).toEqual([]);
    expect(await textsIn(chat, 'honey')).toEqual(['honey now']);
    const everywhere = async () =>
      (await search(service.admin, `workspaces/${workspace.id}`, { query: 'marmalade' })).body.items.map(
        ({ text }) => text,
      );
    expect(await everywhere()).toEqual(['the marmalade went elsewhere']);
    await service.admin.delete(`/v1/chat/${other}`);
    expect(await everywhere()).toEqual([]);
    // The words under which workspaces are kept apart in the index are no words of a message.
    expect(await textsIn(chat, `"workspace:${foreign.id}"`)).toEqual([]);
  });

  it('is paged', async () => {
    const chat = await newChat();
    for (let n = 1; n <= 5; n++) await send(chat, `page ${n}`);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: PageBody<MessageBody> = (
        await search(service.admin, `chat/${chat}`, { query: 'page', limit: 2, ...(cursor !== null && { cursor }) })
      ).body;
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ text }) => text));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(['page 5', 'page 4', 'page 3', 'page 2', 'page 1']);
  });

  it('refuses strangers, and queries that would read everything', async () => {
    const chat = await newChat();
    const stranger = await service.admin.user('Stranger');
    expect(await refusal(search(stranger.api, `chat/${chat}`, { query: 'x' }))).toBe('404 chat_not_found');
    expect(await refusal(search(stranger.api, `workspaces/${workspace.id}`, { query: 'x' }))).toBe(
      '404 workspace_not_found',
    );
    expect(await refusal(search(new Api(service.url), `chat/${chat}`, { query: 'x' }))).toBe('401 unauthenticated');
    for (const body of [{ query: '-x' }, { query: '!?' }, { query: '' }, { query: 'x'.repeat(201) }, {}]) {
      expect(await refusal(search(service.admin, `chat/${chat}`, body))).toBe('400 validation_failed');
    }
    for (const query of ["' & | ! ( ) : * \\", "x'; DROP TABLE messages; --", 'x:* & !y', '<->', '"unclosed x']) {
      expect([200, 400]).toContain((await search(service.admin, `chat/${chat}`, { query })).status);
    }
    const cursor = { query: 'x', cursor: 'bm9uZQ' };
    expect(await refusal(search(service.admin, `chat/${chat}`, cursor))).toBe('400 invalid_cursor');
  });

  it('uses the index where there are many messages, and looks at no other chat', async () => {
    const own = await service.admin.workspace();
    const [chat, other] = [own.defaultChatId, await newChat(own.id)];
    const client = new Client({ connectionString: service.database.url });
    await client.connect();
    for (const chatId of [chat, other]) {
      await client.query(
        `INSERT INTO messages (workspace_id, chat_id, seq, id, sender_id, text, positions)
         SELECT $1, $2, n, gen_random_uuid(), gen_random_uuid(), 'common word number ' || n, '[]'
           FROM generate_series(1, 20000) n`,
        [own.id, chatId],
      );
    }
    await client.query('ANALYZE messages');
    const asked = await searchesOf(async () => {
      expect(await textsIn(chat, 'number 17')).toEqual(['common word number 17']);
      const everywhere = await search(service.admin, `workspaces/${own.id}`, { query: 'number 17' });
      expect(everywhere.body.items.map(({ chatId }) => chatId).toSorted()).toEqual([chat, other].toSorted());
    });
    expect(asked).toHaveLength(2);
    for (const { text, values } of asked) {
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ANALYZE ${text}`, [...values]);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('messages_search_idx');
      expect(plan).not.toContain('Rows Removed by Filter');
    }
    await client.end();
  });

  it('finds what many messages say among the latest of them, and the rest by the index, each once and in order', async () => {
    const chat = await newChat();
    const client = new Client({ connectionString: service.database.url });
    await client.connect();
    await client.query(
      `INSERT INTO messages (workspace_id, chat_id, seq, id, sender_id, text, positions)
       SELECT $1, $2, n, gen_random_uuid(), gen_random_uuid(),
              CASE WHEN n % 4 = 0 THEN 'a word that is common, number ' ELSE 'something else, number ' END || n, '[]'
         FROM generate_series(1, 1000) n`,
      [workspace.id, chat],
    );
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM messages WHERE chat_id = $1 AND text LIKE '%common%' ORDER BY id DESC`,
      [chat],
    );
    await client.end();
    const found: string[] = [];
    const asked = await searchesOf(async () => {
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = { query: '"that is common"', limit: 40, ...(cursor !== undefined && { cursor }) };
        const { body } = await search(service.admin, `chat/${chat}`, page);
        found.push(...body.items.map(({ id }) => id));
        cursor = body.nextCursor;
      }
    });
    expect(found).toEqual(rows.map(({ id }) => id));
    // Seven pages, of which the last is not full.
    expect(asked).toHaveLength(1);
  });
});

describe('search by value', () => {
  it('finds what hides it, over all chats, for those entitled, and is audited with and without right', async () => {
    const own = await service.admin.workspace();
    const [detective, curious] = [
      await service.admin.user('Detective', ['pii:rehydrate']),
      await service.admin.user('Curious', ['pii:rehydrate']),
    ];
    await service.admin.put(`/v1/workspaces/${own.id}/members/${detective.id}`, { role: 'member', piiAccess: true });
    await service.admin.put(`/v1/workspaces/${own.id}/members/${curious.id}`, { role: 'member' });
    const [one, two] = [own.defaultChatId, await newChat(own.id)];
    await send(one, 'bob@example.org and ada@example.org');
    await send(two, 'write to ada@example.org');
    await send(two, 'typed: <EMAIL_ADDRESS_1>');
    const path = `/v1/workspaces/${own.id}/search/values`;
    const value = { type: 'EMAIL_ADDRESS', value: 'Ada@Example.ORG' };
    const find = (api: Api, body: object = value) => api.post<PageBody<MessageBody>>(path, body);
    const found = await find(detective.api);
    expect(found.body.items.map(({ text }) => text)).toEqual([
      'write to <EMAIL_ADDRESS_1>',
      '<EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>',
    ]);
    expect(found.text.toLowerCase()).not.toContain('example.org');
    expect((await find(detective.api, { ...value, value: 'nobody@example.org' })).body.items).toEqual([]);
    const first = await find(detective.api, { ...value, limit: 1 });
    const rest = await find(detective.api, { ...value, limit: 1, cursor: first.body.nextCursor });
    expect([...first.body.items, ...rest.body.items]).toEqual(found.body.items);
    expect(await refusal(find(curious.api))).toBe('403 pii_access_required');
    const { items } = (
      await service.admin.get<PageBody<{ action: string; actorId: string; counts: object }>>(
        `/v1/workspaces/${own.id}/audit`,
      )
    ).body;
    expect(items.map(({ action, actorId, counts }) => [action, actorId, counts])).toEqual([
      ['search_refused', curious.id, {}],
      ['search', detective.id, { EMAIL_ADDRESS: 2 }],
      ['search', detective.id, { EMAIL_ADDRESS: 2 }],
      ['search', detective.id, { EMAIL_ADDRESS: 0 }],
      ['search', detective.id, { EMAIL_ADDRESS: 2 }],
    ]);
  });

  it('asks the database as much for a hundred chats as for one', async () => {
    const own = await service.admin.workspace();
    const { id } = (await service.admin.get<{ id: string }>('/v1/users/me')).body;
    const { key } = (
      await service.admin.post<{ key: string }>(`/v1/users/${id}/api-keys`, { name: 'desk', scopes: ['pii:rehydrate'] })
    ).body;
    const desk = new Api(service.url, key);
    await service.admin.put(`/v1/workspaces/${own.id}/members/${id}`, { role: 'owner', piiAccess: true });
    const find = async () => {
      const log = listenToStatements(service.app);
      const answer = await desk.post<PageBody<MessageBody>>(`/v1/workspaces/${own.id}/search/values`, {
        type: 'EMAIL_ADDRESS',
        value: 'ada@example.org',
      });
      log.stop();
      return {
        texts: answer.body.items.map(({ text }) => text),
        asked: log.names.filter((name) => !name.startsWith('api_key')),
      };
    };
    await send(own.defaultChatId, 'first ada@example.org');
    await find();
    const one = await find();
    expect(one.texts).toEqual(['first <EMAIL_ADDRESS_1>']);
    const chats = await Promise.all(Array.from({ length: 99 }, () => newChat(own.id)));
    await send(chats.at(-1) ?? '', 'last bob@example.org, ada@example.org');
    const many = await find();
    expect(many.texts).toEqual(['last <EMAIL_ADDRESS_1>, <EMAIL_ADDRESS_2>', 'first <EMAIL_ADDRESS_1>']);
    expect(many.asked).toEqual(one.asked);
  });
});
