import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ChatKeys } from '../../src/pii/vault/chat-keys.js';
import { newChatSecret, wrapChatSecret } from '../../src/pii/vault/value-cipher.js';
import type { Answer, Api, MessageBody, PageBody, ProblemBody, WorkspaceBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';

const VALUES = ['ada@example.org', 'bob@example.org'];
const MASKED = '<EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>';
const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };

/** What somebody was told who asked for originals, and the id that the log must have of that. */
interface Told {
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly text: string;
}

describe('what was altered in the vault', () => {
  let service: TestApp;
  let reader: { readonly id: string; readonly api: Api };
  let direct: Client;
  let workspace: WorkspaceBody;

  beforeAll(async () => {
    service = await startTestApp();
    reader = await service.admin.user('Reader', ['pii:rehydrate']);
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
  });
  beforeEach(async () => {
    workspace = await service.admin.workspace();
    const path = `/v1/workspaces/${workspace.id}/members/${reader.id}`;
    await service.admin.put(path, { role: 'owner', piiAccess: true });
    await send(VALUES.join(' and '));
  });
  afterAll(async () => {
    await direct.end();
    await service.close();
  });

  const messages = () => `/v1/chat/${workspace.defaultChatId}/messages`;
  const send = (message: string) => service.admin.post<MessageBody & ProblemBody>(messages(), { message });
  const open = (api: Api, rehydrate: boolean, lastSeq?: number) =>
    ChatClient.open(api, workspace.defaultChatId, { rehydrate, ...(lastSeq !== undefined && { lastSeq }) });

  const entries = (change: string) => () =>
    direct.query(`UPDATE pii_entries AS entry SET sealed_value = ${change} WHERE chat_id = $1`, [
      workspace.defaultChatId,
    ]);
  const key = (secret: () => Buffer, master: Buffer) => () =>
    direct.query('UPDATE chat_keys SET wrapped_key = $2 WHERE chat_id = $1', [
      workspace.defaultChatId,
      wrapChatSecret(master, 'm1', workspace.id, workspace.defaultChatId, secret()),
    ]);
  const master = Buffer.from(TEST_SECRETS.MASTER_KEYS.replace('m1:', ''), 'base64url');
  /** With nothing kept of what was read before. */
  async function alter(change: () => Promise<unknown>): Promise<void> {
    await change();
    const { id: workspaceId, defaultChatId: chatId } = workspace;
    service.app.get(ChatKeys, { strict: false }).forget({ workspaceId, chatId });
  }

  const alteredEntries: [string, () => Promise<unknown>][] = [
    ['a flipped bit', entries('set_bit(sealed_value, 163, 1 - get_bit(sealed_value, 163))')],
    ['a truncated tag', entries('substr(sealed_value, 1, length(sealed_value) - 4)')],
    [
      'swapped rows',
      entries(
        '(SELECT sealed_value FROM pii_entries AS other WHERE other.chat_id = entry.chat_id AND other.id <> entry.id)',
      ),
    ],
  ];
  const unusableKeys: [string, () => Promise<unknown>][] = [
    ['a key that another master key wrapped', key(newChatSecret, Buffer.alloc(32, 9))],
    ['a key cut in half', key(() => newChatSecret().subarray(0, 32), master)],
    ['an empty key', key(() => Buffer.alloc(0), master)],
  ];
  const alterations = [...alteredEntries, ['another key', key(newChatSecret, master)] as const, ...unusableKeys];

  /** The errors that are logged while something is done: one, of this code and with the id, and no value in any line. */
  async function loggedOnce<Result extends { readonly requestId: string | undefined }>(
    act: () => Promise<Result>,
  ): Promise<Result> {
    const before = service.logs.length;
    const result = await act();
    const lines = service.logs.slice(before);
    const errors = lines.filter((line) => line.includes('"level":"error"'));
    expect(errors.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({
        requestId: result.requestId,
        error: expect.objectContaining({ code: 'vault_unreadable' }),
      }),
    ]);
    expect(result.requestId).toMatch(/./);
    for (const value of VALUES) expect(lines.join()).not.toContain(value);
    return result;
  }

  const toldBy = async (call: Promise<Answer<ProblemBody>>): Promise<Told> => {
    const { status, body, text } = await call;
    return { code: status === 500 ? body?.code : String(status), requestId: body?.requestId, text };
  };
  const ways: [string, () => Promise<Told>][] = [
    ['the history', () => toldBy(reader.api.get(messages(), VAULT))],
    [
      'a reveal',
      () =>
        toldBy(
          reader.api.post(`/v1/chat/${workspace.defaultChatId}/pii/reveal`, { placeholders: ['<EMAIL_ADDRESS_1>'] }),
        ),
    ],
    ['an export', () => toldBy(reader.api.get(`/v1/workspaces/${workspace.id}/export?rehydrate=true`))],
    [
      'the history on a socket',
      async () => {
        const client = await open(reader.api, false);
        const { error } = await client.emit('history:get', { chatHistoryPiiMapping: 'vault' });
        client.close();
        return { code: error?.code, requestId: client.session?.sessionId, text: JSON.stringify(client.received) };
      },
    ],
  ];

  describe.each(alterations)('%s', (_, change) => {
    it.each(ways)('is refused with one code and one line without data, by %s', async (_way, ask) => {
      expect((await reader.api.get(messages(), VAULT)).text).toContain(VALUES[0]);
      await alter(change);
      const { code, text } = await loggedOnce(ask);
      expect(code).toBe('vault_unreadable');
      for (const value of VALUES) expect(text).not.toContain(value);
      // Whoever reads masked text reads on.
      const masked = await service.admin.get<PageBody<MessageBody>>(messages());
      expect(masked.body.items.map((message) => message.text)).toEqual([MASKED]);
      const resumed = await ChatClient.open(service.admin, workspace.defaultChatId, { lastSeq: 0 });
      expect(resumed.of<MessageBody>('message:created')).toMatchObject([{ text: MASKED }]);
      resumed.close();
    });
  });

  const resumptions: [string, () => Promise<ChatClient>][] = [
    ['a session that resumes', () => open(reader.api, true, 0)],
    [
      'a session that goes over to the chat',
      async () => {
        const elsewhere = (await service.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id;
        const client = await ChatClient.open(reader.api, elsewhere);
        const ticket = await ticketFor(reader.api, workspace.defaultChatId);
        const { ok } = await client.switchTo(workspace.defaultChatId, ticket, { lastSeq: 0, rehydrate: true });
        expect(ok).toBe(true);
        return client;
      },
    ],
  ];
  describe.each(alterations)('%s', (_, change) => {
    it.each(resumptions)('reaches whom it was missed by masked, and sends nobody away: %s', async (_way, resume) => {
      await alter(change);
      const { client } = await loggedOnce(async () => {
        const client = await resume();
        return { client, requestId: client.session?.sessionId };
      });
      const [missed] = await client.until<MessageBody>('message:created', 1);
      expect(missed).toMatchObject({ seq: 1, text: MASKED });
      expect(missed).not.toHaveProperty('message');
      expect(client.session).toMatchObject({ recovered: true, chat: { id: workspace.defaultChatId } });
      await send('nothing personal');
      const [, live] = await client.until<MessageBody>('message:created', 2);
      expect(live).toMatchObject({ seq: 2, message: 'nothing personal' });
      client.close();
    });
  });

  it.each(alteredEntries)('reaches live readers masked, when its value is met again: %s', async (_, change) => {
    const [entitled, other] = [await open(reader.api, true), await open(service.admin, false)];
    expect((await send(VALUES.join(' or '))).status).toBe(201);
    expect((await entitled.until<MessageBody>('message:created', 1))[0]?.message).toBe(VALUES.join(' or '));
    await alter(change);
    const { seen } = await loggedOnce(async () => {
      expect((await send(VALUES.join(' and '))).body.text).toBe(MASKED);
      const seen = [
        await entitled.until<MessageBody>('message:created', 2),
        await other.until<MessageBody>('message:created', 2),
      ].map(([, last]) => last);
      return { seen, requestId: entitled.session?.sessionId };
    });
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]).toMatchObject({ text: MASKED });
    expect(seen[0]).not.toHaveProperty('message');
    // Nobody was sent away for it.
    await send('nothing personal');
    expect((await entitled.until<MessageBody>('message:created', 3))[2]).toMatchObject({ message: 'nothing personal' });
    for (const client of [entitled, other]) client.close();
  });

  it.each(unusableKeys)('takes in no value, and passes text without any: %s', async (_, change) => {
    const [entitled, writer] = [await open(reader.api, true), await open(service.admin, false)];
    await alter(change);
    const refused = await loggedOnce(() => toldBy(send('to carla@example.org')));
    expect(refused.code).toBe('vault_unreadable');
    const { ack } = await loggedOnce(async () => {
      const ack: AckBody = await writer.send(`to ${VALUES[0]}`);
      return { ack, requestId: writer.session?.sessionId };
    });
    expect(ack.error?.code).toBe('vault_unreadable');
    expect((await send('nothing personal')).status).toBe(201);
    expect(await entitled.until<MessageBody>('message:created', 1)).toMatchObject([{ text: 'nothing personal' }]);
    for (const client of [entitled, writer]) client.close();
  });

  it('cuts an export that has begun, and says so in the log', async () => {
    const { id } = (await service.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body;
    await service.admin.post(`/v1/chat/${id}/messages`, { message: VALUES[0] });
    // A page of the other chat comes first.
    await direct.query(
      `INSERT INTO messages (workspace_id, chat_id, seq, id, sender_id, text, positions)
       SELECT workspace_id, chat_id, n, gen_random_uuid(), sender_id, 'plain', '[]'
         FROM generate_series(2::bigint, 500) n, messages m WHERE m.chat_id = $1 AND m.seq = 1`,
      [workspace.defaultChatId],
    );
    await direct.query(`UPDATE pii_entries SET sealed_value = substr(sealed_value, 2) WHERE chat_id = $1`, [id]);
    const { text } = await loggedOnce(async () => {
      const response = await fetch(`${service.url}/v1/workspaces/${workspace.id}/export?rehydrate=true`, {
        headers: { 'X-API-Key': reader.api.key ?? '' },
      });
      let text = '';
      const reading = async () => {
        for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString();
      };
      await expect(reading()).rejects.toThrow('terminated');
      return { text, requestId: response.headers.get('x-request-id') ?? undefined };
    });
    const lines = text.trimEnd().split('\n');
    expect(lines).toHaveLength(501);
    expect(lines.at(-1)).toMatch(/^\{"cursor":"/);
  });
});
