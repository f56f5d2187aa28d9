import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Entries of one chat that have an original, by runs of numbers: in one row, since each row that leaves the database has to be
 * taken up by itself, which costs more than to open it. `heads` has type, number, id and length of each, `originals` their
 * bytes one after the other. A volatile function, so that within a statement that audits the reading it sees what was
 * committed while that statement waited for the head of the audit: nothing that was erased meanwhile.
 *
 * Each run is looked up by itself, as the entries from somewhere on: the order leaves the planner one index.
 */
export class SealedEntries1763714000000 implements MigrationInterface {
  readonly name = 'SealedEntries1763714000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION pii_sealed_entries(uuid, uuid, text[], int[], int[])
      RETURNS TABLE (heads text, originals bytea, key_version int) LANGUAGE plpgsql VOLATILE ROWS 1 AS $$
      BEGIN
        RETURN QUERY
          SELECT string_agg(e.type || ' ' || e.number || ' ' || e.id || ' ' || length(e.sealed_value), ','),
                 string_agg(e.sealed_value, ''::bytea),
                 (SELECT k.version FROM chat_keys k WHERE k.workspace_id = $1 AND k.chat_id = $2)
            FROM unnest($3, $4, $5) AS q (type, first, last)
           CROSS JOIN LATERAL (SELECT * FROM pii_entries e
                                WHERE e.workspace_id = $1 AND e.chat_id = $2 AND e.type = q.type
                                  AND e.number BETWEEN q.first AND q.last ORDER BY e.number) e
           WHERE e.sealed_value IS NOT NULL;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION pii_sealed_entries');
  }
}
