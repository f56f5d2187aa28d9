import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may not read or not post although their role would let them, links that let people in, and who did all that. */
export class Moderation1763703200000 implements MigrationInterface {
  readonly name = 'Moderation1763703200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE restrictions (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        user_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('ban', 'mute')),
        created_by uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        PRIMARY KEY (workspace_id, user_id, kind)
      )`);
    await runner.query(`
      CREATE TABLE invitations (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id uuid NOT NULL,
        lookup_id text NOT NULL,
        hash bytea NOT NULL,
        role text NOT NULL CHECK (role IN ('admin', 'member', 'reader')),
        max_uses integer NOT NULL CHECK (max_uses > 0),
        uses integer NOT NULL DEFAULT 0,
        created_by uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        PRIMARY KEY (workspace_id, id)
      )`);
    // Not unique: uniqueness across workspaces would need every shard. It is random; the hash decides.
    await runner.query('CREATE INDEX invitations_lookup_id_idx ON invitations (lookup_id)');
    await runner.query(`
      CREATE TABLE moderation_log (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        action text NOT NULL,
        actor_id uuid NOT NULL,
        user_id uuid,
        details jsonb NOT NULL,
        PRIMARY KEY (workspace_id, id)
      )`);
    await runner.query(`
      CREATE TRIGGER moderation_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON moderation_log
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['moderation_log', 'invitations', 'restrictions']) await runner.query(`DROP TABLE ${table}`);
  }
}
