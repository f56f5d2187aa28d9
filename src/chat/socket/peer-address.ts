import type { IncomingHttpHeaders } from 'node:http';

/** Where a client calls from, as far as our own proxies in front are believed: what Fastify's `request.ip` is for HTTP. */
export function peerAddress(headers: IncomingHttpHeaders, address: string | undefined, trustedHops: number): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '');
  const chain = [...forwarded.split(',').map((hop) => hop.trim()), address].filter(
    (hop) => hop !== undefined && hop !== '',
  );
  return chain.at(-1 - trustedHops) ?? chain[0] ?? '';
}
