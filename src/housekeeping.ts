import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { IdempotencyStore } from './auth/idempotency.store.js';
import { UsedConnectionStringStore } from './auth/used-connection-string.store.js';
import { SessionStore } from './chat/sessions/session.store.js';

const INTERVAL_MS = 60_000;

/** Removes records whose time is over. Any node may do it, several at once do no harm. */
@Injectable()
export class Housekeeping implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Housekeeping.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly usedConnectionStrings: UsedConnectionStringStore,
    private readonly idempotencyKeys: IdempotencyStore,
    private readonly sessions: SessionStore,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), INTERVAL_MS * (0.75 + Math.random() / 2)).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      await this.usedConnectionStrings.sweep();
      await this.idempotencyKeys.sweep();
      await this.sessions.sweep();
    } catch (error) {
      this.logger.warn('sweeping expired records failed', { error });
    }
  }
}
