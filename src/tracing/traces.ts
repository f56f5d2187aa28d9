import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { OnApplicationShutdown } from '@nestjs/common';
import { toCodedError } from '../errors/to-coded-error.js';

/** A tracer whose spans are on their way to somebody. */
export interface ExportingTracer {
  readonly tracer: Tracer;
  /** Sends what is left, within a bounded time. */
  shutdown(): Promise<void>;
}

/** A span that is ended somewhere else than where it began. */
export interface OpenSpan {
  /** Does `work` as a part of the span. */
  run<T>(work: () => T): T;
  end(attributes: Attributes, failed: boolean): void;
}

/**
 * What the service tells of its calls to OpenTelemetry, where the environment asks for it; elsewhere every method does the
 * work and nothing else. Names and attributes are words of the program, numbers, and ids that the service has made: nothing
 * of what comes in is passed on, error messages and the caller's `tracestate` and `baggage` included.
 */
export class Traces implements OnApplicationShutdown {
  private readonly active = new AsyncLocalStorage<Context>();

  /** @param exporting undefined where traces are off */
  constructor(private readonly exporting?: ExportingTracer) {}

  get on(): boolean {
    return this.exporting !== undefined;
  }

  /** The beginning of a call from outside. @param caller the span of the caller, by its `traceparent` */
  begin(name: string, attributes: Attributes, caller?: SpanContext): OpenSpan | undefined {
    const parent = caller ? trace.setSpanContext(ROOT_CONTEXT, caller) : ROOT_CONTEXT;
    const span = this.exporting?.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    if (!span) return undefined;
    const context = trace.setSpan(ROOT_CONTEXT, span);
    return {
      run: (work) => this.active.run(context, work),
      end: (last, failed) => {
        span.setAttributes(last);
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  /** A call from outside that `work` answers. */
  call<T>(name: string, work: () => T): T {
    return this.exporting ? this.within(this.exporting.tracer, name, SpanKind.SERVER, {}, ROOT_CONTEXT, work) : work();
  }

  /** A part of what is going on; of nothing where no call is. */
  step<T>(name: string, attributes: Attributes, work: () => T): T {
    const context = this.exporting && this.active.getStore();
    if (!this.exporting || !context) return work();
    return this.within(this.exporting.tracer, name, SpanKind.INTERNAL, attributes, context, work);
  }

  /** What is done for several calls together, with a link to each of them. */
  shared<T>(name: string, calls: readonly (SpanContext | undefined)[], attributes: Attributes, work: () => T): T {
    if (!this.exporting) return work();
    const links = calls.flatMap((context) => (context ? [{ context }] : []));
    return this.within(this.exporting.tracer, name, SpanKind.INTERNAL, attributes, ROOT_CONTEXT, work, links);
  }

  /** What is going on, to be linked with later. */
  current(): SpanContext | undefined {
    const context = this.exporting && this.active.getStore();
    return context && trace.getSpanContext(context);
  }

  /** Notes that what is going on has failed, where the error itself is answered and goes no further. */
  failed(error: unknown): void {
    const context = this.exporting && this.active.getStore();
    const span = context && trace.getSpan(context);
    if (span) note(span, error);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.exporting?.shutdown();
  }

  private within<T>(
    tracer: Tracer,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    parent: Context,
    work: () => T,
    links: readonly Link[] = [],
  ): T {
    const span = tracer.startSpan(name, { kind, attributes, links: [...links] }, parent);
    let result: T;
    try {
      result = this.active.run(trace.setSpan(parent, span), work);
    } catch (error) {
      note(span, error);
      span.end();
      throw error;
    }
    if (!(result instanceof Promise)) {
      span.end();
      return result;
    }
    // What is handed on is the promise of the work itself: whoever waits for it waits no longer than without a span.
    result.then(
      () => span.end(),
      (error: unknown) => {
        note(span, error);
        span.end();
      },
    );
    return result;
  }
}

/** The code of an error; its message would quote input. */
function note(span: Span, error: unknown): void {
  const { code } = toCodedError(error);
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
