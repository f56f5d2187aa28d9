import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit of everything that shows, exports or erases originals. Rows of a workspace form a chain: each carries the hash
 * of the one before, so that a changed, removed or inserted row shows. `audit_append` is the only way to write one; it
 * takes the head of the chain under a row lock, hence writers of one workspace queue and the chain has no fork.
 */
export class AuditChain1763700100000 implements MigrationInterface {
  readonly name = 'AuditChain1763700100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit (
        workspace_id uuid NOT NULL,
        seq bigint NOT NULL,
        id uuid NOT NULL,
        at timestamptz NOT NULL,
        action text NOT NULL,
        actor_id uuid NOT NULL,
        credential_id uuid NOT NULL,
        chat_id uuid,
        counts jsonb NOT NULL,
        reason text,
        request_id text NOT NULL,
        hash bytea NOT NULL,
        PRIMARY KEY (workspace_id, seq)
      )`);
    await runner.query(`
      CREATE TABLE audit_heads (
        workspace_id uuid PRIMARY KEY,
        seq bigint NOT NULL,
        hash bytea NOT NULL
      )`);
    // SHA-256 over the hash before and the members of the row, each with its length in front: no two rows read alike.
    await runner.query(`
      CREATE FUNCTION audit_hash(previous bytea, VARIADIC members text[]) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
        SELECT sha256(previous || convert_to(string_agg(octet_length(coalesce(m, '')) || ':' || coalesce(m, ''), '' ORDER BY o), 'UTF8'))
          FROM unnest(members) WITH ORDINALITY AS t (m, o)
      $$`);
    await runner.query(`
      CREATE FUNCTION audit_row_hash(previous bytea, r audit) RETURNS bytea LANGUAGE sql STABLE AS $$
        SELECT audit_hash(previous, r.workspace_id::text, r.seq::text, r.id::text,
          to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), r.action, r.actor_id::text,
          r.credential_id::text, r.chat_id::text, r.counts::text, r.reason, r.request_id)
      $$`);
    await runner.query(`
      CREATE FUNCTION audit_append(p_workspace_id uuid, p_id uuid, p_action text, p_actor_id uuid, p_credential_id uuid,
                                   p_chat_id uuid, p_counts jsonb, p_reason text, p_request_id text)
      RETURNS bigint LANGUAGE plpgsql AS $$
      DECLARE
        head audit_heads;
        entry audit;
      BEGIN
        INSERT INTO audit_heads VALUES (p_workspace_id, 0, sha256('')) ON CONFLICT DO NOTHING;
        SELECT * INTO STRICT head FROM audit_heads WHERE workspace_id = p_workspace_id FOR UPDATE;
        entry := ROW(p_workspace_id, head.seq + 1, p_id, clock_timestamp(), p_action, p_actor_id, p_credential_id,
                     p_chat_id, p_counts, p_reason, p_request_id, NULL);
        entry.hash := audit_row_hash(head.hash, entry);
        INSERT INTO audit SELECT (entry).*;
        UPDATE audit_heads SET seq = entry.seq, hash = entry.hash WHERE workspace_id = p_workspace_id;
        RETURN entry.seq;
      END $$`);
    await runner.query(`
      CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'the audit cannot be changed' USING ERRCODE = 'insufficient_privilege'; END $$`);
    await runner.query(`
      CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit CASCADE');
    await runner.query('DROP TABLE audit_heads');
    await runner.query('DROP FUNCTION audit_append, audit_hash, audit_is_append_only');
  }
}
