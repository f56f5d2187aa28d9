import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keyed fingerprints of the forms in which a name may be written again: where the vault is off, nothing else is known of it. */
export class NamePrints1763710000000 implements MigrationInterface {
  readonly name = 'NamePrints1763710000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE pii_entries ADD COLUMN name_prints bytea');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE pii_entries DROP COLUMN name_prints');
  }
}
