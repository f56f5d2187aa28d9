import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { AuthModule } from '../auth/auth.module.js';
import { Database } from '../database/database.js';
import { HealthController } from './health.controller.js';
import { Metrics } from './metrics.js';
import { MetricsModule } from './metrics.module.js';
import { Readiness } from './readiness.js';

/** Liveness, readiness and metrics over HTTP. */
@Module({
  // What is wrong is told to whoever asks; a line in the log for each question would say it over and over.
  imports: [AuthModule, MetricsModule, TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [Readiness],
})
export class HealthModule {
  constructor(metrics: Metrics, database: Database) {
    for (const state of ['busy', 'idle', 'wanted'] as const) {
      metrics.watchConnections(state, () => database.connections[state]);
    }
  }
}
