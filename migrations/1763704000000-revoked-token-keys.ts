import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys that sign connection strings and are not to be trusted any more, although processes still have them in their ring. */
export class RevokedTokenKeys1763704000000 implements MigrationInterface {
  readonly name = 'RevokedTokenKeys1763704000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE revoked_token_keys (
        kid text PRIMARY KEY,
        revoked_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE revoked_token_keys');
  }
}
