import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who of some users may write in some workspaces: members and visitors who are neither banned nor muted, by the latest commit. Volatile, so that it takes a snapshot of its own: the
 * statement that asks may have waited for locks since it took its own. PL/pgSQL,
 * since that keeps the plan, which may have been made while the tables were empty: LATERAL with a limit looks into the index.
 */
export class MessageWriters1763704100000 implements MigrationInterface {
  readonly name = 'MessageWriters1763704100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION message_writers(workspaces uuid[], users uuid[])
      RETURNS TABLE (workspace_id uuid, user_id uuid) LANGUAGE plpgsql VOLATILE ROWS 32 AS $$
      BEGIN
        RETURN QUERY
          SELECT q.workspace_id, q.user_id
            FROM (SELECT DISTINCT * FROM unnest(workspaces, users)) AS q (workspace_id, user_id)
           CROSS JOIN LATERAL (SELECT visibility FROM workspaces
                                WHERE id = q.workspace_id AND deleted_at IS NULL LIMIT 1) w
            LEFT JOIN LATERAL (SELECT role FROM members
                                WHERE members.workspace_id = q.workspace_id AND members.user_id = q.user_id LIMIT 1) m ON true
            LEFT JOIN LATERAL (SELECT true AS restricted FROM restrictions r
                                WHERE r.workspace_id = q.workspace_id AND r.user_id = q.user_id
                                  AND (r.expires_at IS NULL OR r.expires_at > now()) LIMIT 1) r ON true
           WHERE r.restricted IS NULL
             AND (m.role <> 'reader' OR (m.role IS NULL AND w.visibility = 'public'));
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION message_writers');
  }
}
