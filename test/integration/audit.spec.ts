import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Database } from '../../src/database/database.js';
import { type AuditHead, auditHeads, contradictedHeads, verifyAudit } from '../../src/pii/audit/verify-audit.js';
import type { Api, WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface Entry {
  readonly seq: number;
  readonly id: string;
  readonly action: string;
  readonly actorId: string;
  readonly credentialId: string;
  readonly chatId: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly reason: string | null;
  readonly requestId: string;
  readonly hash: string;
}

const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };

const LATEST_ERASED = `UPDATE pii_entries SET sealed_value = NULL
  WHERE workspace_id = $1 AND number = (SELECT max(number) FROM pii_entries WHERE workspace_id = $1)`;

describe('the audit of originals', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  let reader: { id: string; api: Api; keyId: string };
  let direct: Client;

  const history = (api: Api, headers: Readonly<Record<string, string>>) =>
    api.get<{ code: string }>(`/v1/chat/${workspace.defaultChatId}/messages`, headers);
  const entries = async () =>
    (await service.admin.get<{ items: Entry[] }>(`/v1/workspaces/${workspace.id}/audit?limit=200`)).body.items;

  beforeAll(async () => {
    service = await startTestApp();
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
  });
  beforeEach(async () => {
    workspace = await service.admin.workspace();
    reader = await service.admin.user('Reader', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${reader.id}`, { role: 'reader', piiAccess: true });
    await service.admin.post(`/v1/spaces/${workspace.id}/chat`, { message: 'to ada@example.org and bob@example.org' });
  });
  afterAll(async () => {
    await direct.end();
    await service.close();
  });

  it('has one entry for each reading and each refusal, linked by hashes', async () => {
    const membership = `/v1/workspaces/${workspace.id}/members/${reader.id}`;
    await service.admin.put(membership, { role: 'reader', piiAccess: false });
    expect((await history(reader.api, VAULT)).body.code).toBe('pii_access_required');
    await service.admin.put(membership, { role: 'reader', piiAccess: true });
    const reason = 'ticket 17 of carla@example.org';
    expect((await history(reader.api, { ...VAULT, 'X-Access-Reason': reason })).status).toBe(200);

    const [read, refused, ...others] = await entries();
    expect(others).toEqual([]);
    expect(refused).toMatchObject({ seq: 1, action: 'rehydrate_refused', counts: {}, reason: null });
    expect(read).toMatchObject({
      seq: 2,
      action: 'rehydrate',
      actorId: reader.id,
      credentialId: reader.keyId,
      chatId: workspace.defaultChatId,
      counts: { EMAIL_ADDRESS: 2 },
      reason: 'ticket 17 of <EMAIL_ADDRESS_1>',
    });
    expect(read?.hash).toBe(await independentHash(read, refused?.hash ?? ''));
  });

  it('demands a reason where the policy does', async () => {
    await service.admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { accessReason: 'required' } });
    expect((await history(reader.api, VAULT)).body.code).toBe('access_reason_required');
    expect((await history(reader.api, { ...VAULT, 'X-Access-Reason': 'audit' })).status).toBe(200);
    await service.admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { accessReason: 'optional' } });
  });

  it('keeps one chain under parallel readings', async () => {
    const before = (await entries()).length;
    await Promise.all(Array.from({ length: 40 }, () => history(reader.api, VAULT)));
    expect((await entries()).map(({ seq }) => seq)).toEqual(
      Array.from({ length: before + 40 }, (_, index) => before + 40 - index),
    );
    expect(await verifyAudit(service.app.get(Database, { strict: false }))).toEqual([]);
  });

  it('holds originals back until the entry is written, and for good where it cannot be', async () => {
    expect((await history(reader.api, VAULT)).status).toBe(200);
    const other = new Client({ connectionString: service.database.url });
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM audit_heads WHERE workspace_id = $1 FOR UPDATE', [workspace.id]);
    let answered = false;
    const held = history(reader.api, VAULT).finally(() => (answered = true));
    await waiting('%sealed.entries%');
    // A masked page needs no entry, and passes the one that waits.
    expect((await history(reader.api, {})).status).toBe(200);
    expect(answered).toBe(false);
    await other.query('ROLLBACK');
    await other.end();
    expect((await held).status).toBe(200);

    await direct.query('ALTER TABLE audit ADD CONSTRAINT full_disk CHECK (false) NOT VALID');
    const refused = await history(reader.api, VAULT);
    await direct.query('ALTER TABLE audit DROP CONSTRAINT full_disk');
    expect(refused.status).toBe(500);
    expect(JSON.stringify(refused.body)).not.toContain('example.org');
  });

  it('shows on a page nothing that was erased while its entry waited to be written', async () => {
    await service.admin.post(`/v1/spaces/${workspace.id}/chat`, { message: 'to late@example.org' });
    const latest = async () => {
      const path = `/v1/chat/${workspace.defaultChatId}/messages?limit=1`;
      return (await reader.api.get<{ items: { message: string; text: string }[] }>(path, VAULT)).body.items[0];
    };
    expect((await latest())?.message).toBe('to late@example.org');

    const erasing = new Client({ connectionString: service.database.url });
    await erasing.connect();
    await erasing.query('BEGIN');
    await erasing.query('SELECT FROM audit_heads WHERE workspace_id = $1 FOR UPDATE', [workspace.id]);
    const held = latest();
    await waiting('%sealed.entries%');
    // Those that come meanwhile stand in line outside of the database, and are read together.
    const others = [latest(), latest()];
    await erasing.query(LATEST_ERASED, [workspace.id]);
    await erasing.query('COMMIT');
    await erasing.end();
    for (const late of await Promise.all([held, ...others])) {
      expect(late?.message).toMatch(/^to <EMAIL_ADDRESS_\d+>$/);
      expect(late?.message).toBe(late?.text);
    }
  });

  it('reveals nothing that was erased while its entry waited to be written', async () => {
    await service.admin.post(`/v1/spaces/${workspace.id}/chat`, { message: 'to later@example.org' });
    const chatPath = `/v1/chat/${workspace.defaultChatId}`;
    const { body } = await reader.api.get<{ items: { placeholder: string }[] }>(`${chatPath}/pii?limit=100`);
    const placeholders = [body.items.at(-1)?.placeholder ?? ''];
    const reveal = async () =>
      (await reader.api.post<{ values: Record<string, string> }>(`${chatPath}/pii/reveal`, { placeholders })).body
        .values;
    expect(Object.values(await reveal())).toEqual(['later@example.org']);

    const erasing = new Client({ connectionString: service.database.url });
    await erasing.connect();
    await erasing.query('BEGIN');
    await erasing.query('SELECT FROM audit_heads WHERE workspace_id = $1 FOR UPDATE', [workspace.id]);
    const held = reveal();
    await waiting('%audit_append%');
    await erasing.query(LATEST_ERASED, [workspace.id]);
    await erasing.query('COMMIT');
    await erasing.end();
    expect(await held).toEqual({});
  });

  it('is for owners and admins', async () => {
    expect((await reader.api.get(`/v1/workspaces/${workspace.id}/audit`)).status).toBe(403);
    const stranger = await service.admin.user('Stranger');
    expect((await stranger.api.get(`/v1/workspaces/${workspace.id}/audit`)).status).toBe(404);
  });

  it('lets the role of the service, made as the documents say, add and read entries, and nothing else', async () => {
    const [role, name] = [`cloakroom_${workspace.id.slice(-12)}`, 'cloakroom'];
    const [sql = ''] = /(?<=```sql\n)[^`]*/.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
    await direct.query(`CREATE ROLE ${role}`);
    try {
      await direct.query(sql.replaceAll(new RegExp(`\\b${name}\\b`, 'g'), role));
      await direct.query(`SET ROLE ${role}`);
      for (const statement of [
        `UPDATE audit SET reason = 'none'`,
        'DELETE FROM audit',
        'TRUNCATE audit',
        'ALTER TABLE audit DISABLE TRIGGER USER',
        'DROP TRIGGER audit_is_append_only ON audit',
        `SET session_replication_role = 'replica'`,
      ]) {
        await expect(direct.query(statement)).rejects.toThrow(/permission denied|must be owner/);
      }
      const { rows } = await direct.query<{ seq: string }>(
        `SELECT audit_append($1, gen_random_uuid(), 'retention', $1, $1, NULL, '{}', NULL, 'r') AS seq`,
        [workspace.id],
      );
      expect(Number(rows[0]?.seq)).toBe((await entries()).length);
    } finally {
      await direct.query('RESET ROLE');
      await direct.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('goes through the heads that were kept elsewhere', async () => {
    const database = service.app.get(Database, { strict: false });
    await history(reader.api, VAULT);
    const heads: AuditHead[] = [];
    for await (const head of auditHeads(database)) heads.push(head);
    const [last] = await entries();
    expect(heads).toContainEqual({ workspaceId: workspace.id, seq: last?.seq, hash: last?.hash });
    expect(await history(reader.api, VAULT)).toMatchObject({ status: 200 });
    expect(await contradictedHeads(database, heads)).toEqual([]);
    const own = heads.filter(({ workspaceId }) => workspaceId === workspace.id);
    const rewritten = own.map((head) => ({ ...head, hash: '00'.repeat(32) }));
    expect(await contradictedHeads(database, rewritten)).toEqual([{ workspaceId: workspace.id, seq: last?.seq }]);
    const removed = own.map((head) => ({ ...head, seq: 1_000_000 }));
    expect(await contradictedHeads(database, removed)).toEqual([{ workspaceId: workspace.id, seq: 1_000_000 }]);
  });

  it('refuses changes, and a change made behind its back shows', async () => {
    for (let n = 0; n < 3; n += 1) await history(reader.api, VAULT);
    await expect(direct.query(`UPDATE audit SET actor_id = id`)).rejects.toThrow('cannot be changed');
    await expect(direct.query(`DELETE FROM audit`)).rejects.toThrow('cannot be changed');
    await expect(direct.query(`TRUNCATE audit`)).rejects.toThrow('cannot be changed');
    const database = service.app.get(Database, { strict: false });
    await direct.query('ALTER TABLE audit DISABLE TRIGGER USER');
    const second = `workspace_id = '${workspace.id}' AND seq = 2`;
    await direct.query(`UPDATE audit SET counts = '{}' WHERE ${second}`);
    expect(await verifyAudit(database)).toEqual([{ workspaceId: workspace.id, seq: 2 }]);
    await direct.query(`UPDATE audit SET counts = '{"EMAIL_ADDRESS": 2}' WHERE ${second}`);
    expect(await verifyAudit(database)).toEqual([]);
    const last = `workspace_id = '${workspace.id}' AND seq = 3`;
    await direct.query(`CREATE TEMP TABLE removed AS SELECT * FROM audit WHERE ${last}`);
    await direct.query(`DELETE FROM audit WHERE ${last}`);
    expect(await verifyAudit(database)).toHaveLength(1);
    await direct.query('INSERT INTO audit SELECT * FROM removed');
    expect(await verifyAudit(database)).toEqual([]);
    await direct.query('ALTER TABLE audit ENABLE TRIGGER USER');
  });

  /** Resolves when a statement waits for a lock. */
  async function waiting(statement: string): Promise<void> {
    for (;;) {
      const { rowCount } = await direct.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
        [statement],
      );
      if (rowCount) return;
    }
  }

  /** The hash as the documents describe it, computed without the database. */
  async function independentHash(entry: Entry | undefined, previous: string): Promise<string> {
    const { rows } = await direct.query<{ at: string; counts: string }>(
      `SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, counts::text FROM audit WHERE id = $1`,
      [entry?.id],
    );
    const members = [
      workspace.id,
      String(entry?.seq),
      entry?.id,
      rows[0]?.at,
      entry?.action,
      entry?.actorId,
      entry?.credentialId,
      entry?.chatId,
      rows[0]?.counts,
      entry?.reason ?? '',
      entry?.requestId,
    ];
    const text = members.map((member = '') => `${Buffer.byteLength(member)}:${member}`).join('');
    return createHash('sha256').update(Buffer.from(previous, 'hex')).update(text).digest('hex');
  }
});
