import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who is in which chat at the moment, and until when the others were. A node says by its row in `presence_nodes` that it is
 * alive; what it said of its users counts no longer than that row is fresh.
 */
export class Presence1763703100000 implements MigrationInterface {
  readonly name = 'Presence1763703100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE presence_nodes (
        id uuid PRIMARY KEY,
        seen_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE presence (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        user_id uuid NOT NULL,
        nodes uuid[] NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, chat_id, user_id),
        FOREIGN KEY (workspace_id, user_id) REFERENCES members (workspace_id, user_id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX presence_user_id_idx ON presence (workspace_id, user_id)');
    await runner.query(`CREATE INDEX presence_nodes_idx ON presence USING gin (nodes) WHERE nodes <> '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE presence');
    await runner.query('DROP TABLE presence_nodes');
  }
}
