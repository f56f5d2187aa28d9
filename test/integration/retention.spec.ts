import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { Retention } from '../../src/chat/retention/retention.js';
import type { Api, MessageBody, ProblemBody, WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface AuditEntry {
  readonly action: string;
  readonly actorId: string;
  readonly chatId: string | null;
  readonly counts: unknown;
  readonly reason: string | null;
  readonly requestId: string;
}

const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };

describe('retention', () => {
  let service: TestApp;
  let owner: { id: string; api: Api };
  let direct: Client;

  const workspaceWith = async (piiPolicy: object): Promise<WorkspaceBody> => {
    const workspace = await owner.api.workspace({ piiPolicy });
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${owner.id}`, { role: 'owner', piiAccess: true });
    return workspace;
  };
  const send = (workspace: WorkspaceBody, message: string) =>
    owner.api.post<MessageBody>(`/v1/chat/${workspace.defaultChatId}/messages`, { message });
  const shown = async (workspace: WorkspaceBody) =>
    (
      await owner.api.get<{ items: MessageBody[] }>(`/v1/chat/${workspace.defaultChatId}/messages`, VAULT)
    ).body.items.map(({ message }) => message);
  const age = async (workspace: WorkspaceBody, days: number, upTo = 1_000_000) => {
    const values = [workspace.id, days];
    await direct.query(
      `UPDATE messages SET created_at = created_at - make_interval(days => $2) WHERE workspace_id = $1 AND seq <= ${upTo}`,
      values,
    );
    await direct.query(
      'UPDATE pii_entries SET created_at = created_at - make_interval(days => $2) WHERE workspace_id = $1',
      values,
    );
  };
  const run = () => service.app.get(Retention, { strict: false }).run();
  const audited = async (workspace: WorkspaceBody) =>
    (await owner.api.get<{ items: AuditEntry[] }>(`/v1/workspaces/${workspace.id}/audit`)).body.items.filter(
      ({ action }) => action === 'retention',
    );
  const actions = async (workspace: WorkspaceBody) => (await audited(workspace)).map(({ counts }) => counts);
  const removed = async () => {
    const { text } = await service.admin.get('/metrics');
    const total = (kind: string) =>
      Number(new RegExp(`^cloakroom_retention_expired_total{kind="${kind}"} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
    return { messages: total('message'), values: total('value') };
  };

  beforeAll(async () => {
    service = await startTestApp();
    owner = await service.admin.user('Owner', ['pii:rehydrate']);
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
  });
  afterAll(async () => {
    await direct.end();
    await service.close();
  });

  it('removes messages past their days, and the originals that only they showed', async () => {
    const workspace = await workspaceWith({ retentionDays: 30 });
    await send(workspace, 'ada@example.org and bob@example.org');
    await send(workspace, 'bob@example.org');
    await age(workspace, 31, 1);
    expect(await run()).toEqual({ messages: 1, values: 1 });
    expect(await shown(workspace)).toEqual(['bob@example.org']);
    expect((await send(workspace, 'ada@example.org')).body.text).toBe('<EMAIL_ADDRESS_3>');
    expect(await actions(workspace)).toEqual([{ EMAIL_ADDRESS: 1 }, { MESSAGES: 1 }]);
    expect(await run()).toEqual({ messages: 0, values: 0 });
    expect(await actions(workspace)).toHaveLength(2);
  });

  it('says so in the audit, under one name for each run, and in metrics', async () => {
    const workspace = await workspaceWith({ retentionDays: 30 });
    const before = await removed();
    for (const text of ['ada@example.org', 'bob@example.org', 'and nobody']) {
      await send(workspace, text);
      await age(workspace, 31);
      await run();
    }
    const entries = await audited(workspace);
    expect(entries.map(({ counts }) => counts)).toEqual([
      { MESSAGES: 1 },
      { EMAIL_ADDRESS: 1 },
      { MESSAGES: 1 },
      { EMAIL_ADDRESS: 1 },
      { MESSAGES: 1 },
    ]);
    const [third, second, , first] = entries.map(({ requestId }) => requestId);
    expect(entries.map(({ requestId }) => requestId)).toEqual([third, second, second, first, first]);
    expect(new Set([first, second, third]).size).toBe(3);
    for (const { actorId, chatId, reason } of entries) {
      expect({ actorId, chatId, reason }).toEqual({
        actorId: '00000000-0000-0000-0000-000000000000',
        chatId: workspace.defaultChatId,
        reason: null,
      });
    }
    const after = await removed();
    expect({ messages: after.messages - before.messages, values: after.values - before.values }).toEqual({
      messages: 3,
      values: 2,
    });
  });

  it('removes nothing where the audit cannot say so', async () => {
    const workspace = await workspaceWith({ retentionDays: 30, typeRetentionDays: { EMAIL_ADDRESS: 7 } });
    await send(workspace, 'ada@example.org');
    await age(workspace, 8);
    await direct.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                        $$BEGIN RAISE 'no room'; END$$`);
    await direct.query(`CREATE TRIGGER refuse BEFORE INSERT ON audit FOR EACH ROW WHEN (new.action = 'retention')
                        EXECUTE FUNCTION refuse()`);
    await expect(run()).rejects.toThrow();
    expect(await shown(workspace)).toEqual(['ada@example.org']);
    await age(workspace, 31);
    await expect(run()).rejects.toThrow();
    expect(await shown(workspace)).toEqual(['ada@example.org']);
    await direct.query('DROP FUNCTION refuse CASCADE');
    expect(await run()).toEqual({ messages: 1, values: 1 });
  });

  it('takes pins, mentions, reactions and unread counts of expired messages along', async () => {
    const workspace = await workspaceWith({ retentionDays: 30 });
    const member = await service.admin.user('Member');
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
    const path = `/v1/chat/${workspace.defaultChatId}`;
    const { id } = (await owner.api.post<MessageBody>(`${path}/messages`, { message: 'old', mentions: [member.id] }))
      .body;
    await owner.api.put(`${path}/messages/${id}/pin`, {});
    await owner.api.put(`${path}/messages/${id}/reactions/:tada:`, {});
    expect((await member.api.get(`${path}/read`)).body).toEqual({ seq: 0, unread: 1, unreadMentions: 1 });
    await age(workspace, 31);
    expect(await run()).toEqual({ messages: 1, values: 0 });
    expect((await owner.api.get(`${path}/pins`)).body).toEqual([]);
    expect((await member.api.get(`${path}/read`)).body).toEqual({ seq: 0, unread: 0, unreadMentions: 0 });
    const left = await direct.query(
      `SELECT FROM message_changes WHERE workspace_id = $1 UNION ALL SELECT FROM reactions WHERE workspace_id = $1`,
      [workspace.id],
    );
    expect(left.rowCount).toBe(0);
    // Messages go on from where the chat was: no sequence comes twice.
    expect((await send(workspace, 'new')).body.seq).toBe(4);
  });

  it('erases originals past the days of their type, whatever shows them', async () => {
    const workspace = await workspaceWith({ typeRetentionDays: { EMAIL_ADDRESS: 7 } });
    await send(workspace, 'ada@example.org, 4111 1111 1111 1111');
    await age(workspace, 6);
    expect(await run()).toEqual({ messages: 0, values: 0 });
    await age(workspace, 2);
    expect(await run()).toEqual({ messages: 0, values: 1 });
    expect(await shown(workspace)).toEqual(['<EMAIL_ADDRESS_1>, 4111 1111 1111 1111']);
  });

  it('leaves a workspace without days alone, and what is younger', async () => {
    const workspace = await workspaceWith({});
    const young = await workspaceWith({ retentionDays: 30 });
    await send(workspace, 'ada@example.org');
    await send(young, 'ada@example.org');
    await age(workspace, 10_000);
    expect(await run()).toEqual({ messages: 0, values: 0 });
  });

  it('goes through more than one batch', async () => {
    const workspace = await workspaceWith({ retentionDays: 1 });
    await direct.query(
      `INSERT INTO messages (workspace_id, chat_id, seq, id, sender_id, text, positions, created_at)
       SELECT $1, $2, n, gen_random_uuid(), $3, 'old', '[]', now() - interval '2 days' FROM generate_series(1, 2500) n`,
      [workspace.id, workspace.defaultChatId, owner.id],
    );
    await direct.query('UPDATE chats SET last_seq = 2500 WHERE id = $1', [workspace.defaultChatId]);
    expect(await run()).toEqual({ messages: 2_500, values: 0 });
    expect((await send(workspace, 'new')).body.seq).toBe(2_501);
  });

  it('works on one node at a time, and on another when that one is done', async () => {
    const other = await startTestApp({}, service);
    const elsewhere = () => other.app.get(Retention, { strict: false }).run();
    const workspace = await workspaceWith({ retentionDays: 30 });
    await send(workspace, 'old');
    await age(workspace, 31);
    await direct.query('BEGIN');
    await direct.query('SELECT FROM messages WHERE workspace_id = $1 FOR UPDATE', [workspace.id]);
    const first = run();
    await untilLocked();
    expect(await elsewhere()).toBeUndefined();
    await direct.query('COMMIT');
    expect(await first).toEqual({ messages: 1, values: 0 });
    expect(await elsewhere()).toEqual({ messages: 0, values: 0 });
    await other.close();
  });

  it('does not claim to replay what has expired', async () => {
    const workspace = await workspaceWith({ retentionDays: 30 });
    for (const text of ['one', 'two', 'three']) await send(workspace, text);
    await age(workspace, 31, 2);
    await run();
    const lost = await ChatClient.open(owner.api, workspace.defaultChatId, { lastSeq: 1 });
    expect(lost.session?.recovered).toBe(false);
    expect(lost.of('message:created')).toEqual([]);
    const whole = await ChatClient.open(owner.api, workspace.defaultChatId, { lastSeq: 2 });
    expect(whole.session?.recovered).toBe(true);
    expect(whole.of('message:created')).toHaveLength(1);
    lost.close();
    whole.close();
  });

  it.each([
    { retentionDays: 0 },
    { typeRetentionDays: { EMAIL_ADDRESS: 0 } },
    { typeRetentionDays: { email: 1 } },
    { typeRetentionDays: [] },
  ])('refuses the policy %j', async (piiPolicy) => {
    const { body } = await owner.api.post<ProblemBody>('/v1/workspaces', { name: 'Test', piiPolicy });
    expect(body.code).toBe('validation_failed');
  });

  /** Waits until somebody waits for a row that this connection has locked. */
  async function untilLocked(): Promise<void> {
    for (;;) {
      // Within a transaction the view is read once, and kept.
      await direct.query('SELECT pg_stat_clear_snapshot()');
      const { rowCount } = await direct.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      if (rowCount) return;
    }
  }
});
