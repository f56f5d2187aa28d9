import type { ChatSocket } from './chat-socket.js';

const NOTHING = Object.freeze({});
const NONE = Object.freeze([]);

/**
 * Empties the request that a connection began with. Engine.IO and `ws` hold on to it for as long as the connection lasts:
 * headers for each reader, cookies among them, that nobody looks at again.
 */
export function forgetRequest({ handshake, request }: ChatSocket): void {
  Object.assign(handshake, { headers: NOTHING, query: NOTHING, auth: NOTHING, url: '', time: '' });
  Object.assign(request, { headers: NOTHING, rawHeaders: NONE, url: '', _query: NOTHING });
}
