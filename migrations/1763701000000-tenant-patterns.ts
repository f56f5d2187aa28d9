import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Recognizers of a workspace's own. The revision stands in the workspace's row, which every call reads anyway. */
export class TenantPatterns1763701000000 implements MigrationInterface {
  readonly name = 'TenantPatterns1763701000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE workspaces ADD COLUMN patterns_revision integer NOT NULL DEFAULT 0');
    await runner.query(`
      CREATE TABLE tenant_patterns (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        type text NOT NULL CHECK (type ~ '^[A-Z][A-Z0-9_]{0,31}$'),
        expression text NOT NULL,
        context text[] NOT NULL,
        score double precision NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, type)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tenant_patterns');
    await runner.query('ALTER TABLE workspaces DROP COLUMN patterns_revision');
  }
}
