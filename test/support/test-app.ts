import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApp } from '../../src/app.js';
import { createApiKey } from '../../src/auth/api-key.js';
import { Bootstrap } from '../../src/auth/bootstrap.js';
import { type Config, loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/logging/logger.js';
import { Api } from './api.js';
import { closedInTheEnd } from './leftovers.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** Secrets of test runs; several servers over one database must share them. */
export const TEST_SECRETS = {
  API_KEY_SECRET: Buffer.alloc(32, 1).toString('base64url'),
  TOKEN_KEYS: `t1:${Buffer.alloc(32, 2).toString('base64url')}`,
  MASTER_KEYS: `m1:${Buffer.alloc(32, 3).toString('base64url')}`,
};

/** The service on a free port over a database of its own, and a key that may do everything an administrator may. */
export interface TestApp {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly config: Config;
  readonly database: TestDatabase;
  /** Calls as the bootstrap user. */
  readonly admin: Api;
  readonly adminKey: string;
  /** Everything that was logged. */
  readonly logs: string[];
  close(): Promise<void>;
}

/**
 * @param env settings beside those that a test needs anyway
 * @param first a node whose database and key the new one shares; close that one last
 */
export async function startTestApp(env: Readonly<Record<string, string>> = {}, first?: TestApp): Promise<TestApp> {
  const database = first?.database ?? (await createTestDatabase());
  const adminKey = first?.adminKey ?? createApiKey('test').key;
  const config = loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '4',
    BOOTSTRAP_API_KEY: adminKey,
    LOG_LEVEL: 'debug',
    ...TEST_SECRETS,
    ...env,
  });
  const logs: string[] = [];
  const logger = createLogger(config, { write: (line) => void logs.push(line) });
  const app = await createApp(config, { url: database.url, poolSize: config.databasePoolSize }, logger);
  await app.get(Bootstrap).run();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    app,
    config,
    database,
    admin: new Api(url, adminKey),
    adminKey,
    logs,
    close: closedInTheEnd(async () => {
      await app.close();
      if (!first) await database.drop();
    }),
  };
}
