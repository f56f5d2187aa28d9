import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { loadConfig } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { createKeyProvider } from '../../src/pii/vault/keys/create-key-provider.js';
import { KeyRotation } from '../../src/pii/vault/keys/key-rotation.js';
import { MasterKeyUseStore } from '../../src/pii/vault/keys/master-key-use.store.js';
import { newChatSecret, unwrapChatSecret, wrapChatSecret } from '../../src/pii/vault/value-cipher.js';
import type { Api, MessageBody, WorkspaceBody } from '../support/api.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };
const MANY = 40_000;

describe('master keys in a file', () => {
  let directory: string;
  let file: string;
  let service: TestApp;
  let direct: Client;
  let workspace: WorkspaceBody;
  let reader: { id: string; api: Api };

  const kids = () =>
    readFileSync(file, 'utf8')
      .trim()
      .split(',')
      .map((entry) => entry.split(':')[0] ?? '');
  const keyOf = (kid: string) =>
    Buffer.from(new RegExp(`${kid}:([^,\\s]+)`).exec(readFileSync(file, 'utf8'))?.[1] ?? '', 'base64url');
  const uses = async () => {
    const { rows } = await direct.query<{ kid: string; count: string }>(
      'SELECT kid, count(*) FROM chat_keys GROUP BY kid',
    );
    return new Map(rows.map(({ kid, count }) => [kid, Number(count)]));
  };
  const history = async () =>
    (
      await reader.api.get<{ items: MessageBody[] }>(`/v1/chat/${workspace.defaultChatId}/messages?limit=200`, VAULT)
    ).body.items.map(({ message }) => message);
  const settings = (env: Readonly<Record<string, string>> = {}) => ({
    ...process.env,
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: service.database.url,
    API_KEY_SECRET: Buffer.alloc(32, 1).toString('base64url'),
    TOKEN_KEYS: `t1:${Buffer.alloc(32, 2).toString('base64url')}`,
    MASTER_KEYS_FILE: file,
    ...env,
  });
  const start = (script: string, args: readonly string[], env?: Readonly<Record<string, string>>) =>
    spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--import', './test/support/typescript.mjs', script, ...args],
      {
        env: settings(env),
      },
    );
  const keys = (...args: readonly string[]) => ended(start('src/cli/keys.ts', args));
  /** As another process would have it: with a ring of its own over the same file. */
  const rotation = () =>
    new KeyRotation(
      new MasterKeyUseStore(service.app.get(Database, { strict: false })),
      createKeyProvider(loadConfig(settings({ MASTER_KEYS: '' }))),
    );
  const rewrapAll = async () => {
    let last = { rewrapped: 0, unreadable: 0 };
    for await (const progress of rotation().rewrapAll()) last = progress;
    return last;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cloakroom-keys-'));
    file = join(directory, 'master-keys');
    writeFileSync(file, `m1:${Buffer.alloc(32, 3).toString('base64url')}\n`, { mode: 0o600 });
    service = await startTestApp({ MASTER_KEYS: '', MASTER_KEYS_FILE: file });
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
    workspace = await service.admin.workspace();
    reader = await service.admin.user('Reader', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${reader.id}`, { role: 'reader', piiAccess: true });
  });
  afterAll(async () => {
    await direct.end();
    await service.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('rotates while messages are written; all stay readable, also when the old key is gone', async () => {
    const rotating = { on: true };
    const written: string[] = [];
    const write = async (writer: number) => {
      for (let count = 0; rotating.on; count += 1) {
        const message = `w${writer}n${count}@example.org`;
        const { status } = await service.admin.post(`/v1/chat/${workspace.defaultChatId}/messages`, { message });
        expect(status).toBe(201);
        written.push(message);
        if (count % 5 === 0) await service.admin.post('/v1/chat', { workspaceId: workspace.id, title: 'Another' });
      }
    };
    const writers = [write(1), write(2)];
    const begun = await rotation().begin();
    expect(begun.isNew).toBe(true);
    // Whatever was on its way under the old key when the new one came is caught by a later pass.
    while ((await uses()).has('m1')) await rewrapAll();
    rotating.on = false;
    await Promise.all(writers);
    await rewrapAll();

    const [current = '', ...old] = kids();
    expect(old).toEqual(['m1']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect([...(await uses()).keys()]).toEqual([current]);
    expect(await rotation().list()).toEqual([
      { kid: current, current: true, present: true, chatKeys: expect.any(Number), pendingErasures: 0 },
      { kid: 'm1', current: false, present: true, chatKeys: 0, pendingErasures: 0 },
    ]);
    expect(await rotation().retire('m1')).toBeUndefined();
    expect(kids()).toEqual([current]);
    const messages = await history();
    expect(messages).toHaveLength(Math.min(written.length, 200));
    expect(messages.filter((message = '') => !written.includes(message))).toEqual([]);
    const { body } = await service.admin.post<WorkspaceBody>('/v1/workspaces', { name: 'After' });
    expect(body.defaultChatId).toBeDefined();
    expect([...(await uses()).keys()]).toEqual([current]);
  });

  it('goes on where it was killed, thousands of keys with each statement', async () => {
    const [old = ''] = kids();
    await insertKeys(old, MANY);
    const before = await uses();
    const killed = start('src/cli/keys.ts', ['rotate']);
    await said(killed, '2000 keys rewrapped\n');
    killed.kill('SIGKILL');
    await ended(killed);
    const half = await uses();
    const [current = ''] = kids();
    expect(half.get(old)).toBeGreaterThan(0);
    expect(half.get(current)).toBeGreaterThanOrEqual(2_000);

    expect(await rotation().retire(old)).toEqual({ chatKeys: half.get(old) });
    expect(await rotation().begin()).toEqual({ kid: current, isNew: false });
    // The rate, 10,000 keys a second, is measured by npm run bench:vault on a machine that does nothing else.
    const log = listenToStatements(service.app);
    const { rewrapped, unreadable } = await rewrapAll();
    log.stop();
    expect(log.names.filter((name) => name === 'master_key_rewrap')).toHaveLength(Math.ceil(rewrapped / 2_000));
    expect(unreadable).toBe(0);
    expect(await uses()).toEqual(new Map([[current, before.get(old)]]));

    const { rows } = await direct.query<{
      workspace_id: string;
      chat_id: string;
      wrapped_key: Buffer;
      past_kids: string[];
    }>('SELECT workspace_id, chat_id, wrapped_key, past_kids FROM chat_keys');
    const opened = rows.filter((row) =>
      unwrapChatSecret(keyOf(current), current, row.workspace_id, row.chat_id, row.wrapped_key),
    );
    expect(opened).toHaveLength(rows.length);
    expect(rows.every(({ past_kids }) => past_kids.includes(old))).toBe(true);
  }, 120_000);

  it('keeps what it has while the file is broken or open to others', async () => {
    const content = readFileSync(file, 'utf8');
    const name = async () => (await service.admin.post('/v1/workspaces', { name: 'Broken' })).status;
    expect(await name()).toBe(201);
    writeFileSync(file, 'nonsense');
    expect(await name()).toBe(201);
    writeFileSync(file, content);
    chmodSync(file, 0o644);
    expect(await name()).toBe(201);
    chmodSync(file, 0o600);
    expect(await name()).toBe(201);
  });

  it('does not destroy the current key, nor one that is not there', async () => {
    const [current = ''] = kids();
    expect(await rotation().retire(current)).toBe('current');
    expect(await rotation().retire('m9')).toBe('unknown');
  });

  it('has commands that say what they do', async () => {
    const [current = ''] = kids();
    const [wrong, list, retire] = await Promise.all([keys('retire'), keys('list'), keys('retire', current)]);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringMatching(/^Usage: /) });
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(new RegExp(`^${current} +current +\\d+ +0$`, 'm'));
    expect(retire).toMatchObject({ code: 1, stderr: expect.stringContaining('it is the current one') });
  }, 120_000);

  it('does not start without a key that is in use, and names it', async () => {
    const [current = ''] = kids();
    const env = { MASTER_KEYS_FILE: '', MASTER_KEYS: `other:${randomBytes(32).toString('base64url')}` };
    const { code, stderr } = await ended(start('src/main.ts', [], env));
    expect(code).toBe(1);
    expect(stderr).toBe(`MASTER_KEYS has no key ${current}, and keys of chats are wrapped with it\n`);
  }, 120_000);

  async function insertKeys(kid: string, count: number): Promise<void> {
    const key = keyOf(kid);
    const rows = Array.from({ length: count }, () => {
      const [workspaceId, chatId] = [randomUUID(), randomUUID()];
      return { workspaceId, chatId, wrapped: wrapChatSecret(key, kid, workspaceId, chatId, newChatSecret()) };
    });
    await direct.query(
      `INSERT INTO chat_keys (workspace_id, chat_id, kid, wrapped_key)
       SELECT w, c, $1, k FROM unnest($2::uuid[], $3::uuid[], $4::bytea[]) AS q (w, c, k)`,
      [kid, rows.map((row) => row.workspaceId), rows.map((row) => row.chatId), rows.map((row) => row.wrapped)],
    );
  }
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...text })));
}

function said(child: ChildProcessWithoutNullStreams, words: string): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.once('close', () => reject(new Error('ended')));
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes(words)) resolve();
    });
  });
}
