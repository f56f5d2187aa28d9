import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, DatabaseError, escapeLiteral } from 'pg';
import { Database, type Queryable, type Statement } from '../../src/database/database.js';
import { ChatEventStore } from '../../src/chat/feed/chat-event.store.js';
import { ValueSearch } from '../../src/pii/vault/value-search.js';
import type { Answer, Api, MessageBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

jest.setTimeout(60_000);

/** Names of a chat in the test, each of them in a message of its own. */
const NAMES = 300;
/** Of a page of 50, and of what a page looks at to know whether there is more. */
const MOST_READ_IN_VAIN = 60;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly Plan[];
}
interface Explained {
  readonly 'QUERY PLAN': readonly { readonly Plan: Plan }[];
}

const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };
const SEALED_ENTRIES = 'pii_sealed_entries';
/** Say of themselves how much they read: all messages, for the eyes of a person, and the latest ones up to a bound. */
const OPEN_ABOUT_IT: readonly string[] = ['placeholder_uses', 'search_among_latest'];
const FUNCTION = 'SELECT prosrc AS body, pg_get_function_arguments(oid) AS types FROM pg_proc WHERE proname = $1';

type Asked = Map<string, { readonly text: string; readonly values: readonly unknown[] }>;

const isQuestion = (text: string): boolean => /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b/.test(text);

