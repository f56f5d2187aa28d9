import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { MetricsModule } from './metrics.module.js';
import { Readiness } from './readiness.js';

/** Liveness, readiness and metrics over HTTP. */
@Module({ imports: [MetricsModule], controllers: [HealthController], providers: [Readiness] })
export class HealthModule {}
