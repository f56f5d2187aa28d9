import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { createApiKey } from '../../src/auth/api-key.js';
import { deriveChatKey, unwrapChatSecret } from '../../src/pii/vault/value-cipher.js';
import { Api, type WorkspaceBody } from '../support/api.js';
import { createCanaries } from '../support/canaries.js';
import { ChatClient } from '../support/chat-client.js';
import { HeapSnapshots } from '../support/heap-snapshots.js';
import { LeakScanner } from '../support/leak-scanner.js';
import { findInMemory } from '../support/process-memory.js';
import { type ServiceProcess, startServiceProcess } from '../support/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

jest.setTimeout(180_000);

const KEY_SECONDS = 5;
/** How long after its key a value may stay at most, on a machine that does other things too. */
const GRACE_MS = 60_000;
const MASTER_KEY = randomBytes(32);
const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };

/** A chat with secrets of its own: some that are detected, and names that only their sender knows. */
function newSecrets() {
  const { detected, named } = createCanaries();
  const { latin, cyrillic, greek, han } = named;
  const names = Object.entries({ latin, cyrillic, greek, han });
  return {
    detected: Object.values(detected).join(' , '),
    email: detected.email,
    mapping: Object.fromEntries(names.map(([, value], index) => [`<PERSON_${index + 1}>`, value])),
    all: { ...detected, ...Object.fromEntries(names) },
  };
}
type Secrets = ReturnType<typeof newSecrets>;

const ascii = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

