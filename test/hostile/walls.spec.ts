import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { Api, type Answer, type MessageBody, type ProblemBody } from '../support/api.js';
import { S3Server, uploadFile } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { Documented, type Ids, type OpenApi, type Operation, pathOf, queryOf } from './documented.js';
import { BODIES, OPEN, STANDINGS, type Standing, WALLS } from './walls.js';

jest.setTimeout(120_000);

/** What the service answers at /docs/json; e2e/documents.spec.ts holds the two together. */
const documented = new Documented(JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as OpenApi);
const WALLED = documented.operations.filter(({ name }) => !OPEN.has(name));
const named = (operations: readonly Operation[]) => operations.map((operation) => [operation.name, operation] as const);

/** A workspace, everybody who could call, and one of everything that a path may name. */
interface Estate {
  readonly ids: Ids;
  readonly callers: Readonly<Record<Standing, Api>>;
}

describe('the walls between tenants', () => {
  let store: S3Server;
  let service: TestApp;
  let people: Readonly<Record<'foreign' | 'reader' | 'member' | 'admin' | 'owner' | 'revoked' | 'expired', Person>>;
  let estate: Estate;

  interface Person {
    readonly id: string;
    readonly api: Api;
    readonly keyId: string;
  }

  beforeAll(async () => {
    store = await S3Server.start();
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '100000', ...store.env });
    const names = ['foreign', 'reader', 'member', 'admin', 'owner', 'revoked', 'expired'] as const;
    const made = await Promise.all(names.map(async (name) => [name, await service.admin.user(name)] as const));
    people = Object.fromEntries(made) as unknown as typeof people;
    await service.admin.delete(`/v1/api-keys/${people.revoked.keyId}`);
    const sql = new Client({ connectionString: service.database.url });
    await sql.connect();
    await sql.query(`UPDATE api_keys SET expires_at = now() - interval '1 minute' WHERE id = $1`, [
      people.expired.keyId,
    ]);
    await sql.end();
    estate = await build();
  });
  afterAll(async () => {
    await service.close();
    await store.close();
  });

  async function build(): Promise<Estate> {
    const { owner } = people;
    const workspace = await owner.api.workspace();
    const open = await owner.api.workspace({ visibility: 'public' });
    for (const name of ['reader', 'member', 'admin', 'revoked', 'expired'] as const) {
      const role = name === 'reader' || name === 'admin' ? name : 'member';
      await owner.api.put(`/v1/workspaces/${workspace.id}/members/${people[name].id}`, { role });
    }
    const spare = await service.admin.user('Spare');
    await owner.api.put(`/v1/workspaces/${workspace.id}/members/${spare.id}`, { role: 'reader' });
    // The default chat cannot be deleted.
    const chatId = (await owner.api.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id })).body.id;
    const message = await people.member.api.post<MessageBody>(`/v1/chat/${chatId}/messages`, { message: 'inside' });
    const attachmentId = await uploadFile(people.member.api, chatId, message.body.id);
    await people.member.api.put(`/v1/chat/${chatId}/messages/${message.body.id}/attachments/${attachmentId}`, {});
    await owner.api.put(`/v1/workspaces/${workspace.id}/patterns/${BODIES.patternType}`, BODIES.pattern);
    const erasure = await owner.api.post<{ id: string }>(`/v1/workspaces/${workspace.id}/erasures`, {
      userId: spare.id,
    });
    // To another workspace: whoever accepts must be a stranger to this one all the same.
    const club = await owner.api.workspace();
    const invited = { role: 'reader', maxUses: 1_000 };
    const invitation = await owner.api.post<{ id: string; token: string }>(
      `/v1/workspaces/${club.id}/invitations`,
      invited,
    );
    const openIds = { workspaceId: open.id, spaceId: open.id, chatId: open.defaultChatId };
    const ids = {
      workspaceId: workspace.id,
      spaceId: workspace.id,
      chatId,
      messageId: message.body.id,
      attachmentId,
      userId: spare.id,
      keyId: spare.keyId,
      sessionId: 'AAECAwQFBgcICQoLDA0ODw',
      erasureId: erasure.body?.id ?? randomUUID(),
      invitationId: invitation.body.id,
      invitationToken: invitation.body.token,
      reaction: '👍',
      type: BODIES.patternType,
      kid: 'current',
      ...Object.fromEntries(Object.entries(openIds).map(([name, id]) => [`open ${name}`, id])),
    };
    const nobody = new Api(service.url);
    return {
      ids,
      callers: {
        none: nobody,
        guest: nobody,
        foreign: people.foreign.api,
        reader: people.reader.api,
        member: people.member.api,
        admin: people.admin.api,
        owner: people.owner.api,
        revoked: people.revoked.api,
        expired: people.expired.api,
      },
    };
  }

  const idsFor = (ids: Ids, standing: Standing): Ids =>
    standing === 'guest'
      ? {
          ...ids,
          ...Object.fromEntries(['workspaceId', 'spaceId', 'chatId'].map((name) => [name, ids[`open ${name}`] ?? ''])),
        }
      : ids;

  async function call(operation: Operation, api: Api, ids: Ids): Promise<Answer<unknown>> {
    const { name, method, template, body } = operation;
    const given = body && (BODIES.bodies[name]?.(ids) ?? documented.sampleOf(operation, ids));
    return api.call(method, pathOf(template, ids) + queryOf(operation, ids), given);
  }

  it('are told of in the table for every documented route, and for no other', () => {
    expect(Object.keys(WALLS).toSorted()).toEqual(WALLED.map(({ name }) => name).toSorted());
  });

  it.each(named(WALLED))('stand as the table says: %s', async (name, operation) => {
    const statuses: number[] = [];
    for (const [index, standing] of STANDINGS.entries()) {
      // Who may take something away takes it from an estate of its own.
      const takes = operation.method === 'DELETE' && Number(WALLS[name]?.split(' ')[index]) < 300;
      const { callers, ids } = takes ? await build() : estate;
      statuses.push((await call(operation, callers[standing], idsFor(ids, standing))).status);
    }
    expect(statuses.join(' ')).toBe(WALLS[name]);
  });

  const byPath = WALLED.filter(({ parameters }) => parameters.some(({ in: place }) => place === 'path'));

  it.each(named(byPath))(
    'look the same from outside, whether there is something behind them or not: %s',
    async (_, operation) => {
      const nowhere = Object.fromEntries(
        Object.entries(estate.ids).map(([name, id]) => [name, name === 'reaction' || name === 'type' ? id : uuidv7()]),
      );
      for (const standing of ['none', 'foreign', 'revoked'] as const) {
        const there = await call(operation, estate.callers[standing], estate.ids);
        const gone = await call(operation, estate.callers[standing], nowhere);
        expect([standing, tellable(gone)]).toEqual([standing, tellable(there)]);
      }
    },
  );
});

/** Everything of an answer by which two could be told apart, but for what differs between any two. */
function tellable({ status, headers, body }: Answer<unknown>): string {
  const { requestId: _, instance: __, ...rest } = (body ?? {}) as ProblemBody & { readonly instance?: string };
  const own = ['date', 'x-request-id', 'content-length'];
  const names = [...headers].filter(([name]) => !own.includes(name) && !/ratelimit/.test(name));
  return JSON.stringify([status, rest, names]);
}
