import { setTimeout as delay } from 'node:timers/promises';
import { DataSource, type QueryRunner } from 'typeorm';
import { storing } from './database-error.js';
import { dataSourceOptions, type DatabaseConnection } from './data-source.js';

/** Any number that no other application of the same database uses for its advisory locks: "cloak" in ASCII. */
const LOCK = 0x63_6c_6f_61_6b;
const LOCK_POLL_MS = 50;

/**
 * Brings the schema up to date, each migration in a transaction of its own. Instances that start together take turns; the
 * later ones find nothing left to do. Throws as `storing` does; a migration that failed has changed nothing.
 */
export async function runMigrations(connection: DatabaseConnection): Promise<void> {
  const options = dataSourceOptions({ ...connection, poolSize: 2 });
  // Building an index may take longer than any statement of the service.
  const dataSource = new DataSource({
    ...options,
    extra: { ...options.extra, statement_timeout: 0, query_timeout: 0 },
  });
  await storing(dataSource.initialize());
  try {
    const lockHolder = dataSource.createQueryRunner();
    try {
      await takeLock(lockHolder);
      await storing(dataSource.runMigrations({ transaction: 'each' }));
    } finally {
      await lockHolder.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
      await lockHolder.release();
    }
  } finally {
    await dataSource.destroy();
  }
}

/** Asks again and again: waiting inside PostgreSQL would hold a snapshot, on which CREATE INDEX CONCURRENTLY waits in turn. */
async function takeLock(runner: QueryRunner): Promise<void> {
  for (;;) {
    const rows = (await storing(runner.query('SELECT pg_try_advisory_lock($1) AS taken', [LOCK]))) as {
      taken: boolean;
    }[];
    if (rows[0]?.taken) return;
    await delay(LOCK_POLL_MS);
  }
}
