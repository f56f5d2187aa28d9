import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The version of a chat's key since its last erasure, in the row that everybody locks who writes a message: what was masked
 * with an older key may show a placeholder whose original is gone by now.
 */
export class ErasedVersion1763711000000 implements MigrationInterface {
  readonly name = 'ErasedVersion1763711000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE chats ADD COLUMN erased_version integer NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE chats DROP COLUMN erased_version');
  }
}
