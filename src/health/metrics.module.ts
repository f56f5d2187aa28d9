import { Global, Module } from '@nestjs/common';
import { Metrics } from './metrics.js';

/** The counters, for every module that has something to count. */
@Global()
@Module({ providers: [Metrics], exports: [Metrics] })
export class MetricsModule {}