/** A value as PostgreSQL reads it. */
const written = (value: unknown): string => {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  if (!Array.isArray(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const parts = value.map((part: unknown) => (part === null ? 'NULL' : `"${written(part).replace(/["\\]/g, '\\$&')}"`));
  return `{${parts.join()}}`;
};
const literal = (value: unknown): string =>
  value === null || value === undefined ? 'NULL' : escapeLiteral(written(value));

const execution = (name: string, values: readonly unknown[]): string =>
  values.length === 0 ? `EXECUTE ${name}` : `EXECUTE ${name} (${values.map(literal).join()})`;

const rowsOf = (plan: Plan): number => plan['Actual Rows'] * plan['Actual Loops'];

/** Rows that found no partner where both sides were read as a whole, of which PostgreSQL does not tell. */
const unmatched = (join: Plan): number =>
  /^(?:Hash|Merge) Join$/.test(join['Node Type'])
    ? Math.max(0, ...(join.Plans ?? []).map((side) => rowsOf(side) - rowsOf(join)))
    : 0;

/** Rows that a plan took up and dropped again. */
const readInVain = (plan: Plan): number =>
  ((plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Join Filter'] ?? 0)) * plan['Actual Loops'] +
  unmatched(plan) +
  (plan.Plans ?? []).reduce((sum, part) => sum + readInVain(part), 0);

/*
 * A chat must not cost more the more it holds. The planner chooses when tables are young, knows nothing of them, and keeps
 * what it chose; so every statement is planned here as it is then: over tables that nobody has analysed, for any values, once
 * with no message and once more for every fifty of them: an index of short keys is lower for a while than the one that fits.
 * Not among them are deletions and erasures, which look through the chat for what shows a placeholder, since no index knows.
 */
describe('what is asked of a chat with hundreds of names', () => {
  let service: TestApp;
  let reader: Api;
  let spaceId: string;
  let spacePath: string;
  let chatPath: string;
  let first: MessageBody;
  /** Connections that were opened at each age of the chat, and what they prepared by then. */
  const connections: { readonly sql: Client; readonly prepared: Set<string> }[] = [];
  beforeAll(async () => {
    service = await startTestApp();
    const workspace = await service.admin.workspace();
    spaceId = workspace.id;
    [spacePath, chatPath] = [`/v1/workspaces/${spaceId}`, `/v1/chat/${workspace.defaultChatId}`];
    const user = await service.admin.user('Reader', ['pii:rehydrate']);
    reader = user.api;
    await service.admin.put(`${spacePath}/members/${user.id}`, { role: 'owner', piiAccess: true });
    await connect();
    await plan(await statementsOf(async () => (first = await send('Ada Lovelace'))));
    for (let number = 1; number <= NAMES; number += 50) {
      await connect();
      for (const [, call] of CALLS) await plan(await statementsOf(call));
      await plan(await statementsOf(enter));
      await plan(await statementsOf(() => missed(number)));
      await plan(await statementsOf(() => placesOf('Ada Lovelace')));
      await Promise.all(Array.from({ length: 50 }, (_, index) => send(`Nomen${number + index} Nescio`)));
    }
  });
  afterAll(async () => {
    for (const { sql } of connections) await sql.end();
    await service.close();
  });

  const messages = (): string => `${chatPath}/messages`;
  const post = (name: string): Promise<Answer<MessageBody>> => {
    const mapping = JSON.stringify({ '<PERSON_1>': name });
    const body = { message: `a parcel for ${name}`, clientMessageId: randomUUID() };
    return reader.post<MessageBody>(messages(), body, { 'X-Pii-Mapping': mapping });
  };
  const send = async (name: string): Promise<MessageBody> => (await post(name)).body;

  const sessions = async (): Promise<string> =>
    `/v1/users/${(await reader.get<{ id: string }>('/v1/users/me')).body.id}/sessions`;

  const CALLS: readonly [string, () => Promise<Answer<unknown>>][] = [
    ['a message with a name that is new', () => post('Grace Hopper')],
    ['a message under a client id', () => reader.post(messages(), { message: 'once', clientMessageId: randomUUID() })],
    ['an edit', () => reader.patch(`${messages()}/${first.id}`, { message: 'for Nomen3 Nescio' })],
    ['a reaction', () => reader.put(`${messages()}/${first.id}/reactions/%F0%9F%91%8D`, undefined)],
    ['a pin', () => reader.put(`${messages()}/${first.id}/pin`, undefined)],
    ['the pins', () => reader.get(`${chatPath}/pins`)],
    ['earlier texts', () => reader.get(`${messages()}/${first.id}/edits`)],
    ['a read mark', () => reader.put(`${chatPath}/read`, { seq: 250 })],
    ['a page of history', () => reader.get(messages())],
    ['a page of a space', () => reader.get(`/v1/spaces/${spaceId}/chat`)],
    ['a page in the midst of it', () => reader.get(`${messages()}?after=100&limit=50`)],
    ['a page with its originals', () => reader.get(messages(), VAULT)],
    ['a page with its originals in the midst of it', () => reader.get(`${messages()}?after=100&limit=50`, VAULT)],
    ['the placeholders of the chat', () => reader.get(`${chatPath}/pii`)],
    ['a reveal', () => reader.post(`${chatPath}/pii/reveal`, { placeholders: ['<PERSON_7>', '<PERSON_250>'] })],
    ['the audit', () => reader.get(`${spacePath}/audit`)],
    ['the sessions of a user', async () => reader.get(await sessions())],
    ['the end of a session', async () => reader.delete(`${await sessions()}/AAECAwQFBgcICQoLDA0ODw`)],
    ['a connection string', () => reader.post(`${chatPath}/connection-string`)],
    ['a search', () => reader.post(`${chatPath}/search`, { query: 'lovelace or "<PERSON_7>"' })],
    ['a search of a workspace', () => reader.post(`${spacePath}/search`, { query: '"<PERSON_7>"' })],
    ['a search by value', () => reader.post(`${spacePath}/search/values`, { type: 'PERSON', value: 'Nomen7 Nescio' })],
  ];

  /** What was asked while `work` was done, by name. */
  async function statementsOf(work: () => Promise<unknown>): Promise<Asked> {
    const database = service.app.get(Database, { strict: false });
    const asked: Asked = new Map();
    const note = ({ name, text }: Statement, values: readonly unknown[]) => asked.set(name, { text, values });
    const noting = (queryable: Queryable): Queryable => ({
      query: <Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> => {
        note(statement, values);
        return queryable.query<Row>(statement, values);
      },
    });
    const direct: Queryable = { query: database.query.bind(database) };
    const read = database.read.bind(database);
    const transaction = database.transaction.bind(database);
    database.query = (statement, values) => noting(direct).query(statement, values);
    database.read = (statement, values, rows) => {
      note(statement, values);
      return read(statement, values, rows);
    };
    database.transaction = (inside) => transaction((queryable) => inside(noting(queryable)));
    try {
      await work();
    } finally {
      Reflect.deleteProperty(database, 'query');
      Reflect.deleteProperty(database, 'read');
      Reflect.deleteProperty(database, 'transaction');
    }
    const reveal = asked.get('pii_entry_reveal');
    if (reveal) asked.set(SEALED_ENTRIES, await insideOf(reveal));
    return asked;
  }

  /** What a reveal asks in a function, where EXPLAIN does not look. */
  async function insideOf({ values }: { readonly values: readonly unknown[] }) {
    const database = service.app.get(Database, { strict: false });
    const statement = { name: 'function', text: FUNCTION };
    const [inside] = await database.query<{ body: string; types: string }>(statement, [SEALED_ENTRIES]);
    const types = inside?.types.split(', ') ?? [];
    const question = /RETURN QUERY(.*);\s*END/s.exec(inside?.body ?? '')?.[1];
    const text = question?.replace(/\$(\d)/g, (name, n) => `${name}::${types[n - 1]}`);
    if (text === undefined) throw new Error(`${SEALED_ENTRIES} asks no single question`);
    const [workspaceId, chats] = [values[0], values[9] as string[]];
    return { text, values: [workspaceId, chats[0], ...values.slice(12)] };
  }

  /** A connection of a node that starts now. */
  async function connect(): Promise<void> {
    const sql = new Client({ connectionString: service.database.url });
    await sql.connect();
    await sql.query(`SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan`);
    connections.push({ sql, prepared: new Set() });
  }

  /** Prepares what was asked on the latest connection, and plans it once and for all. */
  async function plan(asked: Asked): Promise<void> {
    const latest = connections.at(-1);
    for (const [name, { text, values }] of asked) {
      if (!latest || !isQuestion(text) || latest.prepared.has(name)) continue;
      await latest.sql.query(`PREPARE ${name} AS ${text}`);
      await latest.sql.query(`EXPLAIN ${execution(name, values)}`);
      latest.prepared.add(name);
    }
  }

  /** Rows that a prepared statement reads in vain. Undefined for what was done and cannot be done twice. */
  async function wasteOf(sql: Client, name: string, values: readonly unknown[]): Promise<number | undefined> {
    await sql.query('BEGIN');
    try {
      const { rows } = await sql.query<Explained>(`EXPLAIN (ANALYZE, FORMAT JSON) ${execution(name, values)}`);
      return rows.flatMap((row) => row['QUERY PLAN']).reduce((sum, { Plan: plan }) => sum + readInVain(plan), 0);
    } catch (error) {
      if (error instanceof DatabaseError && error.code === '23505') return undefined;
      throw error;
    } finally {
      await sql.query('ROLLBACK');
    }
  }

  it.each(CALLS)('%s reads no more than it needs', async (_, work) => {
    await expectThrift(async () => expect((await work()).status).toBeLessThan(300));
  });

  const enter = async (): Promise<void> => (await ChatClient.open(reader, first.chatId, { rehydrate: true })).close();

  it('somebody who comes in reads no more than needed', async () => {
    await expectThrift(enter);
  });

  /** What is new to another node, and to a reader who comes back. */
  const missed = async (seq: number): Promise<string[]> => {
    const { workspaceId, id: chatId } = (await reader.get<{ workspaceId: string; id: string }>(chatPath)).body;
    const events = service.app.get(ChatEventStore, { strict: false });
    const news = (await events.after([{ workspaceId, chatId, seq }], 500)).get(chatId) ?? [];
    expect(await events.between(workspaceId, chatId, seq, 900, 500)).toEqual(news);
    expect(await events.count(workspaceId, chatId, seq, 900)).toBe(news.length);
    return news.map(({ kind }) => kind);
  };

  it('what other nodes wrote, and what a reader missed, read no more than they need', async () => {
    await reader.put(`${messages()}/${first.id}/reactions/%F0%9F%91%8E`, undefined);
    await reader.delete(`${messages()}/${first.id}/pin`);
    await expectThrift(async () =>
      expect(await missed(250)).toEqual(expect.arrayContaining(['created', 'reaction', 'pin'])),
    );
  });

  /** Where a value is, over all chats of the workspace: for those who look for it, export it or erase it. */
  const placesOf = async (name: string): Promise<(readonly string[])[]> => {
    const search = service.app.get(ValueSearch, { strict: false });
    const places: (readonly string[])[] = [];
    for await (const { placeholders } of search.findWithShortForms(spaceId, 'PERSON', name)) places.push(placeholders);
    return places;
  };

  it('the places of a value, over all chats, read no more than they need', async () => {
    await Promise.all(Array.from({ length: 2 * MOST_READ_IN_VAIN }, () => service.admin.workspace()));
    const { id } = (await reader.post<{ id: string }>('/v1/chat', { workspaceId: spaceId, title: 'Other' })).body;
    const mapping = JSON.stringify({ '<PERSON_1>': 'Nomen7 Nescio' });
    await reader.post(`/v1/chat/${id}/messages`, { message: 'for Nomen7 Nescio' }, { 'X-Pii-Mapping': mapping });
    await expectThrift(async () =>
      expect(await placesOf('Nomen7 Nescio')).toEqual([[expect.any(String)], ['<PERSON_1>']]),
    );
  });

  async function expectThrift(work: () => Promise<unknown>): Promise<void> {
    const asked = await statementsOf(work);
    await plan(asked);
    const wasted = new Map<string, number>();
    for (const [age, { sql, prepared }] of connections.entries()) {
      for (const [name, { values }] of asked) {
        if (OPEN_ABOUT_IT.includes(name)) continue;
        const rows = prepared.has(name) ? await wasteOf(sql, name, values) : undefined;
        if (rows !== undefined) wasted.set(`${name}, planned at age ${age}`, rows);
      }
    }
    expect(wasted.size).toBeGreaterThan(0);
    expect(Object.fromEntries([...wasted].filter(([, rows]) => rows > MOST_READ_IN_VAIN))).toEqual({});
  }
});
