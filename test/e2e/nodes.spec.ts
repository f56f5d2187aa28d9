import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { withoutHints } from '../support/without-hints.js';

describe('two nodes over one database', () => {
  let one: TestApp;
  let two: TestApp;
  let elsewhere: Api;
  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({}, one);
    elsewhere = new Api(two.url, one.adminKey);
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });

  it('show the messages of both to the readers of each, in the order of seq, once', async () => {
    const { defaultChatId } = await one.admin.workspace();
    const clients = await Promise.all([
      ChatClient.open(one.admin, defaultChatId),
      ChatClient.open(elsewhere, defaultChatId),
    ]);
    const acks = await Promise.all(
      Array.from({ length: 60 }, (_, n) => (clients[n % 2] ?? clients[0]).send(`mail person${n}@example.org`)),
    );
    expect(acks.filter(({ ok }) => !ok)).toEqual([]);
    for (const client of clients) {
      const seen = await client.until<MessageBody>('message:created', 60);
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, n) => n + 1));
      client.close();
    }
  });

  it('make up for hints that were lost with their connection', async () => {
    const { defaultChatId } = await one.admin.workspace();
    const reader = await ChatClient.open(elsewhere, defaultChatId);
    await withoutHints(one.database.url, 2, async () => {
      const sent = await one.admin.post(`/v1/chat/${defaultChatId}/messages`, { message: 'the hint was lost' });
      expect(sent.status).toBe(201);
      const [message] = await reader.until<MessageBody>('message:created', 1);
      expect(message?.text).toBe('the hint was lost');
    });
    reader.close();
  });

  it('end the sessions of a member who was removed on the other one', async () => {
    const workspace = await one.admin.workspace();
    const member = await one.admin.user('Member');
    await one.admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
    const client = await ChatClient.open(new Api(two.url, member.api.key), workspace.defaultChatId);
    await one.admin.delete(`/v1/workspaces/${workspace.id}/members/${member.id}`);
    expect(await client.until('session:ended', 1)).toEqual([{ code: 'access_revoked', reconnect: false }]);
  });
});
