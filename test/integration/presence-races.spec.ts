import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { type Attendance, PresenceStore } from '../../src/chat/presence/presence.store.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { type ChatFixture, createChatFixture } from '../support/chat-fixture.js';

/*
 * Two nodes that say at one instant who came and who left: one waits for the other's row, and has to judge by what it is then,
 * not by what it was when its statement began.
 */
let fixture: ChatFixture;
let dataSource: DataSource;
let store: PresenceStore;
let other: Client;
let member: Attendance;
const [here, there] = [randomUUID(), randomUUID()];

beforeAll(async () => {
  fixture = await createChatFixture();
  dataSource = new DataSource(dataSourceOptions({ url: fixture.database.url, poolSize: 4 }));
  await dataSource.initialize();
  store = new PresenceStore(new Database(dataSource));
  other = new Client({ connectionString: fixture.database.url });
  await other.connect();
  await store.beat(here);
  await store.beat(there);
});
afterAll(async () => {
  await other.end();
  await dataSource.destroy();
  await fixture.close();
});

/** What `here` is answered that says the member came, while `there` writes what `sql` says and has not committed yet. */
async function enterWhile(sql: string, values: readonly unknown[]): Promise<Attendance[]> {
  await other.query('BEGIN');
  await other.query(sql, [...values]);
  const entered = store.enter(here, [member]);
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  while ((await dataSource.query<unknown[]>(waiting)).length === 0);
  await other.query('COMMIT');
  return entered;
}

it.each(['first', 'again'])(
  'tells nobody of a member who came elsewhere at the same instant, the %s time',
  async (time) => {
    const { workspaceId, chatId, senderId: userId } = await fixture.newChat();
    member = { workspaceId, chatId, userId };
    if (time === 'again') {
      expect(await store.enter(there, [member])).toEqual([member]);
      expect(await store.leave(there, [member])).toEqual([member]);
    }
    const entered = await enterWhile(
      `INSERT INTO presence (workspace_id, chat_id, user_id, nodes) VALUES ($1, $2, $3, ARRAY[$4::uuid])
     ON CONFLICT (workspace_id, chat_id, user_id) DO UPDATE SET nodes = excluded.nodes`,
      [workspaceId, chatId, userId, there],
    );
    expect(entered).toEqual([]);
    expect(await store.leave(there, [member])).toEqual([]);
    expect(await store.leave(here, [member])).toEqual([member]);
  },
);

it('tells of a member who comes while the other node says that they left', async () => {
  const { workspaceId, chatId, senderId: userId } = await fixture.newChat();
  member = { workspaceId, chatId, userId };
  await store.enter(there, [member]);
  const entered = await enterWhile(
    `UPDATE presence SET nodes = '{}' WHERE workspace_id = $1 AND chat_id = $2 AND user_id = $3`,
    [workspaceId, chatId, userId],
  );
  expect(entered).toEqual([member]);
  expect(await store.leave(here, [member])).toEqual([member]);
});

it('tells of a member once, however often their node says so, and again when it was taken for dead', async () => {
  const { workspaceId, chatId, senderId: userId } = await fixture.newChat();
  member = { workspaceId, chatId, userId };
  expect(await store.enter(here, [member])).toEqual([member]);
  expect(await store.enter(here, [member])).toEqual([]);
  await dataSource.query(`UPDATE presence_nodes SET seen_at = now() - interval '1 minute' WHERE id = '${here}'`);
  expect(await store.bury()).toEqual([member]);
  expect(await store.beat(here)).toBe(true);
  expect(await store.enter(here, [member])).toEqual([member]);
});
