import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { closedInTheEnd } from './leftovers.js';

/** The migrated database that others are cloned from. */
export const TEMPLATE = 'cloakroom_template';

/** A database of a spec file's own. */
export interface TestDatabase {
  readonly url: string;
  /** Removes it; whoever is still connected is thrown out. */
  drop(): Promise<void>;
}

/** `object_in_use`: somebody is connected to the template for a moment. */
const BUSY = '55006';
const ATTEMPTS = 40;

/** A fresh copy of the migrated template, made in some 50 ms. One for each spec file, in `beforeAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await withAdministrator(async (client) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
      } catch (error) {
        if ((error as { code?: string }).code !== BUSY || attempt === ATTEMPTS) throw error;
        await delay(50);
      }
    }
  });
  return {
    url: databaseUrl(name),
    drop: closedInTheEnd(async () => {
      await withAdministrator((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    }),
  };
}

/** Connection URL of a database on the server of this test run. */
export function databaseUrl(name: string): string {
  return serverUrl().replace(/[^/]*$/, name);
}

/** Does `work` on a connection of its own to the database `postgres`. */
export async function withAdministrator<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function serverUrl(): string {
  const url = process.env['TEST_SERVER_URL'];
  if (url === undefined)
    throw new Error('TEST_SERVER_URL is not set: run the tests through Jest, whose global set-up starts the server');
  return url;
}
