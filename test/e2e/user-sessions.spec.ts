import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { type ConnectionClaims, newJti, signConnectionString } from '../../src/auth/connection-string.js';
import { KeyRing } from '../../src/auth/key-ring.js';
import { NO_CREDENTIAL } from '../../src/auth/principal.js';
import { SessionStore } from '../../src/chat/sessions/session.store.js';
import { Sessions } from '../../src/chat/socket/sessions.js';
import { Api, type PageBody, refusal, type WorkspaceBody } from '../support/api.js';
import { ChatClient, ticketFor } from '../support/chat-client.js';
import { startServiceProcess } from '../support/service-process.js';
import { EVERYTHING, listenToStatements } from '../support/statement-log.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';
import { withoutHints } from '../support/without-hints.js';

jest.setTimeout(60_000);

interface Listed {
  readonly id: string;
  readonly workspaceId: string;
  readonly chatId: string;
  readonly keyId: string | null;
  readonly openedAt: string;
  readonly expiresAt: string;
  readonly rehydrate: boolean;
}
type Person = Awaited<ReturnType<Api['user']>>;

const REVOKED = { code: 'access_revoked', reconnect: false };
const NOBODY = '019aa000-0000-7000-8000-000000000000';
const NO_SESSION = 'AAECAwQFBgcICQoLDA0ODw';

