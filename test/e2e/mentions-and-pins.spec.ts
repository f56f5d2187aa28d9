import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { messageString } from '../../src/auth/message-string.js';
import { type Api, type MessageBody, refusal, type WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Message = MessageBody & {
  readonly mentions?: readonly string[];
  readonly pinnedAt?: string;
  readonly updatedSeq?: number;
};

let service: TestApp;
let workspace: WorkspaceBody;
let ada: { id: string; api: Api };
let bob: { id: string; api: Api };
let reader: { id: string; api: Api };
let stranger: { id: string; api: Api };

beforeAll(async () => {
  service = await startTestApp();
  workspace = await service.admin.workspace({ visibility: 'public' });
  [ada, bob, reader, stranger] = [
    await service.admin.user('Ada'),
    await service.admin.user('Bob'),
    await service.admin.user('Reader'),
    await service.admin.user('Stranger'),
  ];
  for (const { id } of [ada, bob]) {
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${id}`, { role: 'member' });
  }
  await service.admin.put(`/v1/workspaces/${workspace.id}/members/${reader.id}`, { role: 'reader' });
});
afterAll(() => service.close());

const newChat = async () =>
  (await service.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id;

describe('mentions', () => {
  it('go beside the text, to all readers, and are counted until they are read', async () => {
    const chat = await newChat();
    const send = (body: object) => ada.api.post<Message>(`/v1/chat/${chat}/messages`, body);
    const live = await ChatClient.open(bob.api, chat);
    const sent = await send({ message: 'mail ada@example.org', mentions: [bob.id, bob.id] });
    expect(sent.body).toMatchObject({ text: 'mail <EMAIL_ADDRESS_1>', mentions: [bob.id] });
    await send({ message: 'for nobody' });
    await send({ message: 'for the reader', mentions: [reader.id] });
    expect((await live.until<Message>('message:created', 3)).map(({ mentions }) => mentions)).toEqual([
      [bob.id],
      undefined,
      [reader.id],
    ]);
    const read = `/v1/chat/${chat}/read`;
    expect((await bob.api.get(read)).body).toEqual({ seq: 0, unread: 3, unreadMentions: 1 });
    expect((await ada.api.get(read)).body).toEqual({ seq: 0, unread: 0, unreadMentions: 0 });
    await bob.api.put(read, { seq: 1 });
    expect((await bob.api.get(read)).body).toEqual({ seq: 1, unread: 2, unreadMentions: 0 });

    const edited = await ada.api.patch<Message>(`/v1/chat/${chat}/messages/${sent.body.id}`, { message: 'again' });
    expect(edited.body.mentions).toEqual([bob.id]);
    const without = { message: 'nobody any more', mentions: [] };
    const cleared = await ada.api.patch<Message>(`/v1/chat/${chat}/messages/${sent.body.id}`, without);
    expect(cleared.body.mentions).toBeUndefined();
    live.close();
  });

  it('name members, by members, in a sound list', async () => {
    const chat = await newChat();
    const send = (api: Api, mentions: unknown) =>
      refusal(api.post(`/v1/chat/${chat}/messages`, { message: 'x', mentions }));
    for (const mentions of [[stranger.id], ['Ada'], 'Ada', Array(51).fill(bob.id), [null]]) {
      expect(await send(ada.api, mentions)).toBe('400 validation_failed');
    }
    expect(await send(stranger.api, [bob.id])).toBe('403 forbidden');
  });

  it('are signed on the socket', async () => {
    const chat = await newChat();
    const client = await ChatClient.open(ada.api, chat);
    const sign = (mentions: readonly string[] | undefined) => {
      const counter = ++client.counter;
      const pieces = {
        sessionId: client.session?.sessionId ?? '',
        counter,
        event: 'message:send',
        chatId: chat,
        clientMessageId: `c-${counter}`,
        message: 'hello',
        ...(mentions && { mentions: mentions.join(',') }),
      };
      const signature = messageString(client.key, pieces);
      return { message: 'hello', counter, clientMessageId: pieces.clientMessageId, messageString: signature };
    };
    const sound = await client.emit('message:send', { ...sign([bob.id, reader.id]), mentions: [bob.id, reader.id] });
    expect(sound.data).toMatchObject({ mentions: [bob.id, reader.id] });
    for (const payload of [
      { ...sign([bob.id]), mentions: [reader.id] },
      { ...sign(undefined), mentions: [bob.id] },
    ]) {
      expect((await client.emit('message:send', payload)).error?.code).toBe('message_string_invalid');
    }
    const joined = { ...sign([bob.id, reader.id]), mentions: [`${bob.id},${reader.id}`] };
    expect((await client.emit('message:send', joined)).error?.code).toBe('validation_failed');
    client.close();
  });
});

describe('pins', () => {
  it('have a sequence of their own, live and in a replay, once', async () => {
    const chat = await newChat();
    const live = await ChatClient.open(reader.api, chat);
    const client = await ChatClient.open(bob.api, chat);
    const [first, second] = [(await client.send('one')).data as Message, (await client.send('two')).data as Message];
    const path = (id: string) => `/v1/chat/${chat}/messages/${id}/pin`;
    for (let n = 0; n < 2; n++) expect((await ada.api.put<Message>(path(first.id), {})).body.pinnedAt).toBeDefined();
    expect((await client.emit('pin:set', { messageId: second.id, pinned: true })).ok).toBe(true);
    const pinned = async () => (await reader.api.get<Message[]>(`/v1/chat/${chat}/pins`)).body.map(({ id }) => id);
    expect(await pinned()).toEqual([second.id, first.id]);
    for (let n = 0; n < 2; n++) {
      expect((await ada.api.delete<Message>(path(first.id))).body).not.toHaveProperty('pinnedAt');
    }
    expect(await pinned()).toEqual([second.id]);
    const listed = (await reader.api.get<Message[]>(`/v1/chat/${chat}/pins`)).body;
    expect((await live.emit('pins:get', {})).data).toEqual(listed);
    const change = { spaceId: workspace.id, chatId: chat };
    const expected = [
      { ...change, seq: 3, messageId: first.id, userId: ada.id, pinned: true },
      { ...change, seq: 4, messageId: second.id, userId: bob.id, pinned: true },
      { ...change, seq: 5, messageId: first.id, userId: ada.id, pinned: false },
    ];
    expect(await live.until('pin:updated', 3)).toEqual(expected);
    const late = await ChatClient.open(reader.api, chat, { lastSeq: 2 });
    expect(late.session).toMatchObject({ recovered: true, seq: 5 });
    expect(late.of('pin:updated')).toEqual(expected);
    await bob.api.delete(`/v1/chat/${chat}/messages/${second.id}`);
    expect(await pinned()).toEqual([]);
    for (const open of [live, client, late]) open.close();
  });

  it('are for everybody who may post, and there are not too many', async () => {
    const chat = await newChat();
    const send = async () => (await ada.api.post<Message>(`/v1/chat/${chat}/messages`, { message: 'x' })).body.id;
    const pin = async (api: Api, id: string) => refusal(api.put(`/v1/chat/${chat}/messages/${id}/pin`, {}));
    const id = await send();
    for (const { api } of [reader, stranger]) expect(await pin(api, id)).toBe('403 forbidden');
    expect(await pin(ada.api, chat)).toBe('404 message_not_found');
    for (let n = 0; n < 100; n++) expect(await pin(ada.api, await send())).toBe('200 undefined');
    expect(await pin(ada.api, id)).toBe('409 conflict');
  });
});

describe('mentions and pins', () => {
  it('stay in an export and through an erasure, which takes the value and nothing else', async () => {
    const own = await service.admin.workspace();
    const { id: adminId } = (await service.admin.get<{ id: string }>('/v1/users/me')).body;
    const path = `/v1/chat/${own.defaultChatId}`;
    const sent = await service.admin.post<Message>(`${path}/messages`, {
      message: 'mail ada@example.org',
      mentions: [adminId],
    });
    await service.admin.put(`${path}/messages/${sent.body.id}/pin`, {});
    const expected = { id: sent.body.id, mentions: [adminId], pinnedAt: expect.any(String) };
    const exported = await service.admin.get(`/v1/workspaces/${own.id}/export`);
    expect(JSON.parse(exported.text.split('\n')[0] ?? '')).toMatchObject(expected);
    const erasure = { type: 'EMAIL_ADDRESS', value: 'ada@example.org' };
    expect((await service.admin.post(`/v1/workspaces/${own.id}/erasures`, erasure)).status).toBe(201);
    const pins = await service.admin.get<Message[]>(`${path}/pins`);
    expect(pins.body).toEqual([expect.objectContaining({ ...expected, text: 'mail <EMAIL_ADDRESS_1>' })]);
    expect(pins.text).not.toContain('ada@');
  });
});

describe('typing', () => {
  it('is told over REST as on the socket, once, and only by those who may post', async () => {
    const chat = await newChat();
    const live = await ChatClient.open(reader.api, chat);
    const client = await ChatClient.open(ada.api, chat);
    const path = `/v1/chat/${chat}/typing`;
    expect((await ada.api.put(path, { typing: true })).status).toBe(204);
    await client.emit('typing:set', { typing: true });
    await client.emit('typing:set', { typing: false });
    await ada.api.put(path, { typing: false });
    expect(await live.until('typing', 2)).toEqual([
      { chatId: chat, userId: ada.id, typing: true },
      { chatId: chat, userId: ada.id, typing: false },
    ]);
    expect(await refusal(reader.api.put(path, { typing: true }))).toBe('403 forbidden');
    expect((await live.emit('typing:set', { typing: true })).error?.code).toBe('forbidden');
    for (const open of [live, client]) open.close();
  });

  it('ends by itself', async () => {
    const chat = await newChat();
    const live = await ChatClient.open(reader.api, chat);
    await ada.api.put(`/v1/chat/${chat}/typing`, { typing: true });
    expect((await live.until<{ typing: boolean }>('typing', 2)).map(({ typing }) => typing)).toEqual([true, false]);
    live.close();
  }, 15_000);
});

describe('changes over REST', () => {
  it('are idempotent by Idempotency-Key, as on the socket by clientMessageId', async () => {
    const chat = await newChat();
    const { id } = (await ada.api.post<Message>(`/v1/chat/${chat}/messages`, { message: 'one' })).body;
    const call = (method: string, body?: unknown) =>
      ada.api.call<Message>(method, `/v1/chat/${chat}/messages/${id}`, body, { 'Idempotency-Key': `key-${method}` });
    for (let n = 0; n < 2; n++) expect((await call('PATCH', { message: 'two' })).body.updatedSeq).toBe(2);
    for (let n = 0; n < 2; n++) expect((await call('DELETE')).status).toBe(204);
    const { body } = await ada.api.get<{ lastSeq: number }>(`/v1/chat/${chat}`);
    expect(body.lastSeq).toBe(3);
  });

  it('refuse a client id that another change of the same person in the chat had', async () => {
    const chat = await newChat();
    const path = `/v1/chat/${chat}/messages`;
    const [one, two] = await Promise.all(
      ['one', 'two'].map(async (message) => (await ada.api.post<Message>(path, { message })).body.id),
    );
    const key = { 'Idempotency-Key': 'once' };
    expect((await ada.api.call('PATCH', `${path}/${one}`, { message: 'edited' }, key)).status).toBe(200);
    expect(await refusal(ada.api.call('PATCH', `${path}/${two}`, { message: 'edited' }, key))).toBe(
      '422 idempotency_key_reused',
    );
    expect(await refusal(ada.api.call('DELETE', `${path}/${one}`, undefined, key))).toBe('422 idempotency_key_reused');
  });

  it('keep earlier texts for members, and in an export', async () => {
    const chat = await newChat();
    const { id } = (await ada.api.post<Message>(`/v1/chat/${chat}/messages`, { message: 'ada@example.org' })).body;
    await ada.api.patch(`/v1/chat/${chat}/messages/${id}`, { message: 'no address' });
    const edits = `/v1/chat/${chat}/messages/${id}/edits`;
    expect((await reader.api.get<unknown[]>(edits)).body).toEqual([
      expect.objectContaining({ text: '<EMAIL_ADDRESS_1>', replacedSeq: 2 }),
    ]);
    expect(await refusal(stranger.api.get(edits))).toBe('403 forbidden');
    const client = await ChatClient.open(reader.api, chat);
    expect((await client.emit('edits:get', { messageId: id })).data).toEqual((await reader.api.get(edits)).body);
    expect((await client.emit('edits:get', { messageId: chat })).error?.code).toBe('message_not_found');
    expect((await client.emit('edits:get', {})).error?.code).toBe('malformed_payload');
    client.close();
    const { text } = await service.admin.get(`/v1/workspaces/${workspace.id}/export`);
    const line = text.split('\n').find((json) => json.includes(id)) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({
      text: 'no address',
      edits: (await reader.api.get(edits)).body,
    });
  });
});
