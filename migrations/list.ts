import type { MixedList } from 'typeorm';
import { Attachments1763712000000 } from './1763712000000-attachments.js';
import { ClientIdIndex1763713000000 } from './1763713000000-client-id-index.js';
import { AuditChain1763700100000 } from './1763700100000-audit-chain.js';
import { Erasures1763700300000 } from './1763700300000-erasures.js';
import { MessageChanges1763700200000 } from './1763700200000-message-changes.js';
import { TenantPatterns1763701000000 } from './1763701000000-tenant-patterns.js';
import { RevokedTokenKeys1763704000000 } from './1763704000000-revoked-token-keys.js';
import { MessageWriters1763704100000 } from './1763704100000-message-writers.js';
import { ErasedVersion1763711000000 } from './1763711000000-erased-version.js';
import { NamePrints1763710000000 } from './1763710000000-name-prints.js';
import { InitialSchema1763700000000 } from './1763700000000-initial-schema.js';
import { MentionsAndPins1763703000000 } from './1763703000000-mentions-and-pins.js';
import { Presence1763703100000 } from './1763703100000-presence.js';
import { Moderation1763703200000 } from './1763703200000-moderation.js';
import { Search1763703300000 } from './1763703300000-search.js';
import { RevealedPositions1763715000000 } from './1763715000000-revealed-positions.js';
import { EntriesByType1763716000000 } from './1763716000000-entries-by-type.js';
import { SealedEntries1763714000000 } from './1763714000000-sealed-entries.js';
import { Sessions1763717000000 } from './1763717000000-sessions.js';

/** Every migration, oldest first. Named one by one, since a pattern of files means different things to node and to Jest. */
export const migrations: MixedList<new () => object> = [
  InitialSchema1763700000000,
  AuditChain1763700100000,
  MessageChanges1763700200000,
  Erasures1763700300000,
  TenantPatterns1763701000000,
  MentionsAndPins1763703000000,
  Presence1763703100000,
  Moderation1763703200000,
  Search1763703300000,
  RevokedTokenKeys1763704000000,
  MessageWriters1763704100000,
  NamePrints1763710000000,
  ErasedVersion1763711000000,
  Attachments1763712000000,
  ClientIdIndex1763713000000,
  SealedEntries1763714000000,
  RevealedPositions1763715000000,
  EntriesByType1763716000000,
  Sessions1763717000000,
];