describe('the sessions of a user', () => {
  let one: TestApp;
  let two: TestApp;
  let workspace: WorkspaceBody;
  let chat: string;
  let clients: ChatClient[] = [];
  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({}, one);
    workspace = await one.admin.workspace({ visibility: 'public' });
    chat = workspace.defaultChatId;
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });

  const member = async (name: string): Promise<Person> => {
    const person = await one.admin.user(name, ['pii:rehydrate']);
    await one.admin.put(`/v1/workspaces/${workspace.id}/members/${person.id}`, { role: 'member', piiAccess: true });
    return person;
  };
  const on = (node: { readonly url: string }, { api }: Person): Api => new Api(node.url, api.key);
  const open = async (api: Api, auth = {}, ticket = ticketFor(api, chat)): Promise<ChatClient> => {
    const client = await ChatClient.open(api, chat, auth, await ticket);
    clients.push(client);
    return client;
  };
  const pathOf = ({ id }: { readonly id: string }): string => `/v1/users/${id}/sessions`;
  const idOf = (client: ChatClient | undefined): string => client?.session?.sessionId ?? '';
  const sessionPath = (person: Person, client: ChatClient): string => `${pathOf(person)}/${idOf(client)}`;

  async function listOf(person: Person, api = person.api): Promise<readonly Listed[]> {
    return (await api.get<PageBody<Listed>>(pathOf(person))).body.items;
  }

  /** Resolves with the list once it is of these sessions. */
  async function untilListed(person: Person, ids: readonly string[], api = person.api): Promise<readonly Listed[]> {
    for (;;) {
      const list = await listOf(person, api);
      if (list.map(({ id }) => id).join() === ids.toSorted().join()) return list;
    }
  }

  /** Rights of everybody who is connected, evaluated anew on a node. */
  async function sweep({ app }: TestApp): Promise<void> {
    const sessions = app.get(Sessions, { strict: false });
    await sessions.reevaluate([...sessions.live]);
  }

  async function sql(text: string, values: readonly unknown[] = []): Promise<readonly unknown[]> {
    const client = new Client({ connectionString: one.database.url });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  it('are listed over all nodes, for themselves and administrators, until they end', async () => {
    const mo = await member('Mo');
    const before = Date.now();
    const [here, there] = [await open(mo.api, { rehydrate: true }), await open(on(two, mo))];
    const list = await untilListed(mo, [idOf(here), idOf(there)]);
    const shown = (client: ChatClient, rehydrate: boolean): unknown => ({
      id: idOf(client),
      workspaceId: workspace.id,
      chatId: chat,
      keyId: mo.keyId,
      openedAt: expect.any(String),
      expiresAt: client.session?.expiresAt,
      rehydrate,
    });
    expect(list.find(({ id }) => id === idOf(here))).toEqual(shown(here, true));
    expect(list.find(({ id }) => id === idOf(there))).toEqual(shown(there, false));
    for (const { openedAt } of list) {
      expect(Date.parse(openedAt)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(openedAt)).toBeLessThanOrEqual(Date.now());
    }
    expect(await listOf(mo, new Api(two.url, one.adminKey))).toEqual(list);
    there.close();
    await untilListed(mo, [idOf(here)]);
    await here.emit('chat:disconnect', {});
    await untilListed(mo, []);
  });

  it('come page by page', async () => {
    const mo = await member('Mo');
    for (const node of [one, two, one]) await open(on(node, mo));
    const list = await untilListed(mo, clients.map(idOf));
    const pages: Listed[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `${pathOf(mo)}?limit=1${cursor && `&cursor=${cursor}`}`;
      const page: PageBody<Listed> = (await mo.api.get<PageBody<Listed>>(path)).body;
      expect(page.items.length).toBe(1);
      pages.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(pages).toEqual(list);
    const strange = Buffer.from(`sessions:${NOBODY}`).toString('base64url');
    expect(await refusal(mo.api.get(`${pathOf(mo)}?cursor=${strange}`))).toBe('400 invalid_cursor');
  });

  it('are shown as they are after a renewal with another key, and in another chat', async () => {
    const mo = await member('Mo');
    const client = await open(mo.api);
    const { id: keyId, key } = (
      await mo.api.post<{ id: string; key: string }>(`/v1/users/${mo.id}/api-keys`, { name: 'second' })
    ).body;
    await untilListed(mo, [idOf(client)]);
    const { connectionString } = await ticketFor(new Api(one.url, key), chat);
    expect((await client.emit('session:renew', { connectionString })).ok).toBe(true);
    const [renewed] = await client.until<{ expiresAt: string }>('session', 2).then((all) => all.slice(-1));
    for (let shown: Listed | undefined; shown?.keyId !== keyId; [shown] = await listOf(mo)) {
      if (shown) expect(shown.keyId).toBe(mo.keyId);
    }
    expect(await listOf(mo)).toEqual([expect.objectContaining({ expiresAt: renewed?.expiresAt })]);

    const other = (await one.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id;
    expect((await client.switchTo(other, await ticketFor(mo.api, other))).ok).toBe(true);
    expect(await untilListed(mo, [idOf(client)])).toEqual([expect.objectContaining({ chatId: other })]);
  });

  it('that a bearer token opened name no key', async () => {
    const mo = await member('Mo');
    const ticket = await ticketFor(mo.api, chat);
    const claims = JSON.parse(
      Buffer.from(ticket.connectionString.split('.')[1] ?? '', 'base64url').toString(),
    ) as ConnectionClaims;
    const ring = one.app.get(KeyRing, { strict: false });
    const connectionString = signConnectionString({ ...claims, jti: newJti(NO_CREDENTIAL) }, ring);
    const client = await open(mo.api, {}, Promise.resolve({ ...ticket, connectionString }));
    expect(await untilListed(mo, [idOf(client)])).toEqual([expect.objectContaining({ keyId: null })]);
  });

  it('end one by one, on whatever node they are, within a second, and leave the others', async () => {
    const mo = await member('Mo');
    const [here, there] = [await open(mo.api), await open(on(two, mo))];
    const [staying, elsewhere] = [await open(mo.api), await open(on(two, mo))];
    await untilListed(mo, clients.map(idOf));
    for (const client of [here, there]) {
      expect((await mo.api.delete(sessionPath(mo, client))).status).toBe(204);
      const asked = performance.now();
      expect(await client.until('session:ended', 1)).toEqual([REVOKED]);
      await client.closed();
      expect(performance.now() - asked).toBeLessThan(1_000);
      expect((await listOf(mo)).map(({ id }) => id)).not.toContain(idOf(client));
      expect((await mo.api.delete(sessionPath(mo, client))).status).toBe(204);
    }
    for (const node of [one, two]) await sweep(node);
    for (const client of [staying, elsewhere]) expect((await client.send('I stay')).ok).toBe(true);
    await untilListed(mo, [idOf(staying), idOf(elsewhere)]);
  });

  it('end before anybody has written them down, within a second too', async () => {
    const mo = await member('Mo');
    for (const node of [one, two]) {
      const client = await open(on(node, mo));
      expect((await one.admin.delete(sessionPath(mo, client))).status).toBe(204);
      const asked = performance.now();
      expect(await client.until('session:ended', 1)).toEqual([REVOKED]);
      expect(performance.now() - asked).toBeLessThan(1_000);
    }
    await untilListed(mo, []);
  });

  it('end all at once, with the strings that were on their way; what is asked for then is good', async () => {
    const [mo, other] = [await member('Mo'), await member('Other')];
    const guest = await open(new Api(one.url));
    const strangers = [await open(other.api), await open(on(two, other)), guest];
    const ending = [await open(mo.api), await open(on(two, mo), { rehydrate: true })];
    await untilListed(mo, ending.map(idOf));
    // The list knows nothing of the last one yet.
    ending.push(await open(on(two, mo)));
    const unused = [await ticketFor(mo.api, chat), await ticketFor(on(two, mo), chat)];

    const ended = Promise.all(ending.map((client) => client.until('session:ended', 1)));
    const asked = performance.now();
    const answer = mo.api.delete(pathOf(mo));
    expect(await ended).toEqual(ending.map(() => [REVOKED]));
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect((await answer).status).toBe(204);
    expect(await listOf(mo)).toEqual([]);
    for (const [index, node] of [one, two].entries()) {
      await expect(ChatClient.open(on(node, mo), chat, {}, unused[index])).rejects.toMatchObject({
        data: { code: 'access_revoked' },
      });
    }

    const again = [await open(mo.api), await open(on(two, mo))];
    await untilListed(mo, again.map(idOf));
    for (const node of [one, two]) await sweep(node);
    for (const client of [...again, ...strangers]) expect((await client.send('here')).ok).toBe(true);
    expect((await one.admin.delete(pathOf(mo))).status).toBe(204);
    expect((await mo.api.delete(pathOf(mo))).status).toBe(204);
    for (const client of again) expect(await client.until('session:ended', 1)).toEqual([REVOKED]);
  });

  it('end with the sweep of their node where no hint comes, whether written down or not', async () => {
    const [mo, all] = [await member('Mo'), await member('All')];
    const [known, other] = [await open(on(two, mo)), await open(on(two, all))];
    await untilListed(mo, [idOf(known)]);
    await withoutHints(one.database.url, 2, async () => {
      const unknown = await open(on(two, mo));
      for (const client of [known, unknown]) {
        expect((await mo.api.delete(sessionPath(mo, client))).status).toBe(204);
      }
      expect((await all.api.delete(pathOf(all))).status).toBe(204);
      const asked = performance.now();
      for (const client of [known, unknown, other]) expect(await client.until('session:ended', 1)).toEqual([REVOKED]);
      expect(performance.now() - asked).toBeLessThan(5_000);
    });
  });

  it('are nobody else’s: what is not theirs is answered as what is not there', async () => {
    const [mo, stranger] = [await member('Mo'), await member('Stranger')];
    const client = await open(mo.api);
    await untilListed(mo, [idOf(client)]);
    for (const person of [mo, { id: NOBODY }, { id: 'me' }]) {
      for (const call of [
        stranger.api.get(pathOf(person)),
        stranger.api.delete(pathOf(person)),
        stranger.api.delete(`${pathOf(person)}/${idOf(client)}`),
        stranger.api.delete(`${pathOf(person)}/none`),
      ]) {
        expect(await refusal(call)).toBe('404 user_not_found');
      }
    }
    for (const call of ['GET', 'DELETE']) {
      expect(await refusal(new Api(one.url).call(call, pathOf(mo)))).toBe('401 unauthenticated');
      expect(await refusal(one.admin.call(call, pathOf({ id: NOBODY })))).toBe('404 user_not_found');
      const nil = '00000000-0000-0000-0000-000000000000';
      expect(await refusal(one.admin.call(call, pathOf({ id: nil })))).toBe('404 user_not_found');
    }
    // Under the own name, it is a session that is not there.
    for (const id of [idOf(client), NO_SESSION]) {
      expect((await stranger.api.delete(`${pathOf(stranger)}/${id}`)).status).toBe(204);
    }
    await sweep(one);
    expect((await client.send('I stay')).ok).toBe(true);
    expect(await listOf(stranger)).toEqual([]);
  });

  it('are ended by their whole id alone', async () => {
    const mo = await member('Mo');
    const client = await open(mo.api);
    for (const id of [NOBODY, idOf(client).slice(1), `${idOf(client)}A`, 'undefined']) {
      expect(await refusal(mo.api.delete(`${pathOf(mo)}/${id}`))).toBe('400 validation_failed');
    }
    expect(await refusal(mo.api.delete(`${pathOf(mo)}/`))).toBe('404 not_found');
    expect((await client.send('I stay')).ok).toBe(true);
  });

  it('leave the list with their node: at once where it stops, after its lease where it is killed', async () => {
    const mo = await member('Mo');
    const stopping = await startTestApp({}, one);
    const killed = await startServiceProcess({
      ...TEST_SECRETS,
      NODE_ENV: 'test',
      DATABASE_URL: one.database.url,
      DATABASE_POOL_SIZE: '4',
    });
    await open(on(stopping, mo));
    const last = await open(on(killed, mo));
    await untilListed(mo, clients.map(idOf));
    await stopping.close();
    expect((await listOf(mo)).map(({ id }) => id)).toEqual([idOf(last)]);
    await killed.kill();
    const killedAt = Date.now();
    await untilListed(mo, []);
    // Ten seconds of lease, and the delays of a busy machine.
    expect(Date.now() - killedAt).toBeLessThan(30_000);

    const left = () => sql('SELECT id FROM sessions WHERE user_id = $1', [mo.id]);
    expect(await left()).toEqual([{ id: idOf(last) }]);
    await sql(`UPDATE sessions SET expires_at = now() - interval '1 hour' WHERE id = $1`, [idOf(last)]);
    await one.app.get(SessionStore, { strict: false }).sweep();
    expect(await left()).toEqual([]);
  });

  it('cost nothing to open and to close: what has changed is written together', async () => {
    const mo = await member('Mo');
    const began = performance.now();
    const log = listenToStatements(one.app, EVERYTHING);
    const opened = await Promise.all(Array.from({ length: 30 }, () => open(mo.api)));
    await untilListed(mo, opened.map(idOf), on(two, mo));
    for (const client of opened) client.close();
    await untilListed(mo, [], on(two, mo));
    log.stop();
    const seconds = (performance.now() - began) / 1_000;
    const writes = log.names.filter((name) => name === 'session_write');
    expect(writes.length).toBeGreaterThan(0);
    // One in a second, and one before a sweep asks for what is to be ended: every three seconds, and when rights have
    // changed, as those of a new member have just now.
    expect(writes.length).toBeLessThanOrEqual(2 + 3 + seconds * (1 + 1 / 3));
    const others = new Set(log.names.filter((name) => name.startsWith('session_') && name !== 'session_write'));
    // Of timers.
    for (const name of others) expect(['session_sweep', 'session_to_end']).toContain(name);
  });
});
