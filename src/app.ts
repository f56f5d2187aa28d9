import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { ChatSocketAdapter } from './chat/socket/chat-socket.adapter.js';
import type { Config } from './config/config.js';
import type { DatabaseConnection } from './database/data-source.js';
import { ApiDocuments } from './documents/api-documents.js';
import { canonicalPath } from './edge/canonical-path.js';
import { BODY_LIMIT, parseJsonBody } from './edge/json-body.js';
import { RouteMethods } from './edge/route-methods.js';
import { securityHeaders } from './edge/security-headers.js';
import { makeUncacheable } from './edge/uncacheable.js';
import { codeOfUnread, refuseUnread } from './edge/unread-request.js';
import type { ErrorCode } from './errors/code-table.js';
import { CodedError } from './errors/coded-error.js';
import { ProblemDto } from './errors/problem.dto.js';
import { toCodedError } from './errors/to-coded-error.js';
import { Metrics } from './health/metrics.js';
import { SecurityLog } from './logging/security-log.js';
import { traceRequests } from './tracing/http-traces.js';
import { Traces } from './tracing/traces.js';

const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const UNCHECKED_CONNECTIONS_MS = 2_000;

/** Of Fastify's reply, what is used before Nest takes over. */
interface RawReply {
  status(status: number): RawReply;
  headers(values: object): RawReply;
  type(contentType: string): RawReply;
  send(payload: object): unknown;
}

/** Methods that scripts of an allowed origin may use; the default leaves out those that change and delete. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Headers that scripts of an allowed origin may read. */
const EXPOSED_HEADERS = ['X-Pii-Mapping', 'X-Pii-Positions', 'Retry-After', 'X-Request-Id'];

/**
 * The one composition of the service, used by the process and by tests. The database must be migrated; the application
 * does not listen yet.
 */
export async function createApp(
  config: Config,
  connection: DatabaseConnection,
  logger: LoggerService,
): Promise<NestFastifyApplication> {
  const headers = securityHeaders();
  const security = (): SecurityLog => app.get(SecurityLog, { strict: false });
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, connection),
    new FastifyAdapter({
      bodyLimit: BODY_LIMIT,
      forceCloseConnections: true,
      trustProxy: (_address, hop) => hop < config.trustProxyHops,
      rewriteUrl: ({ url = '/' }) => canonicalPath(url),
      genReqId: () => randomUUID(),
      requestTimeout: REQUEST_TIMEOUT_MS,
      http: {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        connectionsCheckingInterval: UNCHECKED_CONNECTIONS_MS,
      },
      // What the router refuses itself, such as a path with a broken escape.
      frameworkErrors: (error: Error, request: { id: string }, reply: object) => {
        const coded = toCodedError(error);
        security().refused(coded.code, { route: 'none', requestId: request.id });
        (reply as RawReply)
          .status(coded.entry.status)
          .headers({ ...headers, 'X-Request-Id': request.id, 'Cache-Control': 'no-store' })
          .type('application/problem+json')
          .send(ProblemDto.of(coded, request.id));
      },
      // What Node cannot read as a request.
      clientErrorHandler: (error: Error, socket: Socket) => {
        const [code, requestId] = [codeOfUnread(error), randomUUID()];
        if (!socket.destroyed) security().refused(code, { route: 'none', requestId });
        refuseUnread(socket, code, requestId, headers);
      },
    }),
    { bodyParser: false, logger, abortOnError: false },
  );

  const isOriginAllowed = originRule(app, config);
  guardEdge(app, headers, isOriginAllowed);
  app.useWebSocketAdapter(new ChatSocketAdapter(app, config, isOriginAllowed));
  app.enableCors({
    origin: (origin: string | undefined, allow: (error: Error | null, allowed: boolean) => void) =>
      allow(null, origin !== undefined && isOriginAllowed(origin)),
    methods: METHODS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
  app.get(ApiDocuments, { strict: false }).serve(app);
  return app;
}

/** What is checked or noted of every request before and after all rooms. */
function guardEdge(
  app: NestFastifyApplication,
  headers: OutgoingHttpHeaders,
  isOriginAllowed: (origin: string) => boolean,
): void {
  const fastify = app.getHttpAdapter().getInstance();
  const metrics = app.get(Metrics, { strict: false });
  const security = app.get(SecurityLog, { strict: false });

  // Fastify brings a parser of its own along, whose text would reach the handlers.
  fastify.removeContentTypeParser('text/plain');
  app.useBodyParser('application/json', { bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
  const routes = new RouteMethods();
  fastify.addHook('onRoute', ({ url, method }) => routes.add(url, method));
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers).header('X-Request-Id', request.id);
    const { id: requestId, method, routeOptions } = request;
    // The path may be spelt with escapes; that of the route is not.
    if ((routeOptions.url ?? request.url).startsWith('/v1/')) makeUncacheable(reply);
    const { origin } = request.headers;
    // All OPTIONS have a route, which answers preflights of CORS and nothing else.
    const isPreflight = request.headers['access-control-request-method'] !== undefined;
    const isUnserved = request.is404 || (request.method === 'OPTIONS' && !isPreflight);
    const methods = isUnserved ? routes.at(request.url) : [];
    let code: ErrorCode | undefined;
    if (origin !== undefined && !isOriginAllowed(origin)) code = 'origin_not_allowed';
    else if (methods.length > 0) code = 'method_not_allowed';
    if (!code) return done();
    const error = new CodedError(code);
    security.refused(error.code, { method, route: routeOptions.url ?? 'none', requestId });
    if (code === 'method_not_allowed') reply.header('Allow', methods.join(', '));
    void reply.status(error.entry.status).type('application/problem+json').send(ProblemDto.of(error, request.id));
  });
  // Swagger UI leaves it to the browser to guess.
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.getHeader('Content-Type') === 'text/html') reply.type('text/html; charset=utf-8');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const labels = { route: request.routeOptions.url ?? 'none', method: request.method, status: reply.statusCode };
    metrics.httpRequests.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
  traceRequests(fastify, app.get(Traces, { strict: false }));
}

/** Origins are known when the port is: with PORT=0 that is after the server listens. */
function originRule(app: NestFastifyApplication, config: Config): (origin: string) => boolean {
  let allowed: ReadonlySet<string> | undefined;
  return (origin) => {
    const address = app.getHttpServer().address() as AddressInfo | null;
    allowed ??= new Set(config.originsAllowedAt(address?.port ?? config.port));
    return allowed.has('*') || allowed.has(origin);
  };
}
