import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, refusal, type PageBody, type WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startServiceProcess } from '../support/service-process.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';

interface Member {
  readonly userId: string;
  readonly online: boolean;
  readonly lastSeenAt?: string;
}
type Notice = { readonly chatId: string; readonly users: readonly Member[] };

/** What a client was told of one user, in order. */
const toldOf = (client: ChatClient, userId: string): boolean[] =>
  client
    .of<Notice>('presence:updated')
    .flatMap(({ users }) => users)
    .flatMap((user) => (user.userId === userId ? [user.online] : []));

async function untilTold(client: ChatClient, userId: string, states: readonly boolean[]): Promise<void> {
  for (let events = 1; toldOf(client, userId).length < states.length; events++) {
    await client.until('presence:updated', events);
  }
  expect(toldOf(client, userId)).toEqual(states);
}

describe('presence', () => {
  let one: TestApp;
  let two: TestApp;
  let workspace: WorkspaceBody;
  let ada: { id: string; api: Api };
  let bob: { id: string; api: Api };
  const listed = async (chat: string) => (await ada.api.get<PageBody<Member>>(`/v1/chat/${chat}/presence`)).body.items;
  const newChat = async () => (await one.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id;

  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({}, one);
    workspace = await one.admin.workspace({ visibility: 'public' });
    [ada, bob] = [await one.admin.user('Ada'), await one.admin.user('Bob')];
    for (const { id } of [ada, bob]) {
      await one.admin.put(`/v1/workspaces/${workspace.id}/members/${id}`, { role: 'member' });
    }
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });

  it('counts several sockets of a member once, over nodes too, and knows when the last one went', async () => {
    const chat = await newChat();
    const watcher = await ChatClient.open(ada.api, chat);
    await untilTold(watcher, ada.id, [true]);
    const first = await ChatClient.open(bob.api, chat);
    await untilTold(watcher, bob.id, [true]);
    const others = [await ChatClient.open(bob.api, chat), await ChatClient.open(new Api(two.url, bob.api.key), chat)];
    // Another member, as the sign that a tick has passed on both nodes.
    const admins = [
      await ChatClient.open(one.admin, chat),
      await ChatClient.open(new Api(two.url, one.adminKey), chat),
    ];
    const { id: adminId } = (await one.admin.get<{ id: string }>('/v1/users/me')).body;
    await untilTold(watcher, adminId, [true]);
    for (const client of [first, ...others.slice(0, 1), ...admins.slice(0, 1)]) client.close();
    expect(await listed(chat)).toEqual(
      [ada.id, bob.id, adminId].toSorted().map((userId) => ({ userId, online: true })),
    );
    const asked = await watcher.emit('presence:get', { limit: 2 });
    const { items, nextCursor: cursor } = asked.data as PageBody<Member>;
    const rest = await watcher.emit('presence:get', { limit: 2, cursor });
    expect([...items, ...(rest.data as PageBody<Member>).items]).toEqual(await listed(chat));
    for (const payload of [{ limit: 0 }, { limit: '2' }, { cursor: 'bm9uZQ' }, { cursor: 1 }, { more: 1 }]) {
      expect((await watcher.emit('presence:get', payload)).error?.code).toMatch(
        /^(validation_failed|invalid_cursor|malformed_payload)$/,
      );
    }
    others[1]?.close();
    await untilTold(watcher, bob.id, [true, false]);
    expect(toldOf(watcher, adminId)).toEqual([true]);
    expect((await listed(chat)).find(({ userId }) => userId === bob.id)).toEqual({
      userId: bob.id,
      online: false,
      lastSeenAt: expect.any(String),
    });
    for (const client of [watcher, ...admins]) client.close();
  });

  it('is for members: visitors are not listed, not told and may not ask', async () => {
    const chat = await newChat();
    const stranger = await one.admin.user('Stranger');
    const guest = new Api(one.url);
    const visitors = [await ChatClient.open(guest, chat), await ChatClient.open(stranger.api, chat)];
    const watcher = await ChatClient.open(ada.api, chat);
    await untilTold(watcher, ada.id, [true]);
    expect(await listed(chat)).toEqual([{ userId: ada.id, online: true }]);
    // What is sent after the notice has come, hence the notice would have.
    await one.admin.post(`/v1/chat/${chat}/messages`, { message: 'hello' });
    for (const client of visitors) {
      await client.until('message:created', 1);
      expect(client.of('presence:updated')).toEqual([]);
      client.close();
    }
    const path = `/v1/chat/${chat}/presence`;
    expect(await refusal(stranger.api.get(path))).toBe('403 forbidden');
    expect(await refusal(guest.get(path))).toBe('401 unauthenticated');
    watcher.close();
  });

  it('forgets a member who is removed', async () => {
    const chat = await newChat();
    const carol = await one.admin.user('Carol');
    await one.admin.put(`/v1/workspaces/${workspace.id}/members/${carol.id}`, { role: 'reader' });
    const watcher = await ChatClient.open(ada.api, chat);
    const client = await ChatClient.open(carol.api, chat);
    await untilTold(watcher, carol.id, [true]);
    await one.admin.delete(`/v1/workspaces/${workspace.id}/members/${carol.id}`);
    await untilTold(watcher, carol.id, [true, false]);
    expect((await listed(chat)).map(({ userId }) => userId)).toEqual([ada.id]);
    for (const open of [watcher, client]) open.close();
  });

  it('counts a member anew who was removed and taken back at once', async () => {
    const chat = await newChat();
    const erin = await one.admin.user('Erin');
    const path = `/v1/workspaces/${workspace.id}/members/${erin.id}`;
    await one.admin.put(path, { role: 'member' });
    const watcher = await ChatClient.open(ada.api, chat);
    const client = await ChatClient.open(erin.api, chat);
    await untilTold(watcher, erin.id, [true]);
    await one.admin.delete(path);
    await one.admin.put(path, { role: 'member' });
    const isListed = async () => (await listed(chat)).some(({ userId, online }) => userId === erin.id && online);
    // In a public workspace the session goes on.
    while (!(await isListed())) await client.emit('presence:get', {});
    expect((await client.send('still here')).ok).toBe(true);
    for (const open of [watcher, client]) open.close();
  });

  it('forgets a user who is removed altogether', async () => {
    const chat = await newChat();
    const dora = await one.admin.user('Dora');
    await one.admin.put(`/v1/workspaces/${workspace.id}/members/${dora.id}`, { role: 'member' });
    const watcher = await ChatClient.open(ada.api, chat);
    const client = await ChatClient.open(dora.api, chat);
    await untilTold(watcher, dora.id, [true]);
    expect((await one.admin.delete(`/v1/users/${dora.id}`)).status).toBe(204);
    await untilTold(watcher, dora.id, [true, false]);
    expect((await listed(chat)).map(({ userId }) => userId)).toEqual([ada.id]);
    for (const open of [watcher, client]) open.close();
  });

  it('lets the members of a killed node go when its lease is over', async () => {
    const chat = await newChat();
    const watcher = await ChatClient.open(ada.api, chat);
    const node = await startServiceProcess({
      ...TEST_SECRETS,
      NODE_ENV: 'test',
      DATABASE_URL: one.database.url,
      DATABASE_POOL_SIZE: '4',
    });
    const client = await ChatClient.open(new Api(node.url, bob.api.key), chat);
    await untilTold(watcher, bob.id, [true]);
    await node.kill();
    const killedAt = Date.now();
    await untilTold(watcher, bob.id, [true, false]);
    // Ten seconds of lease, three between two looks, and the delays of a busy machine.
    expect(Date.now() - killedAt).toBeLessThan(30_000);
    expect((await listed(chat)).find(({ userId }) => userId === bob.id)?.online).toBe(false);
    for (const open of [watcher, client]) open.close();
  }, 60_000);
});
