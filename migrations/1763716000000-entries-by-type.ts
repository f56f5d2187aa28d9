import type { MigrationInterface, QueryRunner } from 'typeorm';
import { RevealedPositions1763715000000 } from './1763715000000-revealed-positions.js';
import { SealedEntries1763714000000 } from './1763714000000-sealed-entries.js';

/*
 * Entries of the chat `$2` in the workspace `$1`; why each run of numbers is looked up by itself says `SealedEntries`. A text
 * for two functions, since to call the one from the other costs as much as a tenth of it.
 */
const ENTRIES = (types: string, numbers: string): string => `
          SELECT string_agg(e.type, ','),
                 string_agg(int4send(e.number) || int4send(length(e.sealed_value)) || uuid_send(e.id) || e.sealed_value, ''::bytea),
                 (SELECT k.version FROM chat_keys k WHERE k.workspace_id = $1 AND k.chat_id = $2)
            FROM unnest(${types}, ${numbers}) AS q (type, numbers) CROSS JOIN LATERAL unnest(q.numbers) AS run
           CROSS JOIN LATERAL (SELECT * FROM pii_entries e
                                WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.type = q.type
                                  AND e.number >= lower(run) AND e.number < upper(run) ORDER BY e.number) e
           WHERE e.sealed_value IS NOT NULL`;

/**
 * What a page with originals costs, made less. Numbers are asked for as a multirange for each type, which joins what follows
 * each other; entries come as bytes, since to write their ids and lengths as text took as long as to find them:
 *   number 4 | length of what is sealed 4 | id 16 | sealed      integers big-endian, the types of all in the same order
 * The chain of the audit is the same as before: its head is made only where there is none, and a hash without a query. These
 * two stay on the way down.
 */
export class EntriesByType1763716000000 implements MigrationInterface {
  readonly name = 'EntriesByType1763716000000';

  async up(runner: QueryRunner): Promise<void> {
    await dropReaders(runner);
    await runner.query(`
      CREATE FUNCTION pii_sealed_entries(uuid, uuid, text[], int4multirange[])
      RETURNS TABLE (types text, entries bytea, key_version int) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
      BEGIN
        RETURN QUERY ${ENTRIES('$3', '$4')};
      END $$`);
    // The order within, and why JSON is cut: see `RevealedPositions`. OFFSET 0 keeps a piece from being cut twice.
    await runner.query(`
      CREATE FUNCTION pii_revealed_positions(p_workspace_id uuid, p_chat_id uuid, p_positions text, p_id uuid, p_action text,
                                             p_actor_id uuid, p_credential_id uuid, p_reason text, p_request_id text)
      RETURNS TABLE (types text, entries bytea, key_version int) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
      DECLARE
        counts jsonb;
        shown_types text[];
        shown_numbers int4multirange[];
      BEGIN
        IF p_positions IS NULL THEN
          RETURN;
        END IF;
        SELECT jsonb_object_agg(shown.type, (SELECT sum(upper(run) - lower(run)) FROM unnest(shown.numbers) AS run)),
               array_agg(shown.type), array_agg(shown.numbers)
          INTO counts, shown_types, shown_numbers
          FROM (SELECT left(prefix, -1) AS type, range_agg(int4range(number, number + 1)) AS numbers
                  FROM (SELECT rtrim(name, '0123456789') AS prefix, split_part(name, '_', -1)::int AS number
                          FROM (SELECT split_part(piece, '>', 1) AS name
                                  FROM unnest((string_to_array(p_positions, '"placeholder":"<'))[2:]) AS piece
                                OFFSET 0) named OFFSET 0) numbered
                 GROUP BY prefix) shown;
        PERFORM audit_append(p_workspace_id, p_id, p_action, p_actor_id, p_credential_id, p_chat_id,
                             coalesce(counts, '{}'), p_reason, p_request_id);
        RETURN QUERY ${ENTRIES('shown_types', 'shown_numbers')};
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION audit_append(p_workspace_id uuid, p_id uuid, p_action text, p_actor_id uuid, p_credential_id uuid,
                                              p_chat_id uuid, p_counts jsonb, p_reason text, p_request_id text)
      RETURNS bigint LANGUAGE plpgsql AS $$
      DECLARE
        head audit_heads;
        entry audit;
      BEGIN
        SELECT * INTO head FROM audit_heads WHERE workspace_id = p_workspace_id FOR UPDATE;
        IF NOT FOUND THEN
          INSERT INTO audit_heads VALUES (p_workspace_id, 0, sha256('')) ON CONFLICT DO NOTHING;
          SELECT * INTO STRICT head FROM audit_heads WHERE workspace_id = p_workspace_id FOR UPDATE;
        END IF;
        entry := ROW(p_workspace_id, head.seq + 1, p_id, clock_timestamp(), p_action, p_actor_id, p_credential_id,
                     p_chat_id, p_counts, p_reason, p_request_id, NULL);
        entry.hash := audit_row_hash(head.hash, entry);
        INSERT INTO audit VALUES (entry.*);
        UPDATE audit_heads SET seq = entry.seq, hash = entry.hash WHERE workspace_id = p_workspace_id;
        RETURN entry.seq;
      END $$`);
    await runner.query(`
      CREATE OR REPLACE FUNCTION audit_hash(previous bytea, VARIADIC members text[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
      DECLARE
        member text;
        written text := '';
      BEGIN
        FOREACH member IN ARRAY members LOOP
          written := written || octet_length(coalesce(member, '')) || ':' || coalesce(member, '');
        END LOOP;
        RETURN sha256(previous || convert_to(written, 'UTF8'));
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropReaders(runner);
    await new SealedEntries1763714000000().up(runner);
    await new RevealedPositions1763715000000().up(runner);
  }
}

async function dropReaders(runner: QueryRunner): Promise<void> {
  await runner.query('DROP FUNCTION pii_revealed_positions');
  await runner.query('DROP FUNCTION pii_sealed_entries');
}
