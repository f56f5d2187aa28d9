import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { KeyRing } from '../auth/key-ring.js';
import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { CodedError } from '../errors/coded-error.js';

const PROBE = { name: 'health_ready', text: 'SELECT 1' };
const PATIENCE_MS = 1_000;

/** Whether this instance can serve calls now. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private probe: Promise<unknown> | undefined;
  private leaving = false;

  constructor(
    private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly ring: KeyRing,
  ) {}

  /** Of the carrier of hints, PostgreSQL or Redis. Without it calls are served all the same. */
  get hints(): 'connected' | 'interrupted' {
    return this.notifications.connected ? 'connected' : 'interrupted';
  }

  /**
   * Resolves when the database answers within a second. Throws `CodedError`: `unavailable`, `no_signing_key` when nobody
   * could connect to a chat, or `server_shutdown` once the application is closing. However many ask, one probe runs at a time, so that asking cannot use up the pool.
   */
  async check(): Promise<void> {
    if (this.leaving) throw new CodedError('server_shutdown');
    if (this.ring.size === 0) throw new CodedError('no_signing_key');
    this.probe ??= this.database.query(PROBE, []).finally(() => (this.probe = undefined));
    const timer = new AbortController();
    try {
      await Promise.race([this.probe, this.timeout(timer.signal)]);
    } catch {
      throw new CodedError('unavailable');
    } finally {
      timer.abort();
    }
  }

  onModuleDestroy(): void {
    this.leaving = true;
  }

  private async timeout(signal: AbortSignal): Promise<never> {
    await delay(PATIENCE_MS, undefined, { signal });
    throw new CodedError('unavailable');
  }
}
