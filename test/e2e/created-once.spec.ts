import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type Api, type MessageBody, refusal } from '../support/api.js';
import { S3Server } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let store: S3Server;
let service: TestApp;
let direct: Client;
beforeAll(async () => {
  store = await S3Server.start();
  service = await startTestApp(store.env);
  direct = new Client({ connectionString: service.database.url });
  await direct.connect();
  await direct.query(`
    CREATE FUNCTION lose_answer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'lost'; END $$`);
});
afterAll(async () => {
  await direct.end();
  await service.close();
  await store.close();
});

/** A call that creates something, and the table that has it then. */
interface Creation {
  readonly api: Api;
  readonly path: string;
  readonly body: object;
  readonly table: string;
}

const CREATIONS: Readonly<Record<string, () => Promise<Creation>>> = {
  'a workspace': async () => ({
    api: service.admin,
    path: '/v1/workspaces',
    body: { name: 'Once' },
    table: 'workspaces',
  }),
  'a chat': async () => {
    const workspaceId = (await service.admin.workspace()).id;
    return { api: service.admin, path: '/v1/chat', body: { workspaceId }, table: 'chats' };
  },
  'a user': async () => ({
    api: service.admin,
    path: '/v1/users',
    body: { displayName: 'Ada' },
    table: 'users',
  }),
  'an API key': async () => {
    const { id } = await service.admin.user('Ada');
    return { api: service.admin, path: `/v1/users/${id}/api-keys`, body: { name: 'desk' }, table: 'api_keys' };
  },
  'an invitation': async () => {
    const { id } = await service.admin.workspace();
    const body = { role: 'member', expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
    return { api: service.admin, path: `/v1/workspaces/${id}/invitations`, body, table: 'invitations' };
  },
  'an attachment': async () => {
    const { id: workspaceId, defaultChatId } = await service.admin.workspace();
    const ada = await service.admin.user('Ada');
    await service.admin.put(`/v1/workspaces/${workspaceId}/members/${ada.id}`, { role: 'member' });
    const messages = `/v1/chat/${defaultChatId}/messages`;
    const { id } = (await ada.api.post<MessageBody>(messages, { message: 'see the file' })).body;
    const body = { name: 'list.csv', type: 'text/csv', size: 3, sha256: 'ab'.repeat(32) };
    return { api: ada.api, path: `${messages}/${id}/attachments`, body, table: 'attachments' };
  },
  'a receipt of an erasure': async () => {
    const { id } = await service.admin.workspace();
    return { api: service.admin, path: `/v1/workspaces/${id}/erasures`, body: { workspace: true }, table: 'erasures' };
  },
};

interface Document {
  readonly paths: Readonly<
    Record<string, { readonly post?: { readonly parameters?: readonly { readonly name: string }[] } }>
  >;
}

const numberOf = async (sql: string): Promise<number> =>
  Number((await direct.query<{ count: string }>(sql)).rows[0]?.count);
const rowsOf = (table: string): Promise<number> => numberOf(`SELECT count(*) FROM ${table}`);

/** Resolves when so many calls wait for leave to write their workspace. */
async function waitForWaiting(count: number): Promise<void> {
  const waiting = `
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO "workspaces"%'`;
  while ((await numberOf(waiting)) < count);
}

/*
 * What a call created and the answer to it are one commit: whoever died between the two would leave something that nobody
 * was told of, and that is created once more when the call is repeated.
 */
describe('With an Idempotency-Key', () => {
  it('every call that takes one is tried here, but those that create nothing and sends, whose key is their client id', async () => {
    const { paths } = (await service.admin.get<Document>('/docs/json')).body;
    const keyed = Object.entries(paths).flatMap(([path, { post }]) =>
      post?.parameters?.some(({ name }) => name === 'Idempotency-Key') ? [path] : [],
    );
    const created = await Promise.all(Object.values(CREATIONS).map(async (prepare) => (await prepare()).path));
    const isTried = (path: string) =>
      created.some((tried) => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(tried));
    expect(keyed.filter((path) => !isTried(path)).toSorted()).toEqual([
      '/v1/chat/{chatId}/connection-string',
      '/v1/chat/{chatId}/messages',
      '/v1/spaces/{spaceId}/chat',
    ]);
  });

  it.each(Object.entries(CREATIONS))('%s is there exactly when its answer is', async (_what, prepare) => {
    const { api, path, body, table } = await prepare();
    const again = { 'Idempotency-Key': randomUUID() };
    const before = await rowsOf(table);
    await direct.query(`
      CREATE TRIGGER lose_answer BEFORE UPDATE OF sealed_answer ON idempotency_keys EXECUTE FUNCTION lose_answer()`);
    try {
      expect(await refusal(api.post(path, body, again))).toBe('500 internal');
    } finally {
      await direct.query('DROP TRIGGER lose_answer ON idempotency_keys');
    }
    expect(await rowsOf(table)).toBe(before);

    const first = await api.post(path, body, again);
    expect([first.status, await rowsOf(table)]).toEqual([201, before + 1]);
    const second = await api.post(path, body, again);
    expect([second.status, second.body, await rowsOf(table)]).toEqual([201, first.body, before + 1]);
  });

  it('a call that lay still for so long that its repetition took over creates nothing any more', async () => {
    const again = { 'Idempotency-Key': randomUUID() };
    const post = () => service.admin.post('/v1/workspaces', { name: 'Still' }, again);
    const holder = new Client({ connectionString: service.database.url });
    await holder.connect();
    try {
      await holder.query('BEGIN; LOCK TABLE workspaces IN ACCESS EXCLUSIVE MODE');
      const first = post();
      await waitForWaiting(1);
      await direct.query(`UPDATE idempotency_keys SET created_at = created_at - interval '2 minutes'`);
      const second = post();
      await waitForWaiting(2);
      await holder.query('COMMIT');
      const answers = await Promise.all([first, second]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409]);
      expect(await numberOf(`SELECT count(*) FROM workspaces WHERE name = 'Still'`)).toBe(1);
      expect((await post()).body).toEqual(answers.find(({ status }) => status === 201)?.body);
    } finally {
      await holder.end();
    }
  });
});
