import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { createApiKey } from '../../dist/src/auth/api-key.js';
import { startEmbeddedPostgres } from '../../dist/src/database/embedded-postgres.js';
import { cpuOf, cpuOfPostgres } from './clocks.mjs';

const here = (file) => new URL(file, import.meta.url).pathname;
/** One user plays all of them: the limits are checked for every message, and never reached. */
const LIMITS = [
  'RATE_LIMIT_USER_PER_MINUTE',
  'RATE_LIMIT_USER_KIB_PER_MINUTE',
  'RATE_LIMIT_USER_CONNECTS_PER_MINUTE',
  'RATE_LIMIT_ADDRESS_CONNECTS_PER_MINUTE',
  'RATE_LIMIT_SOCKET_PER_SECOND',
  'RATE_LIMIT_SOCKET_BURST',
  'RATE_LIMIT_SOCKET_KIB_PER_SECOND',
  'MAX_SOCKETS_PER_USER',
];
const NO_LIMIT = '1000000';

/** What chats say: short everyday texts; one in ten names a person's data. `pii` is that share, 0 to 1. */
export function texts(pii = 0.1, length = 0) {
  const plain = [
    'hello everybody, the build is green again',
    'can you have a look at the second page when you find the time?',
    'ship it',
    'the numbers of last week look fine, nothing to worry about',
    'lunch at half past twelve as always?',
  ];
  const personal = [
    'mail ada@example.org about the second page',
    'call +1 212 555 0147 when the build is green',
    'the parcel for zoe@example.org has come',
    'IBAN DE89 3704 0044 0532 0130 00 as always',
    'card 4111 1111 1111 1111 was refused again',
  ];
  const share = Math.round(pii * 20);
  return Array.from({ length: 20 }, (_, n) => {
    const text = n < share ? personal[n % personal.length] : plain[n % plain.length];
    return length > text.length ? `${text} ${'and so on and on, '.repeat(length)}`.slice(0, length) : text;
  });
}

/** Everything of one run: a PostgreSQL with durability on, and servers that are started on it. Ends with `close`. */
export class Laboratory {
  static async open() {
    const directory = mkdtempSync(join(tmpdir(), 'cloakroom-bench-'));
    const postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres') });
    return new Laboratory(directory, postgres);
  }

  #running = [];

  constructor(directory, postgres) {
    this.directory = directory;
    this.postgres = postgres;
  }

  async #start(name, file, env) {
    const args = [...(process.env.BENCH_NODE_FLAGS ?? '').split(' ').filter(Boolean), file];
    const child = spawn(process.execPath, ['--expose-gc', '--import', here('collect-on-signal.mjs'), ...args], {
      env: { ...process.env, DATABASE_URL: this.postgres.url, NODE_ENV: 'development', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#running.push(child);
    const port = await new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /^\{"port":(\d+)\}$/.exec(line)?.[1] ?? /API documents\s+\S+:(\d+)\/docs/.exec(line)?.[1];
        if (found) resolve(Number(found));
      });
    });
    return { name, child, port };
  }

  /** One of servers/, with `chats` chats. */
  async bare(kind, chats = 1) {
    const ids = Array.from({ length: chats }, (_, n) => `${kind}-${n}`);
    const server = await this.#start(kind, here(`../servers/${kind}.mjs`), { CHATS: ids.join(',') });
    const targets = async (count) =>
      Array.from({ length: count }, (_, n) => ({ port: server.port, chatId: ids[n % chats] }));
    return { ...server, ids, targets, plain: kind === 'bare-ws' };
  }

  /** The service with `chats` chats in one workspace. `node` tells several of one run apart. */
  async cloakroom(chats = 1, { node = 0, key = createApiKey('test').key, ids = [], env = {} } = {}) {
    const server = await this.#start('cloakroom', here('../../dist/src/main.js'), {
      PORT: '0',
      HOST: '127.0.0.1',
      DATA_DIR: join(this.directory, 'cloakroom'),
      BOOTSTRAP_API_KEY: key,
      LOG_LEVEL: 'error',
      CONNECTION_STRING_SECONDS: '300',
      ...Object.fromEntries(LIMITS.map((name) => [name, NO_LIMIT])),
      ...env,
    });
    const call = async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
        method,
        headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${method} ${path} answered ${response.status} ${await response.text()}`);
      return response.json();
    };
    let workspaceId;
    if (ids.length === 0) {
      workspaceId = (await call('POST', '/v1/workspaces', { name: 'bench' })).id;
      ids = [];
      for (let n = 0; n < chats; n += 1) ids.push((await call('POST', '/v1/chat', { workspaceId })).id);
    }
    const targets = async (count) => {
      const all = [];
      const AT_ONCE = 20;
      for (let at = 0; at < count; at += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, count - at) }, async (_, n) => {
          const chatId = ids[(at + n) % ids.length];
          return { port: server.port, chatId, ...(await call('POST', `/v1/chat/${chatId}/connection-string`, {})) };
        });
        all.push(...(await Promise.all(some)));
      }
      return all;
    };
    return { ...server, key, ids, workspaceId, call, targets, plain: false, node };
  }

  /** A load generator for a server. */
  generator(file = here('../load/generator.mjs')) {
    const child = fork(file);
    this.#running.push(child);
    return new Generator(child);
  }

  /**
   * Lets every system write a little and PostgreSQL take note of it, as its own maintenance would within a minute: plans that
   * were made for empty tables are no measure for anybody.
   */
  async warmUp(systems) {
    for (const { generator } of systems) {
      await generator.ask({ do: 'closed', seconds: 2, warmUp: 0, inFlight: 4 });
    }
    await this.query('ANALYZE');
  }

  async query(sql, values = []) {
    const client = new Client({ connectionString: this.postgres.url });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Runs a slice of load and adds what server and database used of the CPU meanwhile. */
  async slice(server, generator, command) {
    const clocks = () => ({ server: cpuOf(server.child.pid), database: cpuOfPostgres(this.postgres.pid) });
    const at = {};
    const result = await generator.ask(command, (mark) => (at[mark] = clocks()));
    if (result.failures > 0) throw new Error(`${server.name}: ${result.failures} failures, ${result.failure}`);
    const micros = (which) => ((at.end[which] - at.begin[which]) * 1e6) / result.acks;
    return { ...result, serverMicros: micros('server'), databaseMicros: micros('database') };
  }

  /** Ends processes the gentle way, so that they can still write what they know, such as a profile. */
  async end(...children) {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const impatient = setTimeout(() => child.kill('SIGKILL'), 12_000);
        await ended;
        clearTimeout(impatient);
      }),
    );
  }

  async close() {
    await this.end(...this.#running);
    await this.postgres.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

class Generator {
  constructor(child) {
    this.child = child;
  }

  ask(command, onMark = () => undefined) {
    return new Promise((resolve, reject) => {
      const listen = (message) => {
        if (message.mark) return onMark(message.mark);
        this.child.off('message', listen);
        return message.error ? reject(new Error(message.error)) : resolve(message);
      };
      this.child.on('message', listen);
      this.child.send(command);
    });
  }
}
