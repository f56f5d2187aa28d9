import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ChatKeys } from '../../src/pii/vault/chat-keys.js';
import { newChatSecret, wrapChatSecret } from '../../src/pii/vault/value-cipher.js';
import type { Api, ProblemBody, WorkspaceBody } from '../support/api.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';

const VALUES = ['ada@example.org', 'bob@example.org'];

describe('what was altered in the vault', () => {
  let service: TestApp;
  let reader: { readonly id: string; readonly api: Api };
  let direct: Client;

  beforeAll(async () => {
    service = await startTestApp();
    reader = await service.admin.user('Reader', ['pii:rehydrate']);
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
  });
  afterAll(async () => {
    await direct.end();
    await service.close();
  });

  const entries = (change: string, chatId: string) =>
    direct.query(`UPDATE pii_entries AS entry SET sealed_value = ${change} WHERE chat_id = $1`, [chatId]);
  const setKey = (chatId: string, wrapped: Buffer) =>
    direct.query('UPDATE chat_keys SET wrapped_key = $2 WHERE chat_id = $1', [chatId, wrapped]);

  const alterations: [string, ({ id, defaultChatId }: WorkspaceBody) => Promise<unknown>][] = [
    [
      'a flipped bit',
      ({ defaultChatId }) => entries('set_bit(sealed_value, 163, 1 - get_bit(sealed_value, 163))', defaultChatId),
    ],
    [
      'a truncated tag',
      ({ defaultChatId }) => entries('substr(sealed_value, 1, length(sealed_value) - 4)', defaultChatId),
    ],
    [
      'swapped rows',
      ({ defaultChatId }) =>
        entries(
          '(SELECT sealed_value FROM pii_entries AS other WHERE other.chat_id = entry.chat_id AND other.id <> entry.id)',
          defaultChatId,
        ),
    ],
    [
      'another key',
      ({ id, defaultChatId }) => {
        const master = Buffer.from(TEST_SECRETS.MASTER_KEYS.replace('m1:', ''), 'base64url');
        return setKey(defaultChatId, wrapChatSecret(master, 'm1', id, defaultChatId, newChatSecret()));
      },
    ],
    [
      'a key that another master key wrapped',
      ({ id, defaultChatId }) =>
        setKey(defaultChatId, wrapChatSecret(Buffer.alloc(32, 9), 'm1', id, defaultChatId, newChatSecret())),
    ],
  ];

  it.each(alterations)('is refused with one code and one line without data: %s', async (_, alter) => {
    const workspace = await service.admin.workspace();
    const { id: workspaceId, defaultChatId: chatId } = workspace;
    await service.admin.put(`/v1/workspaces/${workspaceId}/members/${reader.id}`, { role: 'owner', piiAccess: true });
    await reader.api.post(`/v1/chat/${chatId}/messages`, { message: VALUES.join(' and ') });
    const history = () =>
      reader.api.get<ProblemBody>(`/v1/chat/${chatId}/messages`, { 'X-Chat-History-Pii-Mapping': 'vault' });
    const reveal = () =>
      reader.api.post<ProblemBody>(`/v1/chat/${chatId}/pii/reveal`, { placeholders: ['<EMAIL_ADDRESS_1>'] });
    expect(JSON.stringify((await history()).body)).toContain(VALUES[0]);
    expect((await reveal()).status).toBe(200);

    await alter(workspace);
    service.app.get(ChatKeys, { strict: false }).forget({ workspaceId, chatId });
    for (const call of [history, reveal]) {
      const before = service.logs.length;
      const { status, body } = await call();
      expect([status, body.code]).toEqual([500, 'vault_unreadable']);
      const lines = service.logs.slice(before);
      const errors = lines.filter((line) => line.includes('"level":"error"'));
      const error = expect.objectContaining({ code: 'vault_unreadable' });
      expect(errors.map((line) => JSON.parse(line) as object)).toEqual([
        expect.objectContaining({ requestId: body.requestId, error }),
      ]);
      for (const value of VALUES) expect(JSON.stringify(body) + lines.join()).not.toContain(value);
    }
  });
});
