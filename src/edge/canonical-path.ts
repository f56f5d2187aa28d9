/** First segments of routes that answer with and without the prefix. */
const RESOURCES = ['users', 'api-keys', 'workspaces', 'chat', 'pii'] as const;

const UNPREFIXED = new RegExp(`^/(?:${RESOURCES.join('|')})(?=[/?]|$)`);

/** Every route is registered once, under `/v1`; the same path without the prefix is led there. */
export const canonicalPath = (url: string): string => (UNPREFIXED.test(url) ? `/v1${url}` : url);
