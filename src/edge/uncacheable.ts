/** The part of Fastify's reply that headers are written to. */
export interface Reply {
  header(name: string, value: string): unknown;
}

/**
 * For every answer of the API: what is in it depends on who asks, and may be somebody's original. It stays out of every cache
 * (RFC 9111, 5.2.2.5). To be called before anything else adds to Vary: what comes later, such as Origin, is appended.
 */
export function makeUncacheable(reply: Reply): void {
  reply.header('Cache-Control', 'no-store');
  reply.header('Vary', 'X-API-Key, Authorization');
}
