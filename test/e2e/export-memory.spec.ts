import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createApiKey } from '../../src/auth/api-key.js';
import { Api, type WorkspaceBody } from '../support/api.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** `EXPORT_MESSAGES=1000000` for the size that the service has to stand. */
const MESSAGES = Number(process.env['EXPORT_MESSAGES'] ?? 30_000);
const LIMIT_MB = 200;
/** However many messages: without a bound, 30,000 of them have taken twice as much. */
const MOST_GROWTH_MB = 60;
const KEY = createApiKey('test').key;
/** Values that the messages show in turn. */
const VALUES = 100;

let database: TestDatabase;
let service: ServiceProcess;
let admin: Api;
let workspace: WorkspaceBody;
let officer: Api;

beforeAll(async () => {
  database = await createTestDatabase();
  service = await startServiceProcess({ DATABASE_URL: database.url, BOOTSTRAP_API_KEY: KEY });
  admin = new Api(service.url, KEY);
  workspace = await admin.workspace();
  const user = await admin.user('Officer', ['pii:rehydrate']);
  officer = user.api;
  await admin.put(`/v1/workspaces/${workspace.id}/members/${user.id}`, { role: 'admin', piiAccess: true });
  for (let value = 0; value < VALUES; value += 1) {
    const message = `Dear person${value}@example.org, your parcel is at the door.`;
    await admin.post(`/v1/chat/${workspace.defaultChatId}/messages`, { message });
  }
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(
    `INSERT INTO messages (workspace_id, chat_id, seq, id, sender_id, text, positions)
     SELECT m.workspace_id, m.chat_id, n, gen_random_uuid(), m.sender_id, m.text, m.positions
       FROM generate_series($2::bigint, $3) n JOIN messages m ON m.workspace_id = $1 AND m.seq = 1 + n % ($2 - 1)`,
    [workspace.id, VALUES + 1, MESSAGES],
  );
  await sql.query('ANALYZE messages');
  await sql.end();
}, 600_000);
afterAll(async () => {
  await service.stop();
  await database.drop();
}, 60_000);

/** Megabytes that the service has resident; 0 where the system does not tell. */
function resident(): number {
  const path = `/proc/${service.pid}/status`;
  if (!existsSync(path)) return 0;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) / 1_024;
}

interface Exported {
  /** Sum over the sequences of all messages. */
  sum: number;
  messages: number;
  originals: number;
  cursor: string | null;
  /** The most that was resident meanwhile, in megabytes. */
  peak: number;
}

/** Reads an export as it comes; with `stopAt`, only up to the first cursor after so many messages. */
async function read(api: Api, query: string, stopAt = Infinity): Promise<Exported> {
  const headers = { 'X-API-Key': api.key ?? '' };
  const response = await fetch(`${api.url}/v1/workspaces/${workspace.id}/export?${query}`, {
    headers,
  });
  const read: Exported = { sum: 0, messages: 0, originals: 0, cursor: null, peak: 0 };
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { seq, message, cursor } = JSON.parse(line) as { seq?: number; message?: string; cursor?: string | null };
      if (seq !== undefined) {
        read.messages += 1;
        read.sum += seq;
        if (message?.includes('@example.org')) read.originals += 1;
        continue;
      }
      read.cursor = cursor ?? null;
      read.peak = Math.max(read.peak, resident());
      // Leaving the loop closes the connection.
      if (read.messages >= stopAt) return read;
    }
  }
  return read;
}

const ALL = { messages: MESSAGES, sum: (MESSAGES * (MESSAGES + 1)) / 2, cursor: null };

it('streams in flat memory, masked and with originals, and goes on where it was cut', async () => {
  const idle = Math.round(resident());
  const masked = await read(admin, 'rehydrate=false');
  expect(masked).toMatchObject({ ...ALL, originals: 0 });
  const rehydrated = await read(officer, 'rehydrate=true');
  expect(rehydrated).toMatchObject({ ...ALL, originals: MESSAGES });

  const first = await read(officer, 'rehydrate=true', MESSAGES / 2);
  const second = await read(officer, `rehydrate=true&cursor=${first.cursor}`);
  expect(first.messages + second.messages).toBe(MESSAGES);
  expect(first.sum + second.sum).toBe(ALL.sum);

  const peaks = [masked, rehydrated, first, second].map((exported) => Math.round(exported.peak));
  const most = Math.max(...peaks);
  expect(most - idle).toBeLessThan(MOST_GROWTH_MB);
  if (!process.env['EXPORT_MESSAGES']) return;
  process.stdout.write(`${MESSAGES} messages: ${peaks.join(', ')} MB resident at most, ${idle} before\n`);
  expect(most).toBeLessThan(LIMIT_MB);
}, 3_000_000);

it('streams what concerns one person', async () => {
  const response = await officer.post(`/v1/workspaces/${workspace.id}/export`, {
    type: 'EMAIL_ADDRESS',
    value: 'person1@example.org',
  });
  expect(response.text.trimEnd().split('\n')).toHaveLength(Math.floor((MESSAGES - 2) / VALUES) + 2);
}, 600_000);
