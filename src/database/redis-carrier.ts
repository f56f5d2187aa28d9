import type { Carrier, Receiver } from './carrier.js';
import type { RedisClient } from './redis.js';

/** How often Redis is asked whether it is still there: a connection may be dead without anybody having said so. */
const HEARTBEAT_MS = 500;

/** Hints over Redis Pub/Sub: on one connection they are told, on another one heard. */
export class RedisCarrier implements Carrier {
  private readonly subscriber: RedisClient;
  private subscribed = false;
  private heartbeat: NodeJS.Timeout | undefined;

  constructor(private readonly client: RedisClient) {
    // Subscribed by hand, since only that says from when on hints arrive again.
    this.subscriber = client.duplicate({ autoResubscribe: false, connectionName: 'cloakroom-notifications' });
    this.subscriber.on('error', () => undefined);
  }

  /** A hint takes both connections. */
  get connected(): boolean {
    return this.subscribed && this.client.status === 'ready';
  }

  start(channels: readonly string[], receiver: Receiver): void {
    const subscribe = async (): Promise<void> => {
      try {
        await this.subscriber.subscribe(...channels);
        this.subscribed = true;
        receiver.connected();
      } catch {
        this.subscriber.disconnect(true);
      }
    };
    const lost = (): void => {
      this.subscribed &&= this.subscriber.status === 'ready';
      receiver.interrupted();
    };
    this.subscriber.on('ready', () => void subscribe());
    this.subscriber.on('message', (channel: string, payload: string) => receiver.receive(channel, payload));
    for (const connection of [this.client, this.subscriber]) {
      connection.on('close', lost);
      connection.connect().catch(() => undefined);
    }
    this.heartbeat = setInterval(() => this.probe(), HEARTBEAT_MS).unref();
  }

  async publish(channel: string, payloads: readonly string[]): Promise<void> {
    await Promise.all(payloads.map((payload) => this.client.publish(channel, payload)));
  }

  async stop(): Promise<void> {
    clearInterval(this.heartbeat);
    for (const connection of [this.subscriber, this.client]) {
      connection.removeAllListeners('close');
      connection.disconnect();
    }
    return Promise.resolve();
  }

  private probe(): void {
    for (const connection of [this.client, this.subscriber]) {
      if (connection.status === 'ready') connection.ping().catch(() => connection.disconnect(true));
    }
  }
}
