import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Report } from '../measure/report.mjs';
import { createApp } from '../../dist/src/app.js';
import { createApiKey } from '../../dist/src/auth/api-key.js';
import { Bootstrap } from '../../dist/src/auth/bootstrap.js';
import { loadConfig } from '../../dist/src/config/config.js';
import { Database } from '../../dist/src/database/database.js';
import { startEmbeddedPostgres } from '../../dist/src/database/embedded-postgres.js';
import { runMigrations } from '../../dist/src/database/migrate.js';
import { createLogger } from '../../dist/src/logging/logger.js';
import { createKeyProvider } from '../../dist/src/pii/vault/keys/create-key-provider.js';
import { KeyRotation } from '../../dist/src/pii/vault/keys/key-rotation.js';
import { MasterKeyUseStore } from '../../dist/src/pii/vault/keys/master-key-use.store.js';
import {
  deriveChatKey,
  fingerprint,
  newChatSecret,
  sealValue,
  wrapChatSecret,
} from '../../dist/src/pii/vault/value-cipher.js';

/*
 * npm run bench:vault (after npm run build): what the vault costs, and whether it keeps its floors. Rates are per second of
 * processor time, so that neighbours on the machine do not count; ratios compare calls that take turns. Exit code 1 when a
 * floor is missed.
 */
const VALUES = 60_000;
const KEYS = 50_000;
const ROUNDS = 300;

const page = new Report(
  'vault',
  'The vault',
  'Rates are per second of processor time unless it is said otherwise; ratios compare calls that take turns, by their medians.',
);
const rows = [];
let missed = false;
function report(what, figure, floor, holds) {
  missed ||= !holds;
  rows.push([what, figure, floor, holds ? 'held' : 'missed']);
}
const note = (what, figure) => rows.push([what, figure, '–', '–']);

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];

function cipher() {
  const key = deriveChatKey(newChatSecret());
  const context = { workspaceId: randomUUID(), chatId: randomUUID(), placeholder: '<PERSON_1>', entryId: randomUUID() };
  const once = (index) => {
    const value = `somebody.${index}@example.org`;
    fingerprint(key, value);
    sealValue(key, value, context);
  };
  for (let index = 0; index < 5_000; index += 1) once(index);
  const start = cpuSeconds();
  for (let index = 0; index < VALUES; index += 1) once(index);
  const rate = Math.round(VALUES / (cpuSeconds() - start));
  report('encrypt and fingerprint', `${rate} values/s`, '20,000', rate >= 20_000);
}

async function rotation(app, config, masterKey) {
  const database = app.get(Database, { strict: false });
  const rows = Array.from({ length: KEYS }, () => {
    const [workspaceId, chatId] = [randomUUID(), randomUUID()];
    return { workspaceId, chatId, wrapped: wrapChatSecret(masterKey, 'm1', workspaceId, chatId, newChatSecret()) };
  });
  await database.query(
    {
      name: 'bench_keys',
      text: `INSERT INTO chat_keys (workspace_id, chat_id, kid, wrapped_key)
             SELECT w, c, 'm1', k FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS q (w, c, k)`,
    },
    [rows.map((row) => row.workspaceId), rows.map((row) => row.chatId), rows.map((row) => row.wrapped)],
  );
  const keys = new KeyRotation(new MasterKeyUseStore(database), createKeyProvider(config));
  await keys.begin();
  const [cpu, wall] = [cpuSeconds(), performance.now()];
  let done = 0;
  for await (const progress of keys.rewrapAll()) done = progress.rewrapped;
  const [cpuRate, rate] = [done / (cpuSeconds() - cpu), (done / (performance.now() - wall)) * 1_000].map(Math.round);
  report('rewrap keys, by the clock', `${rate} keys/s`, '10,000', rate >= 10_000);
  note('of the processor time of this process alone', `${cpuRate} keys/s`);
}

