import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createApp } from '../../src/app.js';
import { createApiKey } from '../../src/auth/api-key.js';
import { Bootstrap } from '../../src/auth/bootstrap.js';
import { type Config, loadConfig } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { runMigrations } from '../../src/database/migrate.js';
import { createLogger } from '../../src/logging/logger.js';
import { ChatKeys, type LoadedKey } from '../../src/pii/vault/chat-keys.js';
import { createKeyProvider } from '../../src/pii/vault/keys/create-key-provider.js';
import { KeyRotation } from '../../src/pii/vault/keys/key-rotation.js';
import { MasterKeyUseStore } from '../../src/pii/vault/keys/master-key-use.store.js';
import { deriveChatKey, openValue, unwrapChatSecret } from '../../src/pii/vault/value-cipher.js';
import { Api, type WorkspaceBody } from '../support/api.js';

/** Length of a wrapped secret, and of a sealed value of up to 60 bytes. */
const WINDOW = 93;
/** How PostgreSQL writes a bytea of 93 bytes that begins with the version 1, in heap and WAL alike. */
const HEAD = Buffer.of(((WINDOW + 1) << 1) | 1, 1);
const WAL_PAGE = 8_192;
const WAL_PAGE_HEAD = 24;

interface Entry {
  readonly id: string;
  readonly type: string;
  readonly number: number;
}

