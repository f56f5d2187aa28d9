import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type Api, type MessageBody, type ProblemBody, refusal, type WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface ReceiptBody {
  readonly id: string;
  readonly kind: string;
  readonly logicalAt: string;
  readonly finalBy: string;
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly kids: readonly string[];
  readonly signature: string;
  readonly publicKey: string;
}

const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };

describe('erasures', () => {
  let service: TestApp;
  let owner: { id: string; api: Api };
  let direct: Client;

  const workspaceOfOwner = async (): Promise<WorkspaceBody> => {
    const workspace = await owner.api.workspace();
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${owner.id}`, { role: 'owner', piiAccess: true });
    return workspace;
  };
  const chatIn = async (workspace: WorkspaceBody) =>
    (await owner.api.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id, title: 'Second' })).body.id;
  const send = async (chatId: string, message: string, as = owner.api) =>
    (await as.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message })).body;
  const shown = async (chatId: string) =>
    (await owner.api.get<{ items: MessageBody[] }>(`/v1/chat/${chatId}/messages`, VAULT)).body.items.map(
      ({ message }) => message,
    );
  const erase = (workspace: WorkspaceBody, what: unknown, as = owner.api) =>
    as.post<ReceiptBody & ProblemBody>(`/v1/workspaces/${workspace.id}/erasures`, what);
  const actions = async (workspace: WorkspaceBody) =>
    (
      await owner.api.get<{ items: { action: string; chatId: string | null; counts: unknown }[] }>(
        `/v1/workspaces/${workspace.id}/audit`,
      )
    ).body.items.filter(({ action }) => action.startsWith('erasure'));

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

  it('answers a repeated call with the first receipt, which says what was erased', async () => {
    const workspace = await workspaceOfOwner();
    await send(workspace.defaultChatId, 'ada@example.org');
    const again = { 'Idempotency-Key': randomUUID() };
    const path = `/v1/workspaces/${workspace.id}/erasures`;
    const what = { type: 'EMAIL_ADDRESS', value: 'ada@example.org' };
    const first = await owner.api.post<ReceiptBody>(path, what, again);
    expect(first.body.counts).toEqual({ [workspace.defaultChatId]: { EMAIL_ADDRESS: 1 } });
    const second = await owner.api.post<ReceiptBody>(path, what, again);
    expect([second.status, second.text]).toEqual([201, first.text]);
    expect(await refusal(owner.api.post(path, { userId: owner.id }, again))).toBe('422 idempotency_key_reused');
    expect((await owner.api.get<{ items: unknown[] }>(path)).body.items).toHaveLength(1);
  });

  it('erases a value in all chats, and nothing else', async () => {
    const workspace = await workspaceOfOwner();
    const [first, second] = [workspace.defaultChatId, await chatIn(workspace)];
    await send(first, 'ada@example.org and bob@example.org');
    await send(second, 'carla@example.org, then ADA@example.org');
    const before = await keyRows(workspace);

    const { status, body: receipt } = await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'Ada@Example.org' });
    expect(status).toBe(201);
    expect(receipt).toMatchObject({ kind: 'value', kids: ['m1'] });
    expect(receipt.counts).toEqual({ [first]: { EMAIL_ADDRESS: 1 }, [second]: { EMAIL_ADDRESS: 1 } });
    expect(Date.parse(receipt.finalBy) - Date.parse(receipt.logicalAt)).toBe(30 * 86_400_000);
    expect(JSON.stringify(receipt)).not.toMatch(/ada@/i);

    expect(await shown(first)).toEqual(['<EMAIL_ADDRESS_1> and bob@example.org']);
    expect(await shown(second)).toEqual(['carla@example.org, then <EMAIL_ADDRESS_2>']);
    const after = await keyRows(workspace);
    expect(after.map(({ version }) => version)).toEqual([2, 2]);
    for (const [index, row] of after.entries()) expect(row.wrapped_key).not.toEqual(before[index]?.wrapped_key);

    // Its placeholder is taken for ever: sent again, the value gets another one.
    expect((await send(first, 'ada@example.org')).text).toBe('<EMAIL_ADDRESS_3>');
    expect((await send(first, 'bob@example.org')).text).toBe('<EMAIL_ADDRESS_2>');
    expect(await actions(workspace)).toMatchObject([
      { action: 'erasure', chatId: null, counts: { EMAIL_ADDRESS: 2 } },
      { action: 'erasure', chatId: second, counts: { EMAIL_ADDRESS: 1 } },
      { action: 'erasure', chatId: first, counts: { EMAIL_ADDRESS: 1 } },
    ]);
  });

  it('answers with a receipt that anybody can check, and that can be read again', async () => {
    const workspace = await workspaceOfOwner();
    await send(workspace.defaultChatId, 'ada@example.org');
    const { body: receipt } = await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'ada@example.org' });
    const { signature, publicKey, ...certified } = receipt;
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
    const sound = (what: object) => verify(null, Buffer.from(sorted(what)), key, Buffer.from(signature, 'base64url'));
    expect(sound(certified)).toBe(true);
    expect(sound({ ...certified, kids: [] })).toBe(false);

    const again = await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'ada@example.org' });
    expect(again.body).toMatchObject({ counts: {}, kids: [] });
    const path = `/v1/workspaces/${workspace.id}/erasures`;
    expect((await owner.api.get(`${path}/${receipt.id}`)).body).toEqual(receipt);
    const list = (await owner.api.get<{ items: unknown[]; nextCursor: string }>(`${path}?limit=1`)).body;
    expect(list.items).toEqual([again.body]);
    const rest = await owner.api.get<{ items: unknown[] }>(`${path}?limit=1&cursor=${list.nextCursor}`);
    expect(rest.body).toEqual({ items: [receipt], nextCursor: null });
    expect((await owner.api.get<ProblemBody>(`${path}/${workspace.id}`)).body.code).toBe('not_found');
  });

  it('erases what a user sent, also where others sent it too', async () => {
    const workspace = await workspaceOfOwner();
    const member = await service.admin.user('Member');
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
    const chatId = workspace.defaultChatId;
    await send(chatId, 'ada@example.org and bob@example.org');
    await send(chatId, 'bob@example.org and carla@example.org', member.api);
    const { body } = await erase(workspace, { userId: member.id });
    expect(body).toMatchObject({ kind: 'user', counts: { [chatId]: { EMAIL_ADDRESS: 2 } } });
    expect(await shown(chatId)).toEqual([
      'ada@example.org and <EMAIL_ADDRESS_2>',
      '<EMAIL_ADDRESS_2> and <EMAIL_ADDRESS_3>',
    ]);
  });

  it('erases a chat, and a workspace; both go on with new keys', async () => {
    const workspace = await workspaceOfOwner();
    const [first, second, deleted] = [workspace.defaultChatId, await chatIn(workspace), await chatIn(workspace)];
    for (const chatId of [first, second, deleted]) await send(chatId, 'ada@example.org');
    await owner.api.delete(`/v1/chat/${deleted}`);
    expect((await erase(workspace, { chatId: first })).body.counts).toEqual({ [first]: { EMAIL_ADDRESS: 1 } });
    expect(await shown(first)).toEqual(['<EMAIL_ADDRESS_1>']);
    expect(await shown(second)).toEqual(['ada@example.org']);

    expect((await send(first, 'ada@example.org')).text).toBe('<EMAIL_ADDRESS_2>');
    const { body } = await erase(workspace, { workspace: true });
    expect(body.counts).toEqual({
      [first]: { EMAIL_ADDRESS: 1 },
      [second]: { EMAIL_ADDRESS: 1 },
      [deleted]: { EMAIL_ADDRESS: 1 },
    });
    expect(await shown(first)).toEqual(['<EMAIL_ADDRESS_1>', '<EMAIL_ADDRESS_2>']);
    const { rows } = await direct.query(
      'SELECT 1 FROM pii_entries WHERE workspace_id = $1 AND sealed_value IS NOT NULL',
      [workspace.id],
    );
    expect(rows).toEqual([]);
    expect((await send(second, 'bob@example.org')).text).toBe('<EMAIL_ADDRESS_2>');
    expect((await shown(second)).at(-1)).toBe('bob@example.org');
  });

  it('is for owners; refusals are in the audit', async () => {
    const workspace = await workspaceOfOwner();
    const admin = await service.admin.user('Admin', ['pii:rehydrate']);
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${admin.id}`, { role: 'admin', piiAccess: true });
    expect((await erase(workspace, { workspace: true }, admin.api)).body.code).toBe('forbidden');
    expect((await admin.api.get(`/v1/workspaces/${workspace.id}/erasures`)).status).toBe(403);
    expect((await actions(workspace)).map(({ action }) => action)).toEqual(['erasure_refused']);
    const stranger = await service.admin.user('Stranger');
    expect((await erase(workspace, { workspace: true }, stranger.api)).body.code).toBe('workspace_not_found');
  });

  it.each([
    {},
    { type: 'EMAIL_ADDRESS' },
    { value: 'ada@example.org' },
    { workspace: false },
    { workspace: true, type: 'EMAIL_ADDRESS', value: 'ada@example.org' },
    { userId: 'ada' },
    { chatId: null },
    { type: 'EMAIL_ADDRESS', value: '' },
  ])('refuses %j', async (what) => {
    const workspace = await workspaceOfOwner();
    expect((await erase(workspace, what)).body.code).toBe('validation_failed');
  });

  it('does not know a chat of another workspace', async () => {
    const [workspace, other] = [await workspaceOfOwner(), await workspaceOfOwner()];
    await send(other.defaultChatId, 'ada@example.org');
    expect((await erase(workspace, { chatId: other.defaultChatId })).body.code).toBe('chat_not_found');
    expect((await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'ada@example.org' })).body.counts).toEqual({});
    expect(await shown(other.defaultChatId)).toEqual(['ada@example.org']);
  });

  it('tells open clients', async () => {
    const workspace = await workspaceOfOwner();
    const chatId = workspace.defaultChatId;
    await send(chatId, 'ada@example.org');
    const clients = [
      await ChatClient.open(owner.api, chatId),
      await ChatClient.open(owner.api, chatId, { rehydrate: true }),
    ];
    await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'ada@example.org' });
    for (const client of clients) {
      expect(await client.until('pii:erased', 1)).toEqual([{ chatId, placeholders: ['<EMAIL_ADDRESS_1>'] }]);
      client.close();
    }
  });

  it('loses no value that is written while it erases', async () => {
    const workspace = await workspaceOfOwner();
    const chatId = workspace.defaultChatId;
    await send(chatId, 'victim@example.org');
    const sent: Promise<MessageBody>[] = [];
    for (let round = 0; round < 8; round += 1) {
      for (let at = 0; at < 10; at += 1) sent.push(send(chatId, `w${round}x${at}@example.org`));
      sent.push(send(chatId, 'victim@example.org'));
      await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'victim@example.org' });
    }
    await Promise.all(sent);
    await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'victim@example.org' });
    const messages = await owner.api.get<{ items: MessageBody[] }>(`/v1/chat/${chatId}/messages?limit=200`, VAULT);
    const texts = messages.body.items.map(({ message = '' }) => message);
    expect(texts.filter((text) => /^w\dx\d@example\.org$/.test(text))).toHaveLength(80);
    expect(texts.filter((text) => /^<EMAIL_ADDRESS_\d+>$/.test(text))).toHaveLength(9);
    expect(service.logs.filter((line) => line.includes('vault_unreadable'))).toEqual([]);
  });

  it('erases a value that was altered', async () => {
    const workspace = await workspaceOfOwner();
    await send(workspace.defaultChatId, 'ada@example.org');
    await direct.query(
      'UPDATE pii_entries SET sealed_value = set_byte(sealed_value, 20, get_byte(sealed_value, 20) # 1) WHERE chat_id = $1',
      [workspace.defaultChatId],
    );
    expect((await erase(workspace, { type: 'EMAIL_ADDRESS', value: 'ada@example.org' })).status).toBe(201);
  });

  async function keyRows(workspace: WorkspaceBody) {
    const { rows } = await direct.query<{ version: number; wrapped_key: Buffer }>(
      'SELECT version, wrapped_key FROM chat_keys WHERE workspace_id = $1 ORDER BY chat_id',
      [workspace.id],
    );
    return rows;
  }
});

/** RFC 8785 for strings, integers, lists and objects. */
const sorted = (value: object): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
