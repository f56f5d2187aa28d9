import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../../database/database.js';
import { Metrics } from '../../health/metrics.js';
import type { Placeholder } from '../placeholder.js';
import type { ChatScope } from './chat-keys.js';

/** A value of a chat: which placeholder it has. */
export interface KnownEntry {
  readonly fingerprint: Buffer;
  readonly id: string;
  readonly type: string;
  readonly number: number;
  /** Whether the original is in the vault, or only its fingerprint is known. */
  readonly sealed: boolean;
}

export interface NewEntry {
  readonly id: string;
  readonly type: string;
  readonly number: number;
  readonly fingerprint: Buffer;
  readonly sealedValue: Buffer | null;
  /** How a name may be written again, as prints; null for what is no name. */
  readonly namePrints: Buffer | null;
}

export interface SealedEntry {
  readonly id: string;
  readonly type: string;
  readonly number: number;
  readonly sealedValue: Buffer;
}

export interface VersionedEntry extends SealedEntry {
  /** Of the chat's key at the same instant. */
  readonly version: number;
}

/** How a name may be written again. */
export interface PrintedEntry {
  readonly type: string;
  readonly number: number;
  readonly prints: Buffer;
  /** Of the chat's key at the same instant. */
  readonly version: number;
}

/*
 * Each entry is looked up by itself (LATERAL, kept apart by LIMIT or ORDER BY). As a list, the planner, which expects one
 * entry of a chat as long as the table is young, reads all entries of the chat and compares them.
 */
const FIND_KNOWN = {
  name: 'pii_entry_find_known',
  text: `SELECT e.fingerprint, e.id, e.type, e.number, e.sealed_value IS NOT NULL AS sealed
           FROM unnest($3::bytea[]) AS q (fingerprint)
          CROSS JOIN LATERAL (SELECT * FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id = $2
                                 AND e.fingerprint = q.fingerprint LIMIT 1) e`,
};
const OCCURRENCES = {
  name: 'pii_entry_occurrences',
  text: `SELECT e.chat_id AS "chatId", e.fingerprint, e.type, e.number
           FROM unnest($2::uuid[], $3::bytea[]) AS q (chat_id, fingerprint)
          CROSS JOIN LATERAL (SELECT * FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id = q.chat_id
                                 AND e.fingerprint = q.fingerprint LIMIT 1) e
          ORDER BY e.chat_id, e.type, e.number`,
};
const USED_NUMBERS = {
  name: 'pii_entry_used_numbers',
  text: `SELECT e.type, e.number FROM unnest($3::text[], $4::int[]) AS q (type, lowest)
          CROSS JOIN LATERAL (SELECT * FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id = $2
                                 AND e.type = q.type AND e.number >= q.lowest ORDER BY e.number) e`,
};
/*
 * A value is written only while the key that it was sealed with is the chat's: the row of the key is held for the length
 * of the statement, so that an erasure comes before or after it, never in between.
 */
const CURRENT = (version: string): string =>
  `current AS MATERIALIZED (SELECT version FROM chat_keys
                             WHERE workspace_id = $1 AND chat_id = $2 AND version = ${version} FOR SHARE)`;
/*
 * No original gets past a vault that was switched off while its message was under way. No lock is needed here: the switch
 * changes the version of every key, so that a statement which has not seen the switch finds no current key after it.
 */
const OPEN = `vault AS MATERIALIZED (SELECT NOT EXISTS (SELECT FROM workspaces
                WHERE id = $1 AND pii_policy ->> 'vault' = 'false') AS open)`;
const INSERT = {
  name: 'pii_entry_insert',
  // Writers of one chat take turns: two that insert the same values in another order would block each other.
  text: `WITH ${CURRENT('$8')}, ${OPEN},
         turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended($2::text, 0)) FROM current),
         written AS (
           INSERT INTO pii_entries (workspace_id, chat_id, id, type, number, fingerprint, sealed_value, name_prints)
           SELECT $1::uuid, $2::uuid, e.id, e.type, e.number, e.fingerprint, CASE WHEN vault.open THEN e.sealed END, e.prints
             FROM turn, vault, unnest($3::uuid[], $4::text[], $5::int[], $6::bytea[], $7::bytea[], $9::bytea[])
                                 AS e (id, type, number, fingerprint, sealed, prints)
           ON CONFLICT DO NOTHING RETURNING id)
         SELECT EXISTS (SELECT FROM current) AS current, vault.open, ARRAY(SELECT id FROM written) AS ids FROM vault`,
};
const LIST = {
  name: 'pii_entry_list',
  text: `SELECT type, number, sealed_value IS NOT NULL AS sealed FROM pii_entries
          WHERE workspace_id = $1 AND chat_id = $2 AND (type, number) > ($3, $4) ORDER BY type, number LIMIT $5`,
};
const SEAL = {
  name: 'pii_entry_seal',
  text: `WITH ${CURRENT('$5')}, ${OPEN},
         sealed AS (
           UPDATE pii_entries SET sealed_value = $4 FROM current, vault
            WHERE workspace_id = $1 AND chat_id = $2 AND id = $3 AND sealed_value IS NULL AND erased_at IS NULL
              AND vault.open)
         SELECT EXISTS (SELECT FROM current) AS current, vault.open FROM vault`,
};
const UNSEAL_ALL = {
  name: 'pii_entry_unseal_all',
  text: `WITH unsealed AS (
           UPDATE pii_entries SET sealed_value = NULL
            WHERE workspace_id = $1 AND sealed_value IS NOT NULL RETURNING chat_id)
         SELECT DISTINCT chat_id AS "chatId" FROM unsealed ORDER BY 1`,
};
/**
 * Entries in one row, heads and values in the same order: each row that leaves the database has to be taken up by itself,
 * which costs more than to open it.
 */