describe('an erased value on the disk', () => {
  const victim = `victim-${randomBytes(6).toString('hex')}@example.org`;
  const witness = `witness-${randomBytes(6).toString('hex')}@example.org`;
  let directory: string;
  let keyFile: string;
  let server: EmbeddedPostgres;
  let config: Config;
  let app: NestFastifyApplication;
  let api: Api;
  let direct: Client;
  let workspace: WorkspaceBody;
  let entries: Entry[];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'cloakroom-disk-'));
    keyFile = join(directory, 'master-keys');
    writeFileSync(keyFile, `m1:${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
    server = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres') });
    const adminKey = createApiKey('test').key;
    config = loadConfig({
      NODE_ENV: 'test',
      PORT: '0',
      DATABASE_URL: server.url,
      DATABASE_POOL_SIZE: '4',
      BOOTSTRAP_API_KEY: adminKey,
      API_KEY_SECRET: randomBytes(32).toString('base64url'),
      TOKEN_KEYS: `t1:${randomBytes(32).toString('base64url')}`,
      MASTER_KEYS_FILE: keyFile,
      LOG_LEVEL: 'silent',
    });
    const connection = { url: server.url, poolSize: 4 };
    await runMigrations(connection);
    app = await createApp(config, connection, createLogger(config));
    await app.get(Bootstrap).run();
    await app.listen(0, '127.0.0.1');
    api = new Api(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`, adminKey);
    direct = new Client({ connectionString: server.url });
    await direct.connect();
    workspace = await api.workspace();
    await api.post(`/v1/chat/${workspace.defaultChatId}/messages`, { message: `${victim} and ${witness}` });
    entries = (await direct.query<Entry>('SELECT id, type, number FROM pii_entries')).rows;
  }, 60_000);
  afterAll(async () => {
    await direct.end();
    await app.close();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('can be opened from what the disk still holds until its master key is destroyed, and never after', async () => {
    await direct.query('CHECKPOINT');
    expect(found()).toEqual({ secrets: 1, values: new Set([victim, witness]) });

    const erasure = await api.post<{ kids: string[] }>(`/v1/workspaces/${workspace.id}/erasures`, {
      type: 'EMAIL_ADDRESS',
      value: victim,
    });
    expect(erasure.body.kids).toEqual(['m1']);
    const rotation = new KeyRotation(
      new MasterKeyUseStore(app.get(Database, { strict: false })),
      createKeyProvider(config),
    );
    await rotation.begin();
    for await (const progress of rotation.rewrapAll()) expect(progress.unreadable).toBe(0);
    await direct.query('CHECKPOINT');
    expect((await rotation.list()).find(({ kid }) => kid === 'm1')?.pendingErasures).toBe(1);
    // This is why emptying rows is no erasure: the old secret and the old value are both still there.
    expect(found()).toEqual({ secrets: 2, values: new Set([victim, witness]) });

    expect(await rotation.retire('m1')).toBeUndefined();
    expect(found()).toEqual({ secrets: 1, values: new Set([witness]) });
    await direct.query('VACUUM FULL');
    await direct.query('CHECKPOINT');
    expect(found()).toEqual({ secrets: 1, values: new Set([witness]) });
  }, 60_000);

  it('never stood there in clear, nor did a key', async () => {
    const keys: string[] = [];
    const scope = { workspaceId: workspace.id, chatId: workspace.defaultChatId };
    await app.get(ChatKeys, { strict: false }).use(scope, (key) => {
      keys.push(key.encryption.toString('latin1'), key.fingerprint.toString('latin1'));
    });
    const secrets = [...ring().values()].map((key) => key.toString('latin1'));
    const disk = contents().map((content) => content.toString('latin1'));
    for (const needle of [victim, witness, ...keys, ...secrets]) {
      expect(disk.filter((content) => content.includes(needle))).toEqual([]);
    }
  });

  it('leaves no key in memory once the cache lets go of it', async () => {
    const keys = app.get(ChatKeys, { strict: false });
    const scope = { workspaceId: workspace.id, chatId: workspace.defaultChatId };
    let held: LoadedKey | undefined;
    await keys.use(scope, (key) => (held = key));
    expect(held?.encryption.equals(Buffer.alloc(32))).toBe(false);
    keys.forget(scope);
    expect(held?.encryption).toEqual(Buffer.alloc(32));
    expect(held?.fingerprint).toEqual(Buffer.alloc(32));
  });

  function ring(): Map<string, Buffer> {
    const entriesOfRing = readFileSync(keyFile, 'utf8').trim().split(',');
    return new Map(
      entriesOfRing.map((entry) => {
        const [kid = '', key = ''] = entry.split(':');
        return [kid, Buffer.from(key, 'base64url')];
      }),
    );
  }

  /** Every file of the database, the WAL also without the headers that cut through its records. */
  function contents(): Buffer[] {
    const root = join(directory, 'postgres');
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .flatMap((file) => {
        const content = readFileSync(join(file.parentPath, file.name));
        return file.parentPath.endsWith('pg_wal') ? [content, withoutPageHeads(content)] : [content];
      });
  }

  /** All that can be opened with the master keys there are, on the whole disk. */
  function found(): { secrets: number; values: Set<string> } {
    const candidates = contents().flatMap(windows);
    const { id: workspaceId, defaultChatId: chatId } = workspace;
    const secrets = new Map<string, Buffer>();
    for (const [kid, key] of ring()) {
      for (const candidate of candidates) {
        const secret = unwrapChatSecret(key, kid, workspaceId, chatId, candidate);
        if (secret) secrets.set(secret.toString('hex'), secret);
      }
    }
    const values = new Set<string>();
    for (const key of [...secrets.values()].map(deriveChatKey)) {
      for (const { id, type, number } of entries) {
        const context = { workspaceId, chatId, placeholder: `<${type}_${number}>`, entryId: id };
        for (const candidate of candidates) {
          const value = openValue(key, candidate, context);
          if (value !== undefined) values.add(value);
        }
      }
    }
    return { secrets: secrets.size, values };
  }
});

function windows(content: Buffer): Buffer[] {
  const all: Buffer[] = [];
  for (let at = content.indexOf(HEAD); at >= 0; at = content.indexOf(HEAD, at + 1)) {
    all.push(content.subarray(at + 1, at + 1 + WINDOW));
  }
  return all;
}

function withoutPageHeads(wal: Buffer): Buffer {
  const pages: Buffer[] = [];
  for (let at = 0; at < wal.length; at += WAL_PAGE) pages.push(wal.subarray(at + WAL_PAGE_HEAD, at + WAL_PAGE));
  return Buffer.concat(pages);
}
