import type { SpanContext } from '@opentelemetry/api';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenSpan, Traces } from './traces.js';

type Fastify = ReturnType<ReturnType<NestFastifyApplication['getHttpAdapter']>['getInstance']>;

/** A span for each request, by route template. It goes on where the caller's `traceparent` says. */
export function traceRequests(fastify: Fastify, traces: Traces): void {
  if (!traces.on) return;
  const open = new WeakMap<object, OpenSpan>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const attributes = {
      'http.request.method': request.method,
      'http.route': route,
      'cloakroom.request_id': request.id,
    };
    const span = traces.begin(`${request.method} ${route}`, attributes, callerOf(request.headers['traceparent']));
    if (span) open.set(request, span);
    done();
  });
  // Not before: reading the body would lose it.
  fastify.addHook('preHandler', (request, _reply, done) => {
    const span = open.get(request);
    if (span) span.run(done);
    else done();
  });
  fastify.addHook('onResponse', (request, { statusCode }, done) => {
    open.get(request)?.end({ 'http.response.status_code': statusCode }, statusCode >= 500);
    done();
  });
}

const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** By W3C Trace Context, version 00. `tracestate` is left where it is: it may hold anything. */
export function callerOf(traceparent: string | string[] | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = (typeof traceparent === 'string' && TRACEPARENT.exec(traceparent)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
