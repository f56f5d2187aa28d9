/** First segments of routes that answer with and without the prefix. */
const RESOURCES = ['users', 'api-keys', 'token-keys', 'workspaces', 'invitations', 'chat', 'pii'] as const;

const UNPREFIXED = new RegExp(`^/(?:${RESOURCES.join('|')})(?=[/?]|$)`);

/** What stands before the path where a proxy passes on the whole address (RFC 9112, 3.2.2). */
const ORIGIN = /^https?:\/\/[^/?]*/i;

/** Every route is registered once, under `/v1`; the same path without the prefix is led there. */
export function canonicalPath(target: string): string {
  const path = target.replace(ORIGIN, '');
  return UNPREFIXED.test(path) ? `/v1${path}` : path;
}