describe('the process in its memory', () => {
  const snapshots = new HeapSnapshots();
  let database: TestDatabase;
  let direct: Client;
  let service: ServiceProcess;
  let admin: Api;
  let officer: { id: string; api: Api };
  let expired: { workspace: WorkspaceBody; secrets: Secrets };
  let cached: { workspace: WorkspaceBody; secrets: Secrets };
  /** Keys of chats as they are or were, by the name of the chat, what it is for, and its version. */
  const keys: Record<string, Buffer> = {};

  beforeAll(async () => {
    database = await createTestDatabase();
    direct = new Client({ connectionString: database.url });
    await direct.connect();
    const key = createApiKey('test').key;
    service = await startServiceProcess({
      DATABASE_URL: database.url,
      BOOTSTRAP_API_KEY: key,
      MASTER_KEYS: `m1:${MASTER_KEY.toString('base64url')}`,
      VAULT_KEY_SECONDS: String(KEY_SECONDS),
      NODE_OPTIONS: snapshots.nodeOptions,
    });
    admin = new Api(service.url, key);
    officer = await admin.user('Officer', ['pii:rehydrate']);
    [expired, cached] = [await newChat(), await newChat()];
    await use(expired);
    await noteKeys('expired', expired.workspace);
    const erasure = { type: 'EMAIL_ADDRESS', value: expired.secrets.email };
    expect((await admin.post(`/v1/workspaces/${expired.workspace.id}/erasures`, erasure)).status).toBe(201);
    await noteKeys('expired', expired.workspace);
    await use(cached);
    await noteKeys('cached', cached.workspace);
  });
  afterAll(async () => {
    await service?.stop();
    await direct?.end();
    await database?.drop();
    snapshots.remove();
  });

  async function newChat(): Promise<{ workspace: WorkspaceBody; secrets: Secrets }> {
    const workspace = await admin.workspace();
    await admin.put(`/v1/workspaces/${workspace.id}/members/${officer.id}`, { role: 'admin', piiAccess: true });
    return { workspace, secrets: newSecrets() };
  }

  /** Reads the keys as the database has them now: an erasure replaces them. */
  async function noteKeys(chat: string, { id, defaultChatId }: WorkspaceBody): Promise<void> {
    const { rows } = await direct.query<{ wrapped_key: Buffer; version: number }>(
      'SELECT wrapped_key, version FROM chat_keys WHERE chat_id = $1',
      [defaultChatId],
    );
    const [row] = rows;
    const secret = row && unwrapChatSecret(MASTER_KEY, 'm1', id, defaultChatId, row.wrapped_key);
    if (!secret) throw new Error('The key of the chat does not open.');
    const { encryption, fingerprint } = deriveChatKey(secret);
    const halves = { 'secret for values': secret.subarray(0, 32), 'secret for prints': secret.subarray(32) };
    for (const [name, bytes] of Object.entries({ ...halves, encryption, fingerprint })) {
      // The second half alone: whoever frees memory writes over its beginning.
      keys[`${chat} ${name} ${row.version}`] = bytes.subarray(16);
    }
  }

  /** Sends the secrets by every way, and reads them by every way. */
  async function use({ workspace, secrets }: { workspace: WorkspaceBody; secrets: Secrets }): Promise<void> {
    const { id, defaultChatId: chatId } = workspace;
    const { detected, mapping, email } = secrets;
    const names = Object.values(mapping).join(' , ');
    const live = await ChatClient.open(officer.api, chatId, { rehydrate: true });
    const writer = await ChatClient.open(admin, chatId);
    const messages = `/v1/chat/${chatId}/messages`;
    const calls = [
      await admin.post(messages, { message: `detected: ${detected}` }),
      await admin.post(messages, { message: `mapped: ${names}`, pii: { mapping } }),
      await admin.post(messages, { message: `by header: ${names}` }, { 'X-Pii-Mapping': ascii(mapping) }),
      // Found again as names that the chat knows.
      await admin.post(messages, { message: `again: ${names}` }),
    ];
    const ack = await writer.send(`live: ${detected} ${names}`, { piiMapping: ascii(mapping) });
    const shown = await live.until<{ message: string }>('message:created', 5);
    expect([ack.ok, JSON.stringify(shown).includes(email)]).toEqual([true, true]);
    calls.push(
      await officer.api.get(messages, VAULT),
      await officer.api.post(`/v1/chat/${chatId}/pii/reveal`, { placeholders: Object.keys(mapping) }),
      await officer.api.post('/v1/pii/detect', { text: `${detected} ${names}`, chatId }),
      await officer.api.get(`/v1/workspaces/${id}/export?rehydrate=true`),
      await officer.api.post(`/v1/workspaces/${id}/search/values`, { type: 'EMAIL_ADDRESS', value: email }),
    );
    expect(calls.filter(({ status }) => status >= 300).map(({ text }) => text)).toEqual([]);
    for (const client of [live, writer]) {
      client.close();
      await client.closed();
    }
  }

  /** Looks again while the chat in use is read, until all is as expected, or should be by now. */
  async function expectSoon(look: () => string[] | Promise<string[]>, expected: readonly string[]): Promise<void> {
    const deadline = Date.now() + KEY_SECONDS * 1_000 + GRACE_MS;
    const looked = async (): Promise<string[]> => {
      await officer.api.get(`/v1/chat/${cached.workspace.defaultChatId}/messages`, VAULT);
      return (await look()).toSorted();
    };
    let found = await looked();
    while (found.join() !== expected.join() && Date.now() < deadline) found = await looked();
    expect(found).toEqual(expected);
  }

  it('has the keys of chats in use, and nowhere those of a chat whose time is over or that were replaced', async () => {
    if (!findInMemory(service.pid, keys)) {
      console.warn('memory-after-expiry: no key was looked for, since the memory of a process cannot be read here');
      return;
    }
    expect(Object.keys(keys)).toHaveLength(12);
    /** What the database has wrapped: gone as soon as the keys were derived from it, long before they are. */
    const secrets = new Set<string>();
    const derived = (): string[] => {
      const found = findInMemory(service.pid, keys) ?? [];
      for (const name of found) if (name.includes('secret')) secrets.add(name);
      return found.filter((name) => !name.includes('secret'));
    };
    await expectSoon(derived, ['cached encryption 1', 'cached fingerprint 1']);
    expect([...secrets]).toEqual([]);
  });

  it('has the originals of chats in use, and holds none of a chat whose time is over', async () => {
    const secretsOf = (chat: string, { secrets }: typeof expired) =>
      Object.entries(secrets.all).map(([name, secret]): [string, string] => [`${chat} ${name}`, secret]);
    const inUse = secretsOf('cached', cached);
    const scanner = new LeakScanner(Object.fromEntries([...inUse, ...secretsOf('expired', expired)]));
    const held = async (): Promise<string[]> => {
      const strings = await snapshots.strings(service.pid, () => admin.get('/health/live'));
      return [...new Set(scanner.find(strings).map((label) => label.replace(/ as .*/, '')))];
    };
    await expectSoon(held, inUse.map(([name]) => name).toSorted());
  });
});
