import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is known of files that belong to messages; they themselves lie in an object store. `scan` is null until a file is
 * there for others. What is removed stays until its object is gone. `messages.attachments` holds what readers are shown.
 */
export class Attachments1763712000000 implements MigrationInterface {
  readonly name = 'Attachments1763712000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE attachments (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        message_id uuid NOT NULL,
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        name text NOT NULL,
        type text NOT NULL,
        size bigint NOT NULL,
        sha256 text NOT NULL,
        scan text CHECK (scan IN ('clean', 'found', 'none')),
        findings json,
        created_at timestamptz NOT NULL DEFAULT now(),
        removed_at timestamptz,
        PRIMARY KEY (workspace_id, chat_id, message_id, id)
      )`);
    await runner.query(`
      CREATE INDEX attachments_to_remove_idx ON attachments (created_at) WHERE removed_at IS NOT NULL OR scan IS NULL`);
    await runner.query('ALTER TABLE messages ADD COLUMN attachments json');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE messages DROP COLUMN attachments');
    await runner.query('DROP TABLE attachments');
  }
}
