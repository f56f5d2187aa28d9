/** The part of Fastify's reply that interceptors use. */
export interface Reply {
  header(name: string, value: string): unknown;
}

/** For answers that hold originals: they stay out of every cache (RFC 9111, 5.2.2.5). */
export function makeUncacheable(reply: Reply): void {
  reply.header('Cache-Control', 'no-store');
  reply.header('Vary', 'X-API-Key, Authorization');
}