async function history(call, database) {
  const workspace = await call('POST', '/v1/workspaces', { name: 'Bench' });
  const reader = await call('POST', '/v1/users', { displayName: 'Reader' });
  const { key } = await call('POST', `/v1/users/${reader.id}/api-keys`, { name: 'bench', scopes: ['pii:rehydrate'] });
  await call('PUT', `/v1/workspaces/${workspace.id}/members/${reader.id}`, { role: 'member', piiAccess: true });
  const path = `/v1/chat/${workspace.defaultChatId}/messages`;
  for (let index = 0; index < 50; index += 1) {
    const message = `From a${index}@example.org to b${index}@example.org: all is well, see you on Monday.`;
    await call('POST', path, { message }, { 'X-API-Key': key });
  }
  // As autovacuum does within a minute.
  await database.query({ name: 'bench_analyze', text: 'ANALYZE' }, []);
  const as = (headers) => ({ 'X-API-Key': key, ...headers });
  const times = { masked: [], vault: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, headers] of [
      ['masked', {}],
      ['vault', { 'X-Chat-History-Pii-Mapping': 'vault' }],
    ]) {
      const start = performance.now();
      await call('GET', `${path}?limit=50`, undefined, as(headers));
      if (round >= 30) times[name].push(performance.now() - start);
    }
  }
  const [masked, vault] = [median(times.masked), median(times.vault)];
  const ratio = vault / masked;
  const figure = `${ratio.toFixed(2)} x (${vault.toFixed(1)} / ${masked.toFixed(1)} ms)`;
  report('page of 50 messages, 100 originals', figure, '1.5 x masked', ratio <= 1.5);

  const commits = [];
  const statement = { name: 'bench_commit', text: 'INSERT INTO connection_strings_used VALUES ($1, now())' };
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    await database.query(statement, [randomBytes(16)]);
    if (round >= 30) commits.push(performance.now() - start);
  }
  note('of that, one durable commit of one row', `${median(commits).toFixed(1)} ms`);

  const known = { none: 'all is well today', three: 'a1@example.org, b1@example.org and a2@example.org' };
  const sends = { none: [], three: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, message] of Object.entries(known)) {
      const start = performance.now();
      await call('POST', path, { message }, as({}));
      if (round >= 30) sends[name].push(performance.now() - start);
    }
  }
  const asked = { none: await statementsOf(database, () => call('POST', path, { message: known.none }, as({}))) };
  asked.three = await statementsOf(database, () => call('POST', path, { message: known.three }, as({})));
  const same = asked.none.join() === asked.three.join();
  report(
    'statements of a send with 3 known values',
    asked.three.join(', '),
    `those of one with none (${asked.none.length})`,
    same,
  );
  const [none, three] = [median(sends.none), median(sends.three)];
  report(
    'send with 3 known values',
    `${(three / none).toFixed(2)} x (${three.toFixed(1)} / ${none.toFixed(1)} ms)`,
    '1.25 x a send with none',
    three / none <= 1.25,
  );
}

/** Names of the statements that a call waits for: the fewest of several, since timers ask now and then too. */
async function statementsOf(database, call) {
  const ask = database.query.bind(database);
  let fewest;
  for (let turn = 0; turn < 5; turn += 1) {
    const names = [];
    database.query = (statement, values) => {
      // Other nodes are told of what was written in a time of its own.
      if (statement.name !== 'notify') names.push(statement.name);
      return ask(statement, values);
    };
    await call();
    if (!fewest || names.length < fewest.length) fewest = names;
  }
  delete database.query;
  return fewest;
}

const directory = mkdtempSync(join(tmpdir(), 'cloakroom-bench-'));
const keyFile = join(directory, 'master-keys');
const masterKey = randomBytes(32);
writeFileSync(keyFile, `m1:${masterKey.toString('base64url')}\n`, { mode: 0o600 });
const server = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres') });
try {
  const adminKey = createApiKey('test').key;
  const config = loadConfig({
    NODE_ENV: 'test',
    DATABASE_URL: server.url,
    BOOTSTRAP_API_KEY: adminKey,
    API_KEY_SECRET: randomBytes(32).toString('base64url'),
    TOKEN_KEYS: `t1:${randomBytes(32).toString('base64url')}`,
    MASTER_KEYS_FILE: keyFile,
    LOG_LEVEL: 'silent',
  });
  const connection = { url: server.url, poolSize: 10 };
  await runMigrations(connection);
  const app = await createApp(config, connection, createLogger(config));
  await app.get(Bootstrap).run();
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${app.getHttpServer().address().port}`;
  const call = async (method, path, body, headers = { 'X-API-Key': adminKey }) => {
    const answer = await fetch(url + path, {
      method,
      headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  cipher();
  await history(call, app.get(Database, { strict: false }));
  await rotation(app, config, masterKey);
  await app.close();
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}
page.plainTable('Floors', ['what', 'reached', 'floor', 'verdict'], rows);
page.write();
process.exit(missed ? 1 : 0);
