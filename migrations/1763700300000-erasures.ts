import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Receipts of erasures. They hold counts, never values. */
export class Erasures1763700300000 implements MigrationInterface {
  readonly name = 'Erasures1763700300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE erasures (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        receipt jsonb NOT NULL,
        signature text NOT NULL,
        public_key text NOT NULL,
        kids text[] NOT NULL,
        final_by timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE erasures');
  }
}
