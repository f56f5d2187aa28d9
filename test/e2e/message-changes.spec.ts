import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { messageString } from '../../src/auth/message-string.js';
import { Api, type MessageBody, type ProblemBody, type WorkspaceBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Changed = MessageBody & {
  readonly updatedSeq?: number;
  readonly editedAt?: string;
  readonly deletedAt?: string;
  readonly reactions?: Readonly<Record<string, number>>;
};

const ENDED = ['message:created', 'message:updated', 'message:deleted', 'reaction:updated'];

/** The durable events that a client has seen, as pairs of name and sequence. */
const eventsOf = (client: ChatClient): [string, number | undefined][] =>
  client.received
    .filter(({ event }) => ENDED.includes(event))
    .map(({ event, payload }) => {
      const { seq, updatedSeq } = payload as Changed;
      return [event, event === 'message:created' || event === 'reaction:updated' ? seq : updatedSeq];
    });

/** A flag of a part of a country: a black flag, its name in tags, and their end. */
const flagOf = (place: string): string =>
  `🏴${String.fromCodePoint(...Array.from(place, (letter) => 0xe0000 + letter.charCodeAt(0)))}\u{e007f}`;

describe('the life of a message', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  let member: { id: string; api: Api };
  let reader: { id: string; api: Api };
  const at = (id: string, rest = '', chatId = workspace.defaultChatId) => `/v1/chat/${chatId}/messages/${id}${rest}`;
  const send = async (api: Api, message: string, chatId = workspace.defaultChatId) =>
    (await api.post<Changed>(`/v1/chat/${chatId}/messages`, { message })).body;
  const newChat = async () =>
    (await service.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id;
  const history = async () =>
    (await service.admin.get<{ items: Changed[] }>(`/v1/chat/${workspace.defaultChatId}/messages`)).body.items;

  beforeAll(async () => {
    service = await startTestApp();
    workspace = await service.admin.workspace();
    member = await service.admin.user('Member');
    reader = await service.admin.user('Reader');
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member' });
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${reader.id}`, { role: 'reader' });
  });
  afterAll(() => service.close());

  it('can be edited by its author: masked anew, the earlier text kept masked', async () => {
    const chat = await newChat();
    const first = await send(member.api, 'mail ada@example.org', chat);
    const edited = await member.api.patch<Changed>(at(first.id, '', chat), {
      message: 'mail bob@example.org or ada@example.org',
    });
    expect(edited.status).toBe(200);
    expect(edited.body).toMatchObject({
      id: first.id,
      seq: first.seq,
      updatedSeq: first.seq + 1,
      message: 'mail bob@example.org or ada@example.org',
      text: 'mail <EMAIL_ADDRESS_2> or <EMAIL_ADDRESS_1>',
    });
    const edits = await reader.api.get<{ text: string; replacedSeq: number }[]>(at(first.id, '/edits', chat));
    expect(edits.body).toEqual([
      expect.objectContaining({ text: 'mail <EMAIL_ADDRESS_1>', replacedSeq: first.seq + 1 }),
    ]);
    const others = await Promise.all(
      [service.admin, reader.api].map((api) => api.patch(at(first.id, '', chat), { message: 'x' })),
    );
    expect(others.map(({ status }) => status)).toEqual([403, 403]);
  });

  it('takes an edit with the same client id once', async () => {
    const { id, seq } = await send(member.api, 'one');
    const edit = { message: 'two', clientMessageId: 'edit-1' };
    const [a, b] = [await member.api.patch<Changed>(at(id), edit), await member.api.patch<Changed>(at(id), edit)];
    expect([a.body.updatedSeq, b.body.updatedSeq]).toEqual([seq + 1, seq + 1]);
  });

  it('leaves nothing in the vault when an edit is refused', async () => {
    const chatId = await newChat();
    const { id } = await send(member.api, 'mine', chatId);
    expect((await service.admin.patch(at(id, '', chatId), { message: 'secret@example.org' })).status).toBe(403);
    const { body } = await service.admin.post<{ redactedText: string }>('/v1/pii/detect', {
      text: 'other@example.org',
      chatId,
    });
    expect(body.redactedText).toBe('<EMAIL_ADDRESS_1>');
  });

  it('ends as a tombstone, deleted by its author or those in charge, and is gone for good', async () => {
    const { id, seq } = await send(member.api, 'delete me, ada@example.org');
    await member.api.patch(at(id), { message: 'delete me too' });
    expect((await reader.api.delete(at(id))).status).toBe(403);
    expect((await service.admin.delete(at(id))).status).toBe(204);
    const tombstone = (await history()).find((message) => message.id === id);
    expect(tombstone).toMatchObject({ id, seq, text: '', positions: [], deletedAt: expect.any(String) });
    expect((await member.api.get<unknown[]>(at(id, '/edits'))).body).toEqual([]);
    const again = await Promise.all([
      member.api.delete<ProblemBody>(at(id)),
      member.api.patch<ProblemBody>(at(id), { message: 'x' }),
      member.api.put<ProblemBody>(at(id, '/reactions/%F0%9F%91%8D'), undefined),
    ]);
    expect(again.map(({ body }) => body.code)).toEqual(Array(3).fill('message_not_found'));
  });

  it('takes originals along that no other message shows', async () => {
    const shared = await send(member.api, 'shared@example.org');
    const { id } = await send(member.api, 'shared@example.org and only-here@example.org');
    const listed = async () => {
      const path = `/v1/chat/${workspace.defaultChatId}/pii?limit=200`;
      const { body } = await service.admin.get<{ items: { placeholder: string; revealable: boolean }[] }>(path);
      return body.items.filter(({ revealable }) => revealable).map(({ placeholder }) => placeholder);
    };
    const before = await listed();
    expect((await member.api.delete(at(id))).status).toBe(204);
    const after = await listed();
    const gone = before.filter((placeholder) => !after.includes(placeholder));
    expect(gone).toEqual([expect.stringMatching(/^<EMAIL_ADDRESS_\d+>$/)]);
    expect(after).toContain(shared.positions[0]?.placeholder);
  });

  it('bears reactions, each user once', async () => {
    const { id } = await send(member.api, 'react to me');
    const react = (api: Api, reaction: string) =>
      api.put<Changed>(at(id, `/reactions/${encodeURIComponent(reaction)}`), {});
    await react(member.api, '👍');
    await react(member.api, '👍');
    await react(service.admin, '👍');
    expect((await react(service.admin, ':tada:')).body.reactions).toEqual({ '👍': 2, ':tada:': 1 });
    expect((await react(reader.api, '👍')).status).toBe(403);
    const wrong = await Promise.all(
      ['x', 'ada@example.org', ':+4915123456789:'].map((text) => react(member.api, text)),
    );
    expect(wrong.map(({ status }) => status)).toEqual([400, 400, 400]);
    const [england = '', scotland = '', wales = '', texas = ''] = ['gbeng', 'gbsct', 'gbwls', 'ustx'].map(flagOf);
    const notOne = ['👍👍', '👍🎉', '🇩🇪🇫🇷', '🇩', '\u200d', '\ufe0f', wales + wales, texas];
    for (const several of [
      ...notOne,
      england.slice(0, -2),
      england.replace('🏴', '👍'),
      england.slice(2),
      '🏴\u{e007f}',
    ]) {
      expect([several, (await react(member.api, several)).status]).toEqual([several, 400]);
    }
    for (const one of ['👩🏽‍💻', '❤️', '❤', '🇩🇪', '1️⃣', '👨‍👩‍👧‍👦', ':+1:', '🏴', england, scotland, wales]) {
      expect([one, (await react(member.api, one)).status]).toEqual([one, 200]);
      await member.api.delete(at(id, `/reactions/${encodeURIComponent(one)}`));
    }
    const back = await service.admin.delete<Changed>(at(id, `/reactions/${encodeURIComponent('👍')}`));
    expect(back.body.reactions).toEqual({ '👍': 1, ':tada:': 1 });
  });

  it('lets go of several emoji that were taken for one reaction once', async () => {
    const { id } = await send(member.api, 'reacted to long ago');
    const several = '👍🎉';
    const other = await service.admin.user('Other');
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${other.id}`, { role: 'member' });
    const pool = new Pool({ connectionString: service.database.url });
    const stored = async () =>
      (await pool.query(`SELECT reaction FROM reactions WHERE message_id = $1`, [id])).rows.length;
    for (const { id: userId } of [member, other]) {
      await pool.query(
        `INSERT INTO reactions (workspace_id, chat_id, message_id, user_id, reaction) VALUES ($1, $2, $3, $4, $5)`,
        [workspace.id, workspace.defaultChatId, id, userId, several],
      );
    }
    const rest = await member.api.delete<Changed>(at(id, `/reactions/${encodeURIComponent(several)}`));
    expect([rest.status, rest.body.reactions]).toEqual([200, { [several]: 1 }]);
    const client = await ChatClient.open(other.api, workspace.defaultChatId);
    const set = (on: boolean) => client.emit('reaction:set', { messageId: id, reaction: several, on });
    expect((await set(false)).ok).toBe(true);
    expect((await set(true)).error?.code).toBe('validation_failed');
    expect(await stored()).toBe(0);
    client.close();
    await pool.end();
  });

  it('reaches all readers live and by replay in one sequence without gaps, and never shows deleted text again', async () => {
    const chat = await newChat();
    const live = await ChatClient.open(reader.api, chat);
    const writer = await ChatClient.open(member.api, chat);
    const sent = (await writer.send('mail ada@example.org')).data as Changed;
    const other = (await writer.send('to be deleted')).data as Changed;
    const signed = (event: string, messageId: string, message: string) =>
      signedChange(writer, event, messageId, message);
    expect((await writer.emit('message:edit', signed('message:edit', sent.id, 'mail bob@example.org'))).ok).toBe(true);
    expect((await writer.emit('reaction:set', { messageId: sent.id, reaction: '🎉', on: true })).ok).toBe(true);
    expect((await writer.emit('message:delete', signed('message:delete', other.id, ''))).ok).toBe(true);
    const expected = [
      ['message:created', 1],
      ['message:created', 2],
      ['message:updated', 3],
      ['reaction:updated', 4],
      ['message:deleted', 5],
    ];
    await live.until('message:deleted', 1);
    expect(eventsOf(live)).toEqual(expected);

    const late = await ChatClient.open(reader.api, chat, { lastSeq: 0 });
    expect(late.session).toMatchObject({ recovered: true, seq: 5 });
    expect(eventsOf(late)).toEqual(expected);
    expect(JSON.stringify(late.received)).not.toMatch(/to be deleted|example\.org/);
    const from3 = await ChatClient.open(reader.api, chat, { lastSeq: 3 });
    expect(eventsOf(from3)).toEqual(expected.slice(3));
    for (const client of [live, writer, late, from3]) client.close();
  });

  it('refuses a change whose message string was made for another event', async () => {
    const client = await ChatClient.open(member.api, workspace.defaultChatId);
    const { id } = (await client.send('mine')).data as Changed;
    const payload = signedChange(client, 'message:delete', id, 'changed');
    expect((await client.emit('message:edit', payload)).error?.code).toBe('message_string_invalid');
    client.close();
  });

  it('is read: marks never go back, unread messages are counted, others see it', async () => {
    const chat = await newChat();
    const watcher = await ChatClient.open(service.admin, chat);
    const client = await ChatClient.open(member.api, chat);
    for (const text of ['one', 'two', 'three']) await watcher.send(text);
    expect((await client.emit('read:set', { seq: 2 })).data).toEqual({ chatId: chat, userId: member.id, seq: 2 });
    expect((await client.emit('read:set', { seq: 1 })).data).toMatchObject({ seq: 2 });
    expect((await member.api.get(`/v1/chat/${chat}/read`)).body).toEqual({ seq: 2, unread: 1, unreadMentions: 0 });
    expect((await client.emit('read:get', {})).data).toEqual({ seq: 2, unread: 1, unreadMentions: 0 });
    expect((await client.emit('read:get', { seq: 1 })).error?.code).toBe('malformed_payload');
    expect((await member.api.put(`/v1/chat/${chat}/read`, { seq: 99 })).body).toMatchObject({ seq: 3 });
    expect(await watcher.until('read:updated', 3)).toEqual(
      [2, 2, 3].map((seq) => ({ chatId: chat, userId: member.id, seq })),
    );

    const second = await ChatClient.open(member.api, chat);
    await client.emit('typing:set', { typing: true });
    await client.emit('typing:set', { typing: true });
    await client.emit('typing:set', { typing: false });
    const told = [
      { chatId: chat, userId: member.id, typing: true },
      { chatId: chat, userId: member.id, typing: false },
    ];
    expect(await watcher.until('typing', 2)).toEqual(told);
    expect(await second.until('typing', 2)).toEqual(told);
    // It would have come before the acks.
    expect(client.received.filter(({ event }) => event === 'typing')).toEqual([]);
    second.close();
    for (const open of [watcher, client]) open.close();
  });

  it('is told of typing for as long as a user types on any socket', async () => {
    const chat = await newChat();
    const watcher = await ChatClient.open(service.admin, chat);
    const [one, two] = [await ChatClient.open(member.api, chat), await ChatClient.open(member.api, chat)];
    const told = (client: ChatClient) => client.of<{ typing: boolean }>('typing').map(({ typing }) => typing);
    await one.emit('typing:set', { typing: true });
    await two.emit('typing:set', { typing: true });
    await one.emit('typing:set', { typing: false });
    // On the way to the watcher nothing overtakes: what comes later shows that no end was told before.
    await one.emit('read:set', { seq: 0 });
    await watcher.until('read:updated', 1);
    expect(told(watcher)).toEqual([true]);
    await two.emit('typing:set', { typing: false });
    await watcher.until('typing', 2);

    await one.emit('typing:set', { typing: true });
    await two.emit('typing:set', { typing: false });
    await two.emit('read:set', { seq: 0 });
    await watcher.until('read:updated', 2);
    expect(told(watcher)).toEqual([true, false, true]);
    await one.emit('typing:set', { typing: false });
    await watcher.until('typing', 4);
    expect(told(watcher)).toEqual([true, false, true, false]);
    // Whoever heard of a beginning hears of its end, on whichever socket that was.
    expect([told(one), told(two)]).toEqual([[], [true, false, true, false]]);
    for (const client of [watcher, one, two]) client.close();
  });

  it('goes on in a renewed session, whose rights are evaluated anew', async () => {
    const client = await ChatClient.open(member.api, workspace.defaultChatId);
    const before = client.session;
    await client.send('before');
    const counter = client.counter;
    const ticket = await ticketFor(member.api, workspace.defaultChatId);
    const renewed: AckBody = await client.emit('session:renew', { connectionString: ticket.connectionString });
    expect(renewed.data).toMatchObject({ sessionId: before?.sessionId });
    client.counter = counter;
    expect((await client.send('after')).ok).toBe(true);
    const foreign = await ticketFor(service.admin, workspace.defaultChatId);
    const refused = await client.emit('session:renew', { connectionString: foreign.connectionString });
    expect(refused.error?.code).toBe('connection_string_invalid');
    client.close();
  });
});

function signedChange(client: ChatClient, event: string, messageId: string, message: string) {
  const counter = ++client.counter;
  const pieces = {
    sessionId: client.session?.sessionId ?? '',
    counter,
    event,
    chatId: client.session?.chat.id ?? '',
    clientMessageId: '',
    message,
    reference: messageId,
  };
  return { messageId, ...(message && { message }), counter, messageString: messageString(client.key, pieces) };
}
