import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/**
 * What the service counts, one registry for each application. Labels take words of closed sets only: route templates,
 * methods, statuses, codes, event names, operations. Never a path, an id, a name or anything else that came in.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  /** Requests and their seconds, by route template such as `/chat/:chatId`; `none` where no route matched. */
  readonly httpRequests = new Histogram({
    name: 'cloakroom_http_request_seconds',
    help: 'HTTP requests by route template, method and status, with their duration',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [this.registry],
  });

  readonly socketConnections = new Gauge({
    name: 'cloakroom_socket_connections',
    help: 'Sockets that are connected with a session',
    registers: [this.registry],
  });

  /** `code` is `ok` or a code of the error table. */
  readonly sends = new Counter({
    name: 'cloakroom_sends_total',
    help: 'Messages that were sent over REST and the socket, by result',
    labelNames: ['code'],
    registers: [this.registry],
  });

  readonly commitBatchSize = new Histogram({
    name: 'cloakroom_commit_batch_messages',
    help: 'Messages that shared one commit',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [this.registry],
  });

  /** `kind` is `message` or `value`. */
  readonly expired = new Counter({
    name: 'cloakroom_retention_expired_total',
    help: 'Messages and originals that retention has removed',
    labelNames: ['kind'],
    registers: [this.registry],
  });

  /** `part` is `patterns` (of a workspace), `presidio` or `model`. */
  readonly detectionFailures = new Counter({
    name: 'cloakroom_detection_failures_total',
    help: 'Texts that a part of detection beside the built-in one did not look at',
    labelNames: ['part'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
