import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { Client, type Pool, type PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { loadConfig } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { DatabaseError, isUniqueViolation, storing } from '../../src/database/database-error.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { Database } from '../../src/database/database.js';
import { runMigrations } from '../../src/database/migrate.js';
import { CodedError } from '../../src/errors/coded-error.js';
import { TEST_SECRETS } from '../support/test-app.js';
import { TracingModule } from '../../src/tracing/tracing.module.js';
import { createTestDatabase, databaseUrl, withAdministrator, type TestDatabase } from '../support/test-database.js';

const SECRET = 'ada.canary@example.org';
const one = { name: 'one', text: 'SELECT 1 AS one' };
const ids = { name: 'ids', text: 'SELECT id FROM things ORDER BY id' };
const insert = { name: 'insert_thing', text: 'INSERT INTO things (id, mail) VALUES ($1, $2)' };

const SLEEPERS = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;

/** Everything that a careless logger could find in an error. */
const disclosed = (error: unknown): string => {
  const own = Object.getOwnPropertyNames(error).map((name) => String((error as Record<string, unknown>)[name]));
  return [String(error), ...own, JSON.stringify(error)].join('\n');
};

const failure = async (work: Promise<unknown>): Promise<unknown> => {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('It should have failed');
};

/** Ends every connection to the database of a URL. */
const cut = (url: string): Promise<unknown> =>
  withAdministrator((client) =>
    client.query(`SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = $1`, [
      url.split('/').at(-1),
    ]),
  );

/** Does it until it works, five seconds at most. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + 5_000; ;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

describe('Database', () => {
  let copy: TestDatabase;
  let dataSource: DataSource;
  let database: Database;

  beforeAll(async () => {
    copy = await createTestDatabase();
    dataSource = await new DataSource(dataSourceOptions({ url: copy.url, poolSize: 3 })).initialize();
    database = new Database(dataSource);
    await dataSource.query('CREATE TABLE things (id int PRIMARY KEY, mail text CONSTRAINT things_mail_key UNIQUE)');
  });

  beforeEach(() => dataSource.query('TRUNCATE things'));

  afterAll(async () => {
    await dataSource.destroy();
    await copy.drop();
  });

  it('prepares a statement once for each connection', async () => {
    const prepared = { name: 'prepared', text: 'SELECT name FROM pg_prepared_statements WHERE name = $1' };
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => database.query<{ name: string }>(prepared, ['prepared'])),
    );
    for (const rows of answers) expect(rows).toEqual([{ name: 'prepared' }]);
  });

  it('plans a statement once for each connection, whatever arrays it is asked with', async () => {
    const some = { name: 'some', text: 'SELECT id FROM things WHERE id = ANY ($1::int[])' };
    const plans = {
      name: 'plans',
      text: `SELECT generic_plans::int AS kept, custom_plans::int AS new FROM pg_prepared_statements WHERE name = 'some'`,
    };
    const counts = await database.transaction(async (transaction) => {
      for (let count = 1; count <= 10; count += 1)
        await transaction.query(some, [Array.from({ length: count }, () => 1)]);
      return transaction.query(plans, []);
    });
    expect(counts).toEqual([{ kept: 10, new: 0 }]);
  });

  it('commits what a transaction did', async () => {
    const size = await database.transaction(async (transaction) => {
      await transaction.query(insert, [1, 'a']);
      return (await transaction.query(ids, [])).length;
    });
    expect(size).toBe(1);
    expect(await database.query(ids, [])).toEqual([{ id: 1 }]);
  });

  it('rolls back when the work throws, and passes its error on unchanged', async () => {
    await database.query(insert, [1, 'a']);
    const own = new TypeError('mine');
    const work = database.transaction(async (transaction) => {
      await transaction.query(insert, [2, 'b']);
      throw own;
    });
    expect(await failure(work)).toBe(own);
    expect(await database.query(ids, [])).toEqual([{ id: 1 }]);
  });

  it('is as good as new after a refused statement inside a transaction', async () => {
    await database.query(insert, [1, 'a']);
    for (let round = 0; round < 10; round++) {
      const refused = database.transaction((transaction) => transaction.query(insert, [1, 'again']));
      expect(isUniqueViolation(await failure(refused), 'things_pkey')).toBe(true);
    }
    expect(await database.query(one, [])).toEqual([{ one: 1 }]);
  });

  it('tells kind and constraint of a refused statement, and nothing that it carried', async () => {
    await database.query(insert, [3, SECRET]);
    const error = await failure(database.query(insert, [4, SECRET]));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ sqlstate: '23505', constraint: 'things_mail_key' });
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'things_pkey')).toBe(false);
    expect(disclosed(error)).not.toContain(SECRET);
    expect((error as Error).cause).toBeUndefined();
  });

  it.each([
    ['a cast', { name: 'cast', text: 'SELECT $1::text::uuid' }, [SECRET], '22P02'],
    ['a broken statement', { name: 'broken', text: `SELEC '${SECRET}'` }, [], '42601'],
    ['NUL in a text', { name: 'nul', text: 'SELECT $1::text' }, [`${SECRET}\0`], '22021'],
  ] as const)('does not quote %s', async (_, statement, values, sqlstate) => {
    const error = await failure(database.query(statement, values));
    expect(error).toMatchObject({ name: 'DatabaseError', sqlstate });
    expect(disclosed(error)).not.toContain(SECRET);
  });

  it('translates errors of TypeORM too', async () => {
    await database.query(insert, [3, SECRET]);
    const error = await failure(storing(dataSource.query('INSERT INTO things VALUES ($1, $2)', [9, SECRET])));
    expect(error).toMatchObject({ name: 'DatabaseError', sqlstate: '23505' });
    expect(disclosed(error)).not.toContain(SECRET);
  });

  it('asks no more than now and then for a connection while none is to be had', async () => {
    const asked: number[] = [];
    class Counted extends Client {
      // Overloads can not be overridden one by one.
      override connect = ((...callback: []) => {
        asked.push(performance.now());
        return super.connect(...callback);
      }) as Client['connect'];
    }
    const options = dataSourceOptions({ url: copy.url, poolSize: 3 });
    const other = await new DataSource({ ...options, extra: { ...options.extra, Client: Counted } }).initialize();
    const down = new Database(other);
    const allow = (allowed: boolean) =>
      withAdministrator((client) =>
        client.query(`ALTER DATABASE ${new URL(copy.url).pathname.slice(1)} ALLOW_CONNECTIONS ${allowed}`),
      );
    try {
      await allow(false);
      await cut(copy.url);
      asked.length = 0;
      const [start, end] = [performance.now(), performance.now() + 500];
      let refused = 0;
      for (; performance.now() < end; refused += 1) {
        await expect(down.query(one, [])).rejects.toMatchObject({ code: 'unavailable' });
        await new Promise((resolve) => void setImmediate(resolve));
      }
      // A rest takes 50 ms at least.
      expect(asked.length).toBeLessThanOrEqual(2 + (performance.now() - start) / 50);
      expect(refused).toBeGreaterThan(5 * asked.length);
      await allow(true);
      await expect(eventually(() => down.query(one, []))).resolves.toEqual([{ one: 1 }]);
    } finally {
      await allow(true);
      await other.destroy();
    }
  });

  it('is unavailable when a statement takes too long', async () => {
    const slow = { name: 'slow', text: 'SELECT pg_sleep(5)' };
    const work = database.transaction(async (transaction) => {
      await transaction.query({ name: 'hurry', text: `SELECT set_config('statement_timeout', '50', true)` }, []);
      await transaction.query(slow, []);
    });
    expect(await failure(work)).toEqual(new CodedError('unavailable'));
    expect(await database.query(one, [])).toEqual([{ one: 1 }]);
  });

  it('is unavailable when the connection is cut, in use or idle, and the process survives', async () => {
    const work = database.transaction(async (transaction) => {
      await transaction.query(one, []);
      await cut(copy.url);
      await transaction.query(one, []);
    });
    expect(await failure(work)).toEqual(new CodedError('unavailable'));
    expect(await database.query(one, [])).toEqual([{ one: 1 }]);
    await cut(copy.url);
    await expect(Promise.any(Array.from({ length: 3 }, () => database.query(one, [])))).resolves.toEqual([{ one: 1 }]);
  });

  describe('reads that share a connection', () => {
    const pid = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid' };
    const slowly = { name: 'slowly', text: 'SELECT pg_backend_pid() AS pid, pg_sleep($1)::text' };
    const divided = { name: 'divided', text: 'SELECT 12 / $1::int AS part' };
    const reads = (count: number, offset = 0) =>
      Array.from({ length: count }, (_, n) => database.read<{ part: number }>(divided, [n + offset], 1));

    it('are under way together, from the first on, and each has its own answer', async () => {
      const [parts, processes] = await Promise.all([
        Promise.all(reads(12, 1)),
        Promise.all(Array.from({ length: 12 }, () => database.read<{ pid: number }>(pid, [], 1))),
      ]);
      expect(parts.map(([row]) => row?.part)).toEqual([12, 6, 4, 3, 2, 2, 1, 1, 1, 1, 1, 1]);
      expect(new Set(processes.flat().map((row) => row.pid)).size).toBe(1);
      expect(database.connections.busy).toBe(0);
    });

    it.each([
      { count: 32, rows: 50, connections: 1 },
      { count: 33, rows: 50, connections: 2 },
      { count: 8, rows: 200, connections: 1 },
      { count: 9, rows: 200, connections: 2 },
    ])('take $connections for $count questions of $rows rows', async ({ count, rows, connections }) => {
      const asked = Array.from({ length: count }, () => database.read<{ pid: number }>(pid, [], rows));
      expect(new Set((await Promise.all(asked)).flat().map((row) => row.pid)).size).toBe(connections);
    });

    it('do not suffer from another that is refused, and say nothing of its values', async () => {
      const [refused, ...others] = await Promise.allSettled(reads(6));
      expect(refused).toMatchObject({ status: 'rejected', reason: { sqlstate: '22012' } });
      expect(others.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => 'fulfilled'));
    });

    it('are unavailable together when their connection is cut, and the next are answered', async () => {
      const waiting = [database.read(slowly, [60], 1), ...reads(5, 1)].map(failure);
      await eventually(async () => {
        const [found] = await database.query({ name: 'sleepers', text: SLEEPERS }, []);
        if (!found) throw new Error('It does not sleep yet');
      });
      await cut(copy.url);
      expect(await Promise.all(waiting)).toEqual(Array.from({ length: 6 }, () => new CodedError('unavailable')));
      expect(await eventually(() => database.read(one, [], 1))).toEqual([{ one: 1 }]);
    });

    it('do not join others on a connection that gave no answer in time', async () => {
      const impatient = await new DataSource(dataSourceOptions({ url: copy.url, poolSize: 2 })).initialize();
      const shared = new Database(impatient);
      // On the one connection that there is, which is the next to be taken.
      await shared.query({ name: 'hurry', text: `SET statement_timeout = '300ms'` }, []);
      const process = async () => (await shared.read<{ pid: number }>(pid, [], 1))[0]?.pid;
      // The second one keeps the connection in use when the first has failed.
      const [stuck, behind] = [failure(shared.read(slowly, [60], 1)), shared.read<{ pid: number }>(slowly, [0.1], 1)];
      expect(await stuck).toEqual(new CodedError('unavailable'));
      const next = await process();
      expect(next).toEqual(expect.any(Number));
      expect((await behind)[0]?.pid).not.toBe(next);
      await impatient.destroy();
    });

    it('are unavailable when there is no connection', async () => {
      const pool = (dataSource.driver as PostgresDriver).master as Pool;
      const taken: PoolClient[] = await Promise.all(Array.from({ length: 3 }, () => pool.connect()));
      try {
        const failures = await Promise.all(reads(2, 1).map(failure));
        expect(failures).toEqual([new CodedError('unavailable'), new CodedError('unavailable')]);
      } finally {
        for (const client of taken) client.release();
      }
      expect(await database.read(one, [], 1)).toEqual([{ one: 1 }]);
    });
  });

  it('is unavailable when no connection gets free in time', async () => {
    const pool = (dataSource.driver as PostgresDriver).master as Pool;
    const taken: PoolClient[] = await Promise.all(Array.from({ length: 3 }, () => pool.connect()));
    try {
      expect(await failure(database.query(one, []))).toEqual(new CodedError('unavailable'));
    } finally {
      for (const client of taken) client.release();
    }
  });

  it('is unavailable when the database is not there', async () => {
    const gone = await createTestDatabase();
    const source = await new DataSource(dataSourceOptions({ url: gone.url, poolSize: 1 })).initialize();
    await gone.drop();
    const lost = new Database(source);
    expect(await failure(lost.query(one, []))).toEqual(new CodedError('unavailable'));
    expect(await failure(lost.query(one, []))).toEqual(new CodedError('unavailable'));
    await source.destroy();
  });
});

describe('DatabaseModule', () => {
  it('provides the database to the whole application, and closes it', async () => {
    const copy = await createTestDatabase();
    const config = loadConfig({ NODE_ENV: 'test', DATABASE_URL: copy.url, ...TEST_SECRETS });
    const imports = [
      ConfigModule.forRoot(config),
      TracingModule,
      DatabaseModule.forRoot({ url: copy.url, poolSize: 2 }),
    ];
    const application = await NestFactory.createApplicationContext(
      { module: class Root {}, imports },
      { logger: false },
    );
    const database = application.get(Database);
    expect(await database.query(one, [])).toEqual([{ one: 1 }]);
    await application.close();
    expect(await failure(database.query(one, []))).toEqual(new CodedError('unavailable'));
    await copy.drop();
  });
});

describe('runMigrations', () => {
  const fresh = `fresh_${process.pid}`;
  afterAll(() => withAdministrator((client) => client.query(`DROP DATABASE IF EXISTS ${fresh} WITH (FORCE)`)));

  it('lets five instances start at once', async () => {
    await withAdministrator((client) => client.query(`CREATE DATABASE ${fresh}`));
    const connection = { url: databaseUrl(fresh), poolSize: 2 };
    await Promise.all(Array.from({ length: 5 }, () => runMigrations(connection)));
    const source = await new DataSource(dataSourceOptions(connection)).initialize();
    const names = await source.query<{ name: string }[]>('SELECT name FROM migrations');
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(0);
    await source.destroy();
  });
});
