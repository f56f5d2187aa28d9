import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Database, type Statement } from '../../src/database/database.js';
import type { MessageBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Names of a chat in the test, each of them in a message of its own. */
const NAMES = 300;
/** Of a page of 50, and of what a page looks at to know whether there is more. */
const MOST_READ_IN_VAIN = 60;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Join Filter'?: number;
  readonly Plans?: readonly Plan[];
}

/** Rows that a plan took up and dropped again. */
const readInVain = (plan: Plan): number =>
  (plan['Rows Removed by Filter'] ?? 0) +
  (plan['Rows Removed by Join Filter'] ?? 0) +
  (plan.Plans ?? []).reduce((sum, part) => sum + readInVain(part), 0);

/*
 * A chat must not cost more the more it holds. The planner chooses when tables are young, knows nothing of them, and keeps
 * what it chose; so every statement is planned here as it is then: over tables that nobody has analysed, for any values.
 */
describe('what is asked of a chat with hundreds of names', () => {
  let service: TestApp;
  let sql: Client;
  let chatPath: string;
  beforeAll(async () => {
    service = await startTestApp();
    const { database, admin } = service;
    sql = new Client({ connectionString: database.url });
    await sql.connect();
    await sql.query(`SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan`);
    const workspace = await admin.workspace();
    const me = (await admin.get<{ id: string }>('/v1/users/me')).body;
    await admin.put(`/v1/workspaces/${workspace.id}/members/${me.id}`, { role: 'owner', piiAccess: true });
    chatPath = `/v1/chat/${workspace.defaultChatId}`;
    for (let number = 1; number <= NAMES; number += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => send(`Nomen${number + index} Nescio`)));
    }
  });
  afterAll(async () => {
    await sql.end();
    await service.close();
  });

  const send = async (name: string): Promise<MessageBody> => {
    const mapping = JSON.stringify({ '<PERSON_1>': name });
    return (
      await service.admin.post<MessageBody>(
        `${chatPath}/messages`,
        { message: `a parcel for ${name}` },
        { 'X-Pii-Mapping': mapping },
      )
    ).body;
  };

  /** By statement, the rows that were read in vain while `work` was done. */
  async function waste(work: () => Promise<unknown>): Promise<Map<string, number>> {
    const database = service.app.get(Database, { strict: false });
    const asked = new Map<string, { readonly statement: Statement; readonly values: readonly unknown[] }>();
    const ask = database.query.bind(database);
    database.query = async <Row>(statement: Statement, values: readonly unknown[]): Promise<Row[]> => {
      asked.set(statement.name, { statement, values });
      return ask<Row>(statement, values);
    };
    try {
      await work();
    } finally {
      Reflect.deleteProperty(database, 'query');
    }
    expect(asked.size).toBeGreaterThan(0);
    const found = new Map<string, number>();
    for (const [name, { statement, values }] of asked) {
      // What writes must not write twice.
      await sql.query('BEGIN');
      try {
        const { rows } = await sql.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
          `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`,
          [...values],
        );
        for (const {
          'QUERY PLAN': [{ Plan: plan }],
        } of rows)
          found.set(name, readInVain(plan));
      } finally {
        await sql.query('ROLLBACK');
      }
    }
    return found;
  }

  it.each([
    ['a message with a name that is new', () => send('Grace Hopper')],
    ['a message with a name that is known, after a restart', () => send('Nomen17 Nescio')],
    ['a page of history', () => service.admin.get(`${chatPath}/messages`)],
    [
      'a page of history with its originals',
      () => service.admin.get(`${chatPath}/messages`, { 'X-Chat-History-Pii-Mapping': 'vault' }),
    ],
    ['the placeholders of the chat', () => service.admin.get(`${chatPath}/pii`)],
    ['a reveal', () => service.admin.post(`${chatPath}/pii/reveal`, { placeholders: ['<PERSON_7>', '<PERSON_250>'] })],
  ])('%s reads no more than it needs', async (_, work) => {
    const wasted = await waste(work);
    expect(Object.fromEntries([...wasted].filter(([, rows]) => rows > MOST_READ_IN_VAIN))).toEqual({});
  });
});
