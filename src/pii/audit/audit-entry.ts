import type { Principal } from '../../auth/principal.js';

/** What is audited. A `_refused` entry says that somebody asked without the right. */
export type AuditAction =
  | 'rehydrate'
  | 'rehydrate_refused'
  | 'reveal'
  | 'reveal_refused'
  | 'export'
  | 'export_refused'
  | 'search'
  | 'search_refused'
  | 'erasure'
  | 'erasure_refused'
  | 'retention';

/** On whose behalf originals are read. */
export interface Reader {
  readonly principal: Pick<Principal, 'userId' | 'credentialId'>;
  /** Id of the request, or of the socket session. */
  readonly requestId: string;
  /** Why, in the reader's own words; masked before it is stored. */
  readonly reason?: string;
}

/** How many values of each entity type. */
export type TypeCounts = Readonly<Record<string, number>>;
