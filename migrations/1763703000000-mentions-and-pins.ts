import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Members that a message mentions, and messages that are pinned. Both are rare: their indexes hold nothing of the others. */
export class MentionsAndPins1763703000000 implements MigrationInterface {
  readonly name = 'MentionsAndPins1763703000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE messages ADD COLUMN mentions uuid[], ADD COLUMN pinned_at timestamptz');
    await runner.query(`
      CREATE INDEX messages_mentions_idx ON messages (workspace_id, chat_id, seq) WHERE mentions IS NOT NULL`);
    await runner.query(`
      CREATE INDEX messages_pinned_at_idx ON messages (workspace_id, chat_id, pinned_at) WHERE pinned_at IS NOT NULL`);
    await runner.query(`
      ALTER TABLE message_changes
        DROP CONSTRAINT message_changes_kind_check,
        ADD CONSTRAINT message_changes_kind_check
          CHECK (kind IN ('updated', 'deleted', 'reaction', 'pinned', 'unpinned'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM message_changes WHERE kind IN ('pinned', 'unpinned')`);
    await runner.query(`
      ALTER TABLE message_changes
        DROP CONSTRAINT message_changes_kind_check,
        ADD CONSTRAINT message_changes_kind_check CHECK (kind IN ('updated', 'deleted', 'reaction'))`);
    await runner.query('ALTER TABLE messages DROP COLUMN mentions, DROP COLUMN pinned_at');
  }
}
