import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Keys of everything that belongs to a workspace lead with the workspace, so that a distributed PostgreSQL can shard by
 * it. Hence no foreign key crosses from a workspace's rows to another shard key, and unique rules hold inside one workspace.
 */
export class InitialSchema1763700000000 implements MigrationInterface {
  readonly name = 'InitialSchema1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        id uuid PRIMARY KEY,
        display_name text NOT NULL,
        external_id text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT users_external_id_key UNIQUE (external_id)
      )`);
    await runner.query(`
      CREATE TABLE api_keys (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        lookup_id text NOT NULL,
        hash bytea NOT NULL,
        name text NOT NULL,
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        CONSTRAINT api_keys_lookup_id_key UNIQUE (lookup_id)
      )`);
    await runner.query(`CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, id)`);

    await runner.query(`
      CREATE TABLE workspaces (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        visibility text NOT NULL CHECK (visibility IN ('private', 'public')),
        pii_policy jsonb NOT NULL,
        default_chat_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE members (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        user_id uuid NOT NULL,
        role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'reader')),
        pii_access boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, user_id)
      )`);
    await runner.query(`CREATE INDEX members_user_id_idx ON members (user_id, workspace_id)`);

    await runner.query(`
      CREATE TABLE chats (
        workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
        id uuid NOT NULL,
        title text NOT NULL,
        last_seq bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz,
        PRIMARY KEY (workspace_id, id)
      ) WITH (fillfactor = 50)`);
    // Not unique: uniqueness across workspaces would need every shard. Ids are UUIDv7 made here, never by a client.
    await runner.query(`CREATE INDEX chats_id_idx ON chats (id)`);

    await runner.query(`
      CREATE TABLE messages (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        seq bigint NOT NULL,
        id uuid NOT NULL,
        sender_id uuid NOT NULL,
        client_message_id text,
        reply_to uuid,
        text text NOT NULL,
        positions json NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, chat_id, seq)
      )`);
    await runner.query(`CREATE INDEX messages_id_idx ON messages (workspace_id, chat_id, id)`);
    await runner.query(`
      CREATE UNIQUE INDEX messages_client_message_id_key
        ON messages (workspace_id, chat_id, sender_id, client_message_id) WHERE client_message_id IS NOT NULL`);

    await runner.query(`
      CREATE TABLE chat_keys (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        kid text NOT NULL,
        wrapped_key bytea NOT NULL,
        version integer NOT NULL DEFAULT 1,
        past_kids text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (workspace_id, chat_id)
      )`);
    await runner.query(`CREATE INDEX chat_keys_chat_id_idx ON chat_keys (chat_id)`);
    await runner.query(`CREATE INDEX chat_keys_kid_idx ON chat_keys (kid, workspace_id, chat_id)`);
    await runner.query(`
      CREATE TABLE pii_entries (
        workspace_id uuid NOT NULL,
        chat_id uuid NOT NULL,
        type text NOT NULL,
        number integer NOT NULL,
        id uuid NOT NULL,
        fingerprint bytea NOT NULL,
        sealed_value bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        erased_at timestamptz,
        PRIMARY KEY (workspace_id, chat_id, type, number),
        CONSTRAINT pii_entries_fingerprint_key UNIQUE (workspace_id, chat_id, fingerprint)
      )`);
    await runner.query(`
      CREATE TABLE connection_strings_used (
        jti bytea PRIMARY KEY,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query(`CREATE INDEX connection_strings_used_expires_at_idx ON connection_strings_used (expires_at)`);
    await runner.query(`
      CREATE TABLE idempotency_keys (
        principal_id uuid NOT NULL,
        key_mac bytea NOT NULL,
        request_mac bytea NOT NULL,
        sealed_answer bytea,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (principal_id, key_mac)
      )`);
    await runner.query(`CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'idempotency_keys',
      'connection_strings_used',
      'pii_entries',
      'chat_keys',
      'messages',
      'chats',
      'members',
      'workspaces',
      'api_keys',
      'users',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
