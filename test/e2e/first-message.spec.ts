import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const code = async (ack: Promise<AckBody>): Promise<string | undefined> => (await ack).error?.code;

describe('from workspace to a message on the socket', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('two clients see masked messages in the order of seq', async () => {
    const { admin } = service;
    const workspace = await admin.workspace();
    const chat = (await admin.post<{ id: string; lastSeq: number }>('/chat', { workspaceId: workspace.id })).body;
    expect(chat.lastSeq).toBe(0);
    const [one, two] = await Promise.all([ChatClient.open(admin, chat.id), ChatClient.open(admin, chat.id)]);

    const acks = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? one : two).send(`mail ${n} to person${n}@example.org`)),
    );
    expect(acks.filter(({ ok }) => !ok)).toEqual([]);
    const first = acks[0]?.data as MessageBody;
    expect(first.message).toBe('mail 0 to person0@example.org');
    expect(first.text).toMatch(/^mail 0 to <EMAIL_ADDRESS_\d+>$/);

    for (const client of [one, two]) {
      const seen = await client.until<MessageBody>('message:created', 20);
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
      expect(JSON.stringify(client.received)).not.toContain('@example.org');
      client.close();
    }
  });

  it('refuses a missing, altered and replayed message string on the ack, and stores nothing', async () => {
    const { admin } = service;
    const { defaultChatId } = await admin.workspace();
    const client = await ChatClient.open(admin, defaultChatId);
    expect(await code(client.send('a', {}, { messageString: undefined }))).toBe('message_string_missing');
    expect(await code(client.send('a', {}, { message: 'b' }))).toBe('message_string_invalid');
    const sent = client.signed('only this');
    expect((await client.emit('message:send', sent)).ok).toBe(true);
    expect(await code(client.emit('message:send', sent))).toBe('message_replayed');
    expect(await code(client.emit('no:such', {}))).toBe('unknown_event');
    const history = await admin.get<{ items: MessageBody[] }>(`/chat/${defaultChatId}/messages`);
    expect(history.body.items.map(({ text }) => text)).toEqual(['only this']);
    client.close();
  });

  it('accepts a connection string once', async () => {
    const { admin } = service;
    const { defaultChatId } = await admin.workspace();
    const ticket = await ticketFor(admin, defaultChatId);
    const client = await ChatClient.open(admin, defaultChatId, {}, ticket);
    await expect(ChatClient.open(admin, defaultChatId, {}, ticket)).rejects.toMatchObject({
      data: { code: 'connection_string_used' },
    });
    client.close();
  });
});
