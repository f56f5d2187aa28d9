import { Global, Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { openTracer } from './open-tracer.js';
import { Traces } from './traces.js';

/** Spans, for every module that has something to tell. */
@Global()
@Module({
  providers: [
    {
      provide: Traces,
      useFactory: async ({ traces }: Config) => new Traces(traces && (await openTracer(traces))),
      inject: [Config],
    },
  ],
  exports: [Traces],
})
export class TracingModule {}
