/** The part of Fastify's reply that interceptors use. */
export interface Reply {
  header(name: string, value: string): unknown;
  getHeader(name: string): unknown;
}

/** For answers that hold originals: they stay out of every cache (RFC 9111, 5.2.2.5). */
export function makeUncacheable(reply: Reply): void {
  reply.header('Cache-Control', 'no-store');
  // Whatever is there already, such as Origin, stays.
  const present = reply.getHeader('Vary');
  reply.header('Vary', `${typeof present === 'string' ? `${present}, ` : ''}X-API-Key, Authorization`);
}