const AS_ONE_ROW = `string_agg(e.type || ' ' || e.number || ' ' || e.id || ' ' || length(e.sealed_value), ',') AS heads,
                string_agg(e.sealed_value, ''::bytea) AS values,
                (SELECT version FROM chat_keys WHERE workspace_id = $1 AND chat_id = $2) AS version`;
const NAMED = (columns: string, kept: string): string => `SELECT ${columns}
           FROM unnest($3::text[], $4::int[]) AS q (type, number)
          CROSS JOIN LATERAL (SELECT * FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id = $2
                                 AND e.type = q.type AND e.number = q.number AND e.${kept} IS NOT NULL LIMIT 1) e`;
const SEALED = { name: 'pii_entry_sealed', text: NAMED(AS_ONE_ROW, 'sealed_value') };
const LATEST = {
  name: 'pii_entry_latest',
  text: `SELECT ${AS_ONE_ROW}
           FROM (SELECT id, type, number, sealed_value FROM pii_entries
                  WHERE workspace_id = $1 AND chat_id = $2 AND type = ANY ($3::text[]) AND sealed_value IS NOT NULL
                  ORDER BY number DESC LIMIT $4) e`,
};
const LATEST_PRINTS = {
  name: 'pii_entry_latest_prints',
  text: `SELECT e.type, e.number, e.name_prints AS prints, k.version
           FROM pii_entries e JOIN chat_keys k ON k.workspace_id = $1 AND k.chat_id = $2
          WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.type = ANY ($3::text[]) AND e.name_prints IS NOT NULL
          ORDER BY e.number DESC LIMIT $4`,
};
const NAMED_PRINTS = {
  name: 'pii_entry_named_prints',
  text: `SELECT e.*, k.version FROM chat_keys k, LATERAL (${NAMED('e.type, e.number, e.name_prints AS prints', 'name_prints')}) e
          WHERE k.workspace_id = $1 AND k.chat_id = $2`,
};

interface OneRow {
  /** Type, number, id and length of each, separated by commas; null where there are none. */
  readonly heads: string | null;
  /** One after the other. */
  readonly values: Buffer | null;
  /** Null where the chat has no key. */
  readonly version: number | null;
}

@Injectable()
export class EntryStore {
  constructor(
    private readonly database: Database,
    private readonly metrics: Metrics,
  ) {}

  async findKnown({ workspaceId, chatId }: ChatScope, fingerprints: readonly Buffer[]): Promise<KnownEntry[]> {
    return this.database.query<KnownEntry>(FIND_KNOWN, [workspaceId, chatId, fingerprints]);
  }

  /** Entries of many chats: `fingerprints` has one for each of `chats`, which may name a chat several times. */
  async occurrences(
    workspaceId: string,
    chats: readonly string[],
    fingerprints: readonly Buffer[],
  ): Promise<{ chatId: string; fingerprint: Buffer; type: string; number: number }[]> {
    return this.database.query(OCCURRENCES, [workspaceId, chats, fingerprints]);
  }

  /** Numbers in use, by type, from the given lowest number of each type upwards. */
  async usedNumbers(
    { workspaceId, chatId }: ChatScope,
    lowest: ReadonlyMap<string, number>,
  ): Promise<{ type: string; number: number }[]> {
    return this.database.query(USED_NUMBERS, [workspaceId, chatId, [...lowest.keys()], [...lowest.values()]]);
  }

