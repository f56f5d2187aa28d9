import type { Client } from 'pg';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { migrations } from '../../migrations/list.js';

/** Where the database is and how much of it one process may take. */
export interface DatabaseConnection {
  readonly url: string;
  /** Most connections open at once. */
  readonly poolSize: number;
}

/** DI token of the connection that the application was made for. */
export const DATABASE_CONNECTION = Symbol('DatabaseConnection');

/** Time to get a connection, waiting for a free one of the pool included. */
const CONNECT_MS = 5_000;
/** Longest that a statement of the service may run; every one of them is meant to take milliseconds. */
const STATEMENT_MS = 15_000;
/** After this time without any answer the server is taken for frozen or unreachable. */
const ANSWER_MS = STATEMENT_MS + 2_000;

/**
 * Statements of the service look rows up by key. A plan that was made, and kept, when tables were small must not read them
 * from end to end when they have grown; and none of them is worth compiling, or planning anew for each call: for arrays
 * the planner would do so for ever, since it takes those that it sees for cheaper than those that it does not.
 */
const PLANNING = '-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan';

const ignore = (): void => {};

/**
 * The one set of TypeORM options for application, migrations and tests. Nothing is logged, since statements and errors
 * carry parameters. Idle connections stay: reconnecting costs more than they do.
 */
export function dataSourceOptions(connection: DatabaseConnection) {
  return {
    type: 'postgres',
    url: connection.url,
    applicationName: 'cloakroom',
    poolSize: connection.poolSize,
    connectTimeoutMS: CONNECT_MS,
    migrations,
    migrationsTableName: 'migrations',
    synchronize: false,
    installExtensions: false,
    logging: false,
    // A connection that dies while idle is replaced by the pool.
    poolErrorHandler: ignore,
    extra: {
      idleTimeoutMillis: 0,
      keepAlive: true,
      // Questions that share a connection are all sent at once (Database.read); others come one at a time anyway.
      pipeline: true,
      statement_timeout: STATEMENT_MS,
      query_timeout: ANSWER_MS,
      options: PLANNING,
      // One that dies while in use rejects its query as well; without a listener the same error would end the process.
      onConnect: (client: Client) => void client.on('error', ignore),
    },
  } as const satisfies PostgresDataSourceOptions;
}
