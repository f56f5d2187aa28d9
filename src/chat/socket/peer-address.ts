import type { ChatSocket } from './chat-socket.js';

/** Where a client calls from, as far as our own proxies in front are believed: what Fastify's `request.ip` is for HTTP. */
export function peerAddress({ handshake }: Pick<ChatSocket, 'handshake'>, trustedHops: number): string {
  const forwarded = String(handshake.headers['x-forwarded-for'] ?? '');
  const chain = [...forwarded.split(',').map((address) => address.trim()), handshake.address].filter(Boolean);
  return chain.at(-1 - trustedHops) ?? chain[0] ?? '';
}
