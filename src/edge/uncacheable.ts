/** The part of Fastify's reply that headers are written to. */
export interface Reply {
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
}

const CREDENTIALS = 'X-API-Key, Authorization';

/**
 * For every answer of the API: what is in it depends on who asks, and may be somebody's original. It stays out of every cache
 * (RFC 9111, 5.2.2.5). What already stands in Vary, such as Origin, stays there.
 */
export function makeUncacheable(reply: Reply): void {
  reply.header('Cache-Control', 'no-store');
  const vary = reply.getHeader('Vary');
  reply.header('Vary', typeof vary === 'string' ? `${vary}, ${CREDENTIALS}` : CREDENTIALS);
}
