import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { type HealthCheckAttempt, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { KeyRing } from '../auth/key-ring.js';
import { Database } from '../database/database.js';
import { Notifications } from '../database/notifications.js';
import { CodedError } from '../errors/coded-error.js';
import type { ReadinessDto } from './status.dto.js';

const PROBE = { name: 'health_ready', text: 'SELECT 1' };
const PATIENCE_MS = 1_000;

/** Whether this instance can serve calls now. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private probe: Promise<unknown> | undefined;
  private leaving = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly database: Database,
    private readonly notifications: Notifications,
    private readonly ring: KeyRing,
  ) {}

  /**
   * `degraded` while hints of other nodes do not arrive: calls are served all the same.
   * @throws CodedError `no_signing_key` when nobody could connect to a chat, `server_shutdown` once the application is closing
   * @throws ServiceUnavailableException when the database does not answer within a second
   */
  async check(): Promise<ReadinessDto> {
    if (this.leaving) throw new CodedError('server_shutdown');
    if (this.ring.size === 0) throw new CodedError('no_signing_key');
    const { connected } = this.notifications;
    const hints = this.indicators.check('hints');
    const { status } = await this.health.check([
      this.databaseAnswers(),
      () => (connected ? hints.up() : hints.degraded()),
    ]);
    return { status: status === 'degraded' ? 'degraded' : 'ok', hints: connected ? 'connected' : 'interrupted' };
  }

  onModuleDestroy(): void {
    this.leaving = true;
  }

  /** However many ask, one probe runs at a time, so that asking cannot use up the pool. */
  private databaseAnswers(): HealthCheckAttempt {
    const probe = async (): Promise<void> => {
      this.probe ??= this.database.query(PROBE, []).finally(() => (this.probe = undefined));
      await this.probe;
    };
    return this.indicators.check('database').attempt(probe).withTimeout(PATIENCE_MS);
  }
}