  /**
   * @param version of the key that the entries were sealed with
   * @returns ids of the entries that were written; one whose placeholder or value is taken meanwhile is missing. Undefined,
   *   with nothing written, when the chat has another key by now. With `open` false they were written without originals,
   *   since the vault is off by now
   */
  async insert(
    { workspaceId, chatId }: ChatScope,
    version: number,
    entries: readonly NewEntry[],
  ): Promise<{ readonly written: ReadonlySet<string>; readonly open: boolean } | undefined> {
    const [outcome] = await this.database.query<{ current: boolean; open: boolean; ids: string[] }>(INSERT, [
      workspaceId,
      chatId,
      entries.map((entry) => entry.id),
      entries.map((entry) => entry.type),
      entries.map((entry) => entry.number),
      entries.map((entry) => entry.fingerprint),
      entries.map((entry) => entry.sealedValue),
      version,
      entries.map((entry) => entry.namePrints),
    ]);
    if (!outcome?.current) return undefined;
    const written = new Set(outcome.ids);
    if (outcome.open) {
      const sealed = entries.filter(({ id, sealedValue }) => sealedValue !== null && written.has(id));
      this.metrics.vaultValues.inc({ operation: 'seal' }, sealed.length);
    }
    return { written, open: outcome.open };
  }

  /** Placeholders of a chat by type and number, after the given one. */
  async list(
    { workspaceId, chatId }: ChatScope,
    after: { readonly type: string; readonly number: number },
    limit: number,
  ): Promise<{ type: string; number: number; sealed: boolean }[]> {
    return this.database.query(LIST, [workspaceId, chatId, after.type, after.number, limit]);
  }

  /**
   * Adds the original to an entry that was made while the vault was off.
   * @returns undefined, with nothing written, when the chat has another key by now; `open` false, when the vault is off again
   */
  async seal(
    { workspaceId, chatId }: ChatScope,
    version: number,
    id: string,
    sealedValue: Buffer,
  ): Promise<{ readonly open: boolean } | undefined> {
    const values = [workspaceId, chatId, id, sealedValue, version];
    const [outcome] = await this.database.query<{ current: boolean; open: boolean }>(SEAL, values);
    if (outcome?.current && outcome.open) this.metrics.vaultValues.inc({ operation: 'seal' });
    return outcome?.current ? { open: outcome.open } : undefined;
  }

  /**
   * Removes all originals of a workspace; its fingerprints stay.
   * @returns the chats that had any
   */
  async unsealAll(transaction: Queryable, workspaceId: string): Promise<string[]> {
    return (await transaction.query<{ chatId: string }>(UNSEAL_ALL, [workspaceId])).map(({ chatId }) => chatId);
  }

  /** Entries that have an original, with the version of the key that opens them. */
  async sealed(scope: ChatScope, placeholders: readonly Placeholder[]): Promise<VersionedEntry[]> {
    const revealed = await this.named(scope, placeholders);
    this.metrics.vaultValues.inc({ operation: 'reveal' }, revealed.length);
    return revealed;
  }

  /** As `sealed`, for the service's own eyes: names to be found again. */
  async named({ workspaceId, chatId }: ChatScope, placeholders: readonly Placeholder[]): Promise<VersionedEntry[]> {
    return entriesOf(await this.database.query<OneRow>(SEALED, [workspaceId, chatId, ...columnsOf(placeholders)]));
  }

  /** The latest entries of some types that have an original, with the version of the key that opens them. */
  async latest({ workspaceId, chatId }: ChatScope, types: readonly string[], limit: number): Promise<VersionedEntry[]> {
    return entriesOf(await this.database.query<OneRow>(LATEST, [workspaceId, chatId, types, limit]));
  }

  /** The latest entries of some types that have prints of a name, whether or not there is an original. */
  async latestPrints(
    { workspaceId, chatId }: ChatScope,
    types: readonly string[],
    limit: number,
  ): Promise<PrintedEntry[]> {
    return this.database.query(LATEST_PRINTS, [workspaceId, chatId, types, limit]);
  }

  /** As `latestPrints`, of some placeholders. */
  async namedPrints({ workspaceId, chatId }: ChatScope, placeholders: readonly Placeholder[]): Promise<PrintedEntry[]> {
    return this.database.query(NAMED_PRINTS, [workspaceId, chatId, ...columnsOf(placeholders)]);
  }
}

const columnsOf = (placeholders: readonly Placeholder[]): [types: string[], numbers: number[]] => [
  placeholders.map(({ type }) => type),
  placeholders.map(({ number }) => number),
];

function entriesOf([row]: readonly OneRow[]): VersionedEntry[] {
  const { heads = null, values = null, version = null } = row ?? {};
  if (heads === null || values === null || version === null) return [];
  let at = 0;
  return heads.split(',').map((head) => {
    const [type = '', number, id = '', length] = head.split(' ');
    const sealedValue = values.subarray(at, (at += Number(length)));
    return { id, type, number: Number(number), sealedValue, version };
  });
}
