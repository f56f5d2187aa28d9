import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which sessions are open on the sockets of which node, and which of them were asked to be ended. A node writes its own rows
 * once a second, so that a mark may come before the row that it is for: then it stands alone, without a node. Rows of a node
 * count as long as its row in `presence_nodes` is fresh.
 */
export class Sessions1763717000000 implements MigrationInterface {
  readonly name = 'Sessions1763717000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sessions (
        user_id uuid NOT NULL,
        id text COLLATE "C" NOT NULL,
        node uuid,
        workspace_id uuid,
        chat_id uuid,
        credential_id uuid,
        opened_at timestamptz,
        expires_at timestamptz NOT NULL,
        rehydrate boolean,
        ended_at timestamptz,
        PRIMARY KEY (user_id, id)
      )`);
    await runner.query('CREATE INDEX sessions_ended_idx ON sessions (node) WHERE ended_at IS NOT NULL');
    await runner.query('CREATE INDEX sessions_expires_at_idx ON sessions (expires_at)');
    await runner.query('ALTER TABLE users ADD COLUMN sessions_ended_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE users DROP COLUMN sessions_ended_at');
    await runner.query('DROP TABLE sessions');
  }
}
