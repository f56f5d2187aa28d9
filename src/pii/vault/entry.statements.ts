import { APPENDING } from '../audit/audit.store.js';

/* What is asked of the entries of the vault: one row for each value of a chat. */

/*
 * Each entry is looked up by itself, as the first from somewhere on: the order leaves the planner one index. Asked for by
 * equality, or as a list, it takes any index of the chat as long as the table is young, since it expects one entry of a
 * chat then, and reads all of them.
 */
export const FIND_KNOWN = {
  name: 'pii_entry_find_known',
  text: `SELECT e.fingerprint, e.id, e.type, e.number, e.sealed_value IS NOT NULL AS sealed
           FROM unnest($3::bytea[]) AS q (fingerprint)
          CROSS JOIN LATERAL (SELECT * FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id = $2
                                 AND e.fingerprint >= q.fingerprint ORDER BY e.fingerprint LIMIT 1) e
          WHERE e.fingerprint = q.fingerprint`,
};
export const OCCURRENCES = {
  name: 'pii_entry_occurrences',
  text: `SELECT e.chat_id AS "chatId", e.fingerprint, e.type, e.number
           FROM unnest($2::uuid[], $3::bytea[]) AS q (chat_id, fingerprint)
          CROSS JOIN LATERAL (SELECT * FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id = q.chat_id
                                 AND e.fingerprint = q.fingerprint LIMIT 1) e
          ORDER BY e.chat_id, e.type, e.number`,
};
export const USED_NUMBERS = {
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
export const INSERT = {
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
export const LIST = {
  name: 'pii_entry_list',
  text: `SELECT type, number, sealed_value IS NOT NULL AS sealed FROM pii_entries
          WHERE workspace_id = $1 AND chat_id = $2 AND (type, number) > ($3, $4) ORDER BY type, number LIMIT $5`,
};
export const SEAL = {
  name: 'pii_entry_seal',
  text: `WITH ${CURRENT('$5')}, ${OPEN},
         sealed AS (
           UPDATE pii_entries SET sealed_value = $4 FROM current, vault
            WHERE workspace_id = $1 AND chat_id = $2 AND id = $3 AND sealed_value IS NULL AND erased_at IS NULL
              AND vault.open)
         SELECT EXISTS (SELECT FROM current) AS current, vault.open FROM vault`,
};
export const UNSEAL_ALL = {
  name: 'pii_entry_unseal_all',
  text: `WITH unsealed AS (
           UPDATE pii_entries SET sealed_value = NULL
            WHERE workspace_id = $1 AND sealed_value IS NOT NULL RETURNING chat_id)
         SELECT DISTINCT chat_id AS "chatId" FROM unsealed ORDER BY 1`,
};
/**
 * Entries in one row, as `pii_sealed_entries` writes them: each row that leaves the database has to be taken up by itself,
 * which costs more than to open it.
 */
const AS_ONE_ROW = `string_agg(e.type, ',') AS types,
                string_agg(int4send(e.number) || int4send(length(e.sealed_value)) || uuid_send(e.id) || e.sealed_value,
                           ''::bytea) AS entries,
                (SELECT version FROM chat_keys WHERE workspace_id = $1 AND chat_id = $2) AS key_version`;
const NAMED = `unnest($3::text[], $4::int4multirange[]) AS q (type, numbers) CROSS JOIN LATERAL unnest(q.numbers) AS run
          CROSS JOIN LATERAL (SELECT * FROM pii_entries e WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.type = q.type
                                 AND e.number >= lower(run) AND e.number < upper(run) ORDER BY e.number) e`;
export const SEALED = { name: 'pii_entry_sealed', text: 'SELECT * FROM pii_sealed_entries($1, $2, $3, $4)' };
/**
 * One row for each of several readings in one workspace, each of which has a part of the types, after all of them were audited:
 * what is read depends on `audited`, so that it cannot be read earlier.
 */
export const REVEAL = {
  name: 'pii_entry_reveal',
  text: `WITH audited AS MATERIALIZED (SELECT $1::uuid AS workspace_id, count(seq) FROM (${APPENDING}) entries)
         SELECT s.*
           FROM audited, unnest($10::uuid[], $11::int[], $12::int[]) WITH ORDINALITY AS r (chat_id, first_type, last_type, ord)
          CROSS JOIN LATERAL pii_sealed_entries(audited.workspace_id, r.chat_id, ($13::text[])[first_type:last_type],
                                                ($14::int4multirange[])[first_type:last_type]) s
          ORDER BY r.ord`,
};
/**
 * What is sealed behind the placeholders of a page, audited as above, for the statement that reads the page: its first two
 * parameters are workspace and chat, those from the fifth on `readingValues`, and `page.positions` has those of its messages.
 */
export const REVEALED_POSITIONS = `LEFT JOIN LATERAL pii_revealed_positions($1, $2, page.positions,
                                                                  $5, $6, $7, $8, $9, $10) sealed ON true`;
export const SEALED_COLUMNS = 'sealed.types, sealed.entries, sealed.key_version';
export const LATEST = {
  name: 'pii_entry_latest',
  text: `SELECT ${AS_ONE_ROW}
           FROM (SELECT id, type, number, sealed_value FROM pii_entries
                  WHERE workspace_id = $1 AND chat_id = $2 AND type = ANY ($3::text[]) AND sealed_value IS NOT NULL
                  ORDER BY number DESC LIMIT $4) e`,
};
export const LATEST_PRINTS = {
  name: 'pii_entry_latest_prints',
  text: `SELECT e.type, e.number, e.name_prints AS prints, k.version
           FROM pii_entries e JOIN chat_keys k ON k.workspace_id = $1 AND k.chat_id = $2
          WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.type = ANY ($3::text[]) AND e.name_prints IS NOT NULL
          ORDER BY e.number DESC LIMIT $4`,
};
export const NAMED_PRINTS = {
  name: 'pii_entry_named_prints',
  text: `SELECT e.type, e.number, e.name_prints AS prints, k.version
           FROM chat_keys k, ${NAMED}
          WHERE k.workspace_id = $1 AND k.chat_id = $2 AND e.name_prints IS NOT NULL`,
};
