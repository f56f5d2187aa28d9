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

  /** `code` is `ok` or a code of the error table; `entry` is `rest` or `socket`. */
  readonly sends = new Counter({
    name: 'cloakroom_sends_total',
    help: 'Messages that were sent, by entry and result',
    labelNames: ['entry', 'code'],
    registers: [this.registry],
  });

  /** `event` is a name of the protocol, or `unknown`. */
  readonly acks = new Counter({
    name: 'cloakroom_socket_acks_total',
    help: 'Acknowledgements on the socket, by event and result',
    labelNames: ['event', 'code'],
    registers: [this.registry],
  });

  readonly commitBatchSize = new Histogram({
    name: 'cloakroom_commit_batch_messages',
    help: 'Messages that shared one commit',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers: [this.registry],
  });

  readonly detectionSeconds = new Histogram({
    name: 'cloakroom_detection_seconds',
    help: 'Duration of the automatic detection in one text',
    buckets: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25],
    registers: [this.registry],
  });

  /** `operation` is a word such as `seal` or `open`; `code` as for sends. */
  readonly vaultOperations = new Counter({
    name: 'cloakroom_vault_operations_total',
    help: 'Operations of the vault, by kind and result',
    labelNames: ['operation', 'code'],
    registers: [this.registry],
  });

  /** `kind` is `message` or `value`. */
  readonly expired = new Counter({
    name: 'cloakroom_retention_expired_total',
    help: 'Messages and originals that retention has removed',
    labelNames: ['kind'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}
