import { EventEmitter } from 'node:events';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CARRIER, type Carrier } from './carrier.js';

/**
 * Hints between nodes. A hint may be lost (a broken connection, a restart): whoever relies on it must be able to find out
 * from the tables, and is told by `onGap` when that may have happened.
 */
@Injectable()
export class Notifications implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Notifications.name);
  private readonly emitter = new EventEmitter();
  private readonly channels = new Set<string>();
  private told = false;

  constructor(@Inject(CARRIER) private readonly carrier: Carrier) {}

  /** Whether hints arrive at the moment; without them the tables are read at intervals. */
  get connected(): boolean {
    return this.carrier.connected;
  }

  /** Before the application has started. @param channel an SQL identifier */
  listen(channel: string, listener: (payload: string) => void): void {
    this.channels.add(channel);
    this.emitter.on(channel, listener);
  }

  /** Called when hints may have been missed: after every (re)connection. */
  onGap(listener: () => void): void {
    this.emitter.on('gap', listener);
  }

  /** Tells all nodes, this one included. @throws when that cannot be done now */
  async publish(channel: string, payloads: readonly string[]): Promise<void> {
    if (payloads.length > 0) await this.carrier.publish(channel, payloads);
  }

  onApplicationBootstrap(): void {
    this.carrier.start([...this.channels], {
      receive: (channel, payload) => void this.emitter.emit(channel, payload),
      connected: () => {
        if (this.told) this.logger.log('Hints between nodes arrive again');
        this.told = false;
        this.emitter.emit('gap');
      },
      interrupted: () => {
        if (!this.told) this.logger.warn('Hints between nodes are interrupted; the tables are read instead');
        this.told = true;
      },
    });
  }

  /** As late as that: what is committed while clients say goodbye is told to the other nodes too. */
  async onApplicationShutdown(): Promise<void> {
    await this.carrier.stop();
  }
}
