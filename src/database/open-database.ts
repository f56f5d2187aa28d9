import { join } from 'node:path';
import type { Config } from '../config/config.js';
import type { DatabaseConnection } from './data-source.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';

/** A database that can be connected to, and how to let go of it. */
export interface OpenDatabase {
  readonly connection: DatabaseConnection;
  /** Ends the embedded server, if it is one and nobody else uses it. Call it after the application has closed. */
  close(): Promise<void>;
}

/** The database that the configuration names, or the embedded one below DATA_DIR, which is started if need be. */
export async function openDatabase(config: Config): Promise<OpenDatabase> {
  const poolSize = config.databasePoolSize;
  if (config.databaseUrl !== undefined) {
    return { connection: { url: config.databaseUrl, poolSize }, close: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({ dataDir: join(config.dataDir, 'postgres') });
  return { connection: { url: server.url, poolSize }, close: () => server.stop() };
}
