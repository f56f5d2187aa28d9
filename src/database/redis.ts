import { Redis } from 'ioredis';

/** DI token of the one Redis client of a node; undefined where there is no Redis. */
export const REDIS = Symbol('Redis');

export type RedisClient = Redis;

const CONNECT_MS = 2_000;
/** A Redis that does not answer is as good as none: what is asked of it can be done without. */
const ANSWER_MS = 500;
/** How long a connection that is given up may take to close: one that is frozen never would by itself. */
const CLOSE_MS = 100;
const RETRY_MS = 50;
const MAX_RETRY_MS = 1_000;

/**
 * A client that tries again for ever and queues nothing: whatever is asked while Redis is away fails at once. The caller
 * listens to its state; errors quote the address and are not for logs.
 */
export function createRedis(url: string): RedisClient {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: ANSWER_MS,
    disconnectTimeout: CLOSE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    connectionName: 'cloakroom',
    retryStrategy: (attempt) => Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** attempt) * (0.5 + Math.random() / 2),
  });
  client.on('error', () => undefined);
  return client;
}
