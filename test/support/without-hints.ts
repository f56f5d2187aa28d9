import { expect } from '@jest/globals';
import { withAdministrator } from './test-database.js';

/**
 * Cuts the nodes of a database off from each other's hints for as long as `work` takes: nobody who is cut off comes back
 * before. What they ask the database goes on, over the connections that they have.
 */
export async function withoutHints(databaseUrl: string, nodes: number, work: () => Promise<void>): Promise<void> {
  const database = databaseUrl.split('/').at(-1);
  await withAdministrator(async (client) => {
    await client.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
    try {
      const { rows } = await client.query<{ gone: boolean }>(
        `SELECT pg_terminate_backend(pid, 10000) AS gone FROM pg_stat_activity
          WHERE application_name = 'cloakroom-notifications' AND datname = $1`,
        [database],
      );
      expect(rows).toEqual(Array.from({ length: nodes }, () => ({ gone: true })));
      await work();
    } finally {
      await client.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
    }
  });
}
