import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createApiKey } from '../../dist/src/auth/api-key.js';
import { startEmbeddedPostgres } from '../../dist/src/database/embedded-postgres.js';

/*
 * npm run bench:send: acked sends per second of Cloakroom against the floor (bare-server.mjs), interleaved in slices on one
 * real PostgreSQL with durability on, load from another process. Ratios count; absolute figures are those of this machine.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    profile: { type: 'string', default: '100-chats' },
    'in-flight': { type: 'string', default: '1' },
  },
});
const rounds = Number(values.rounds);
const run = promisify(execFile);
const here = (file) => new URL(file, import.meta.url).pathname;

const TEXTS = [
  'hello everybody, the build is green again',
  'can you have a look at the second page when you find the time?',
  'ship it',
  'the numbers of last week look fine, nothing to worry about',
  'lunch at half past twelve as always?',
];

/** Chats and sockets of a profile. */
const PROFILES = {
  '100-chats': { chats: 100, socketsPerChat: 1 },
  'one-hot-chat': { chats: 1, socketsPerChat: 100 },
};
const { chats, socketsPerChat } = PROFILES[values.profile];

const directory = mkdtempSync(join(tmpdir(), 'cloakroom-bench-'));
const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres') });

async function start(command, args, env, ready) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise((resolve) => {
    lines.on('line', (line) => {
      const found = ready(line);
      if (found) resolve(found);
    });
  });
  return { child, url };
}

/** CPU seconds that a process has used, user and system. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function bare() {
  const { child, url } = await start(
    process.execPath,
    [here('bare-server.mjs')],
    { DATABASE_URL: postgres.url },
    (line) => (line.startsWith('{') ? JSON.parse(line).url : undefined),
  );
  const targets = Array.from({ length: chats }, (_, chat) => ({ url, chatId: `chat-${chat}` })).flatMap((target) =>
    Array.from({ length: socketsPerChat }, () => target),
  );
  return { name: 'bare socket.io + pg', child, signed: false, targets: async () => targets };
}

async function cloakroom() {
  const key = createApiKey('test').key;
  const env = {
    NODE_ENV: 'development',
    DATABASE_URL: postgres.url,
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: join(directory, 'cloakroom'),
    BOOTSTRAP_API_KEY: key,
    LOG_LEVEL: 'error',
    RATE_LIMIT_SOCKET_PER_SECOND: '1000000',
    RATE_LIMIT_SOCKET_BURST: '1000000',
  };
  const { child, url } = await start(process.execPath, [here('../../dist/src/main.js')], env, (line) =>
    /API documents\s+(\S+)\/docs/.exec(line)?.[1]?.replace('localhost', '127.0.0.1'),
  );
  const post = async (path, body) => {
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    return response.json();
  };
  const { id: workspaceId } = await post('/v1/workspaces', { name: 'bench' });
  const ids = [];
  for (let n = 0; n < chats; n += 1) ids.push((await post('/v1/chat', { workspaceId })).id);
  const targets = async () => {
    const all = [];
    for (const chatId of ids) {
      for (let n = 0; n < socketsPerChat; n += 1) {
        all.push({ url, chatId, ...(await post(`/v1/chat/${chatId}/connection-string`)) });
      }
    }
    return all;
  };
  return { name: 'cloakroom', child, signed: true, targets };
}

const servers = [await bare(), await cloakroom()];
const results = new Map(servers.map(({ name }) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const server of servers) {
    const load = {
      targets: await server.targets(),
      seconds: Number(values.seconds),
      warmUp: 1,
      inFlight: Number(values['in-flight']),
      signed: server.signed,
      texts: TEXTS,
    };
    const before = cpuSeconds(server.child.pid);
    const { stdout } = await run(process.execPath, [here('load.mjs'), JSON.stringify(load)], { maxBuffer: 1e8 });
    const result = JSON.parse(stdout);
    // Warm-up and connecting are in the CPU time as well; they weigh the same for both.
    result.cpuMicrosPerMessage =
      ((cpuSeconds(server.child.pid) - before) * 1e6) / (result.acksPerSecond * (load.seconds + load.warmUp));
    results.get(server.name).push(result);
    console.error(`round ${round + 1} ${server.name}: ${JSON.stringify(result)}`);
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
const [floor, own] = servers.map(({ name }) => results.get(name));
console.log(`\nProfile ${values.profile}, ${rounds} rounds, medians, ratio to the bare server:\n`);
console.log('| measure | bare | cloakroom | ratio |\n| --- | ---: | ---: | ---: |');
for (const measure of ['acksPerSecond', 'deliveriesPerSecond', 'p50', 'p99', 'cpuMicrosPerMessage']) {
  const [a, b] = [floor, own].map((list) => median(list.map((result) => result[measure])));
  console.log(`| ${measure} | ${a.toFixed(1)} | ${b.toFixed(1)} | ${(b / a).toFixed(2)} |`);
}
for (const { child } of servers) child.kill('SIGTERM');
await postgres.stop();
rmSync(directory, { recursive: true, force: true });
process.exit(0);
