import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The index by client id begins with the chat. While it began with the workspace, as others do, a plan that was made over a
 * young table could take one of those for the look-up of a client id, and read the whole chat for each message.
 */
export class ClientIdIndex1763713000000 implements MigrationInterface {
  readonly name = 'ClientIdIndex1763713000000';

  async up(runner: QueryRunner): Promise<void> {
    await replaceIndex(runner, 'chat_id, sender_id, client_message_id, workspace_id');
  }

  async down(runner: QueryRunner): Promise<void> {
    await replaceIndex(runner, 'workspace_id, chat_id, sender_id, client_message_id');
  }
}

async function replaceIndex(runner: QueryRunner, columns: string): Promise<void> {
  await runner.query('DROP INDEX messages_client_message_id_key');
  await runner.query(`
    CREATE UNIQUE INDEX messages_client_message_id_key ON messages (${columns}) WHERE client_message_id IS NOT NULL`);
}
