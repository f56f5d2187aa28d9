import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

/** From tens of microseconds to a second, in which detection and commits lie. */
const SHORT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Reads a size at the moment in which somebody asks. */
export type Reading = () => number;

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

  /** `event` is a name of the protocol or `unknown`, `code` is `ok` or a code of the error table. */
  readonly acks = new Counter({
    name: 'cloakroom_acks_total',
    help: 'Answers to socket events, by event and result',
    labelNames: ['event', 'code'],
    registers: [this.registry],
  });

  readonly deliveries = new Counter({
    name: 'cloakroom_deliveries_total',
    help: 'Events of chats that were written to sockets: events times readers',
    registers: [this.registry],
  });

  readonly commitSeconds = new Histogram({
    name: 'cloakroom_commit_seconds',
    help: 'Time of one commit, from its start to the answer of the database',
    buckets: SHORT_SECONDS,
    registers: [this.registry],
  });

  readonly detectionSeconds = new Histogram({
    name: 'cloakroom_detection_seconds',
    help: 'Time of looking for personal data in one text',
    buckets: SHORT_SECONDS,
    registers: [this.registry],
  });

  /** `type` is one that the service detects itself, or `other`: callers and tenants may make up types. */
  readonly spans = new Counter({
    name: 'cloakroom_detected_spans_total',
    help: 'Pieces of text that detection took for personal data, by type',
    labelNames: ['type'],
    registers: [this.registry],
  });

  /** `operation` is `seal` or `reveal`. */
  readonly vaultValues = new Counter({
    name: 'cloakroom_vault_values_total',
    help: 'Originals that were sealed into the vault or read from it',
    labelNames: ['operation'],
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

  private readonly queues = new Map<string, Reading>();
  private readonly connections = new Map<string, Reading>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.readings('cloakroom_queue_length', 'What waits in a bounded queue, by queue', 'queue', this.queues);
    this.readings('cloakroom_database_connections', 'Connections of the pool, by state', 'state', this.connections);
  }

  /** A queue whose length is read when somebody asks. @param name a word of the program */
  watchQueue(name: string, length: Reading): void {
    this.queues.set(name, length);
  }

  /** A state of the pool whose connections are counted when somebody asks. */
  watchConnections(state: 'busy' | 'idle' | 'wanted', count: Reading): void {
    this.connections.set(state, count);
  }

  private readings(name: string, help: string, label: string, sources: ReadonlyMap<string, Reading>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: () => {
        for (const [value, read] of sources) gauge.set({ [label]: value }, read());
      },
    });
  }
}
