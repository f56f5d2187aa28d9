import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is sealed behind the placeholders of a page, for the statement that reads the page: their positions, message by
 * message, become counts by type for the audit and runs of numbers for the look-up. First the entry of the audit, then, by
 * a volatile function, the values, so that nothing is read that was erased while the entry waited for its turn. Without
 * messages nothing is audited, and there is no row.
 *
 * Placeholders are cut out of the text of the positions, which only the service writes: to take the JSON apart would cost
 * as much as all the rest.
 */
export class RevealedPositions1763715000000 implements MigrationInterface {
  readonly name = 'RevealedPositions1763715000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION pii_revealed_positions(p_workspace_id uuid, p_chat_id uuid, p_positions json[], p_id uuid, p_action text,
                                             p_actor_id uuid, p_credential_id uuid, p_reason text, p_request_id text)
      RETURNS TABLE (heads text, originals bytea, key_version int) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
      DECLARE
        counts jsonb;
        types text[];
        firsts int[];
        lasts int[];
      BEGIN
        IF p_positions IS NULL THEN
          RETURN;
        END IF;
        WITH named AS (
          SELECT split_part(piece, '>', 1) AS name
            FROM unnest((string_to_array(array_to_string(p_positions, ''), '"placeholder":"<'))[2:]) AS piece
        ), runs AS MATERIALIZED (
          SELECT t.type, lower(run) AS first, upper(run) - 1 AS last
            FROM (SELECT left(name, -1 - length(number)) AS type, range_agg(int4range(number::int, number::int, '[]')) AS numbers
                    FROM named CROSS JOIN LATERAL split_part(name, '_', -1) AS number
                   GROUP BY 1) t
           CROSS JOIN LATERAL unnest(t.numbers) AS run
        )
        SELECT (SELECT jsonb_object_agg(t.type, t.number)
                  FROM (SELECT r.type, sum(r.last - r.first + 1) AS number FROM runs r GROUP BY r.type) t),
               array_agg(r.type), array_agg(r.first), array_agg(r.last)
          INTO counts, types, firsts, lasts FROM runs r;
        PERFORM audit_append(p_workspace_id, p_id, p_action, p_actor_id, p_credential_id, p_chat_id,
                             coalesce(counts, '{}'), p_reason, p_request_id);
        RETURN QUERY SELECT * FROM pii_sealed_entries(p_workspace_id, p_chat_id, types, firsts, lasts);
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION pii_revealed_positions');
  }
}
