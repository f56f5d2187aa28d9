/** Rights that a credential adds to those of its user's roles. A key without scopes can do what its user's roles allow. */
export const SCOPES = ['admin', 'pii:rehydrate'] as const;

/** `admin`: create users and keys for anybody. `pii:rehydrate`: use the grant piiAccess of its user. */
export type Scope = (typeof SCOPES)[number];
