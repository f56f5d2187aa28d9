import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.js';
import { runMigrations } from '../../src/database/migrate.js';
import { TEMPLATE, databaseUrl, withAdministrator } from './test-database.js';

/**
 * Starts the one PostgreSQL of a test run, with a migrated database that every spec file clones. Its address goes to the
 * workers of Jest through the environment, which they inherit.
 */
export async function startTestServer(): Promise<{ stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'cloakroom-test-'));
  const server = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres'), fast: true });
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  process.env['TEST_SERVER_URL'] = server.url;
  try {
    await withAdministrator((client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
    await runMigrations({ url: databaseUrl(TEMPLATE), poolSize: 2 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
