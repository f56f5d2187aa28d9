import { Client } from 'pg';
import type { Carrier, Receiver } from './carrier.js';
import type { DatabaseConnection } from './data-source.js';
import type { Database } from './database.js';

const NOTIFY = { name: 'notify', text: 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) payload' };
/** PostgreSQL takes payloads under 8,000 bytes. */
const MAX_PAYLOAD = 7_900;
const CONNECT_MS = 5_000;
const RETRY_MS = 250;
const MAX_RETRY_MS = 4_000;

/** Hints over LISTEN and NOTIFY, on a connection of its own. */
export class PostgresCarrier implements Carrier {
  connected = false;
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;
  private attempts = 0;

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly database: Database,
  ) {}

  start(channels: readonly string[], receiver: Receiver): void {
    void this.connect(channels, receiver);
  }

  async publish(channel: string, payloads: readonly string[]): Promise<void> {
    const sound = payloads.filter((payload) => Buffer.byteLength(payload) <= MAX_PAYLOAD);
    if (sound.length > 0) await this.database.query(NOTIFY, [channel, sound]);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(channels: readonly string[], receiver: Receiver): Promise<void> {
    const client = new Client({
      connectionString: this.connection.url,
      application_name: 'cloakroom-notifications',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    });
    this.client = client;
    const reconnect = (): void => {
      if (this.stopped || this.client !== client) return;
      this.client = undefined;
      this.connected = false;
      client.on('error', () => undefined);
      client.end().catch(() => undefined);
      receiver.interrupted();
      this.attempts += 1;
      const wait = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.attempts) * (0.5 + Math.random() / 2);
      this.retry = setTimeout(() => void this.connect(channels, receiver), wait).unref();
    };
    // Both may come, and in either order: only the first one counts.
    client.once('error', reconnect);
    client.once('end', reconnect);
    client.on('notification', ({ channel, payload = '' }) => receiver.receive(channel, payload));
    try {
      await client.connect();
      for (const channel of channels) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      this.attempts = 0;
      this.connected = true;
      receiver.connected();
    } catch {
      reconnect();
    }
  }
}
