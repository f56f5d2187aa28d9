import { EventEmitter } from 'node:events';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Client } from 'pg';
import { DATABASE_CONNECTION, type DatabaseConnection } from './data-source.js';
import { Database } from './database.js';

const NOTIFY = { name: 'notify', text: 'SELECT pg_notify($1, payload) FROM unnest($2::text[]) payload' };
/** PostgreSQL takes payloads under 8,000 bytes. */
const MAX_PAYLOAD = 7_900;
const CONNECT_MS = 5_000;
const RETRY_MS = 250;
const MAX_RETRY_MS = 4_000;

/**
 * Hints between nodes over LISTEN and NOTIFY. A hint may be lost (a broken connection, a restart): whoever relies on it
 * must be able to find out from the tables, and is told by `onGap` when that may have happened.
 */
@Injectable()
export class Notifications implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Notifications.name);
  private readonly emitter = new EventEmitter();
  private readonly channels = new Set<string>();
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closing = false;
  private attempts = 0;

  constructor(
    @Inject(DATABASE_CONNECTION) private readonly connection: DatabaseConnection,
    private readonly database: Database,
  ) {}

  /** Before the application has started. @param channel an SQL identifier */
  listen(channel: string, listener: (payload: string) => void): void {
    this.channels.add(channel);
    this.emitter.on(channel, listener);
  }

  /** Called when hints may have been missed: after every (re)connection. */
  onGap(listener: () => void): void {
    this.emitter.on('gap', listener);
  }

  /** Tells all nodes, this one included. @throws CodedError `unavailable` */
  async publish(channel: string, payloads: readonly string[]): Promise<void> {
    const sound = payloads.filter((payload) => Buffer.byteLength(payload) <= MAX_PAYLOAD);
    if (sound.length > 0) await this.database.query(NOTIFY, [channel, sound]);
  }

  onApplicationBootstrap(): void {
    void this.connect();
  }

  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.connection.url,
      application_name: 'cloakroom-notifications',
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    });
    this.client = client;
    // Both may come, and in either order: only the first one counts.
    client.once('error', () => this.reconnect(client));
    client.once('end', () => this.reconnect(client));
    client.on('notification', ({ channel, payload = '' }) => this.emitter.emit(channel, payload));
    try {
      await client.connect();
      for (const channel of this.channels) await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      this.attempts = 0;
      this.emitter.emit('gap');
    } catch {
      this.reconnect(client);
    }
  }

  private reconnect(client: Client): void {
    if (this.closing || this.client !== client) return;
    this.client = undefined;
    client.on('error', () => undefined);
    client.end().catch(() => undefined);
    if (this.attempts === 0) this.logger.warn('Hints between nodes are interrupted; the tables are read instead');
    this.attempts += 1;
    const wait = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.attempts) * (0.5 + Math.random() / 2);
    this.retry = setTimeout(() => void this.connect(), wait).unref();
  }
}
