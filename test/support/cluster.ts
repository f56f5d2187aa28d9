import { createApiKey } from '../../src/auth/api-key.js';
import { Api } from './api.js';
import { type ServiceProcess, startServiceProcess } from './service-process.js';
import { TEST_SECRETS } from './test-app.js';
import { createTestDatabase, type TestDatabase, withAdministrator } from './test-database.js';

/** Several processes of the service over one database of their own. */
export class Cluster {
  private constructor(
    readonly database: TestDatabase,
    private readonly env: Readonly<Record<string, string>>,
    private readonly key: string,
    private readonly nodes: ServiceProcess[],
  ) {}

  static async start(size: number, env: Readonly<Record<string, string>> = {}): Promise<Cluster> {
    const database = await createTestDatabase();
    const { key } = createApiKey('test');
    const all = {
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: '5',
      BOOTSTRAP_API_KEY: key,
      ...TEST_SECRETS,
      ...env,
    };
    const nodes = await Promise.all(Array.from({ length: size }, () => startServiceProcess(all)));
    return new Cluster(database, all, key, nodes);
  }

  get size(): number {
    return this.nodes.length;
  }

  /** Calls to a node as the administrator. Ask anew for each connection: a node that was restarted has another address. */
  api(index: number): Api {
    const { url } = this.nodes[index % this.nodes.length] ?? {};
    return new Api(url ?? '', this.key);
  }

  /** SIGTERM, and another process in its place. Resolves with how the old one ended, in how many milliseconds. */
  async restart(index: number): Promise<{ code: number | null; ms: number }> {
    const began = performance.now();
    const code = (await this.nodes[index]?.stop()) ?? null;
    const ms = performance.now() - began;
    this.nodes[index] = await startServiceProcess(this.env);
    return { code, ms };
  }

  /** Cuts every connection on which hints of PostgreSQL are heard. */
  async cutListeners(): Promise<void> {
    await withAdministrator((client) =>
      client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'cloakroom-notifications' AND datname = $1`,
        [this.database.url.split('/').at(-1)],
      ),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
    await this.database.drop();
  }
}
