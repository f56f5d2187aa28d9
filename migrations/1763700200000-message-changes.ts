import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What happens to a message after its creation. Every change has a sequence of its own in the chat, in `message_changes`;
 * the message carries the present state and the sequence of its last change.
 */
export class MessageChanges1763700200000 implements MigrationInterface {
  readonly name = 'MessageChanges1763700200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE messages
        ADD COLUMN updated_seq bigint,
        ADD COLUMN edited_at timestamptz,
        ADD COLUMN deleted_at timestamptz,
        ADD COLUMN reactions json`);
    await runner.query(`
      CREATE TABLE message_changes (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        seq bigint NOT NULL,
        message_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('updated', 'deleted', 'reaction')),
        actor_id uuid NOT NULL,
        client_change_id text,
        reaction text,
        reaction_on boolean,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, chat_id, seq)
      )`);
    await runner.query(`
      CREATE UNIQUE INDEX message_changes_client_change_id_key
        ON message_changes (workspace_id, chat_id, actor_id, client_change_id) WHERE client_change_id IS NOT NULL`);
    // Earlier texts of edited messages, masked as they were.
    await runner.query(`
      CREATE TABLE message_edits (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        message_id uuid NOT NULL,
        seq bigint NOT NULL,
        text text NOT NULL,
        positions json NOT NULL,
        written_at timestamptz NOT NULL,
        PRIMARY KEY (workspace_id, chat_id, message_id, seq)
      )`);
    await runner.query(`
      CREATE TABLE reactions (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        message_id uuid NOT NULL,
        user_id uuid NOT NULL,
        reaction text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, chat_id, message_id, user_id, reaction)
      )`);
    await runner.query(`
      CREATE TABLE read_marks (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        user_id uuid NOT NULL,
        seq bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, chat_id, user_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['read_marks', 'reactions', 'message_edits', 'message_changes']) {
      await runner.query(`DROP TABLE ${table}`);
    }
    await runner.query(`
      ALTER TABLE messages DROP COLUMN updated_seq, DROP COLUMN edited_at, DROP COLUMN deleted_at, DROP COLUMN reactions`);
  }
}
