import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, MessageBody, ProblemBody, WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Line = Partial<MessageBody> & { readonly cursor?: string | null };

const linesOf = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

describe('the export of a workspace', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  let officer: { id: string; api: Api };
  const path = (query = '') => `/v1/workspaces/${workspace.id}/export${query}`;

  beforeAll(async () => {
    service = await startTestApp();
    workspace = await service.admin.workspace();
    officer = await service.admin.user('Officer', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${officer.id}`, { role: 'admin', piiAccess: true });
    const second = await service.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id });
    const send = (chatId: string, message: string) => service.admin.post(`/v1/chat/${chatId}/messages`, { message });
    // More than a page, so that the export has to go on behind a cursor.
    for (let sent = 0; sent < 520; sent += 40) {
      await Promise.all(Array.from({ length: 40 }, (_, n) => send(workspace.defaultChatId, `message ${sent + n}`)));
    }
    await send(second.body.id, 'write to ada@example.org');
    await send(second.body.id, 'or call +49 151 23456789');
  });
  afterAll(() => service.close());

  it('has every message once, masked, and says where a cut export goes on', async () => {
    const { text, headers } = await service.admin.get(path());
    expect(headers.get('content-type')).toContain('application/x-ndjson');
    const lines = linesOf(text);
    const ids = lines.flatMap(({ id }) => id ?? []);
    expect([ids.length, new Set(ids).size]).toEqual([522, 522]);
    expect(text).not.toMatch(/example\.org|23456789/);
    expect(lines.at(-1)).toEqual({ cursor: null });

    const cut = lines.findIndex(({ cursor }) => cursor !== undefined);
    const rest = linesOf((await service.admin.get(path(`?cursor=${lines[cut]?.cursor}`))).text);
    expect(rest).toEqual(lines.slice(cut + 1));
  });

  it('holds originals for those entitled alone, and leaves its trace', async () => {
    const refused = await service.admin.get<ProblemBody>(path('?rehydrate=true'));
    expect([refused.status, refused.body.code]).toEqual([403, 'pii_access_required']);
    const { text } = await officer.api.get(path('?rehydrate=true'));
    expect(linesOf(text).flatMap(({ message }) => message ?? [])).toEqual(
      expect.arrayContaining(['write to ada@example.org', 'or call +49 151 23456789']),
    );
    const audit = await service.admin.get<{ items: { action: string; counts: object }[] }>(
      `/v1/workspaces/${workspace.id}/audit`,
    );
    expect(audit.body.items.slice(0, 3).map(({ action, counts }) => [action, counts])).toEqual([
      ['export', { EMAIL_ADDRESS: 1, PHONE_NUMBER: 1 }],
      ['export', {}],
      ['export_refused', {}],
    ]);
  });

  it('can be made for one person by their value', async () => {
    const body = { type: 'EMAIL_ADDRESS', value: 'Ada@Example.org' };
    expect((await service.admin.post(path(), body)).status).toBe(403);
    const lines = linesOf((await officer.api.post(path(), body)).text);
    expect(lines.map(({ message }) => message)).toEqual(['write to Ada@Example.org', undefined]);
  });

  it('puts originals back into earlier texts too', async () => {
    const chat = await service.admin.post<{ id: string }>('/v1/chat', { workspaceId: workspace.id });
    const messages = `/v1/chat/${chat.body.id}/messages`;
    const { id } = (await service.admin.post<MessageBody>(messages, { message: 'say "hi" to bo@example.org' })).body;
    await service.admin.patch(`${messages}/${id}`, { message: 'to nobody' });
    const shown = {
      id,
      message: 'to nobody',
      edits: [{ text: 'say "hi" to <EMAIL_ADDRESS_1>', message: 'say "hi" to bo@example.org', replacedSeq: 2 }],
    };
    const all = linesOf((await officer.api.get(path('?rehydrate=true'))).text);
    expect(all.find((line) => line.id === id)).toMatchObject(shown);
    const body = { type: 'EMAIL_ADDRESS', value: 'bo@example.org' };
    expect(linesOf((await officer.api.post(path(), body)).text)[0]).toMatchObject(shown);
  });

  it('is not for others, and whoever of the workspace tries is on record', async () => {
    const member = await service.admin.user('Member', ['pii:rehydrate']);
    expect((await member.api.get(path())).status).toBe(404);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${member.id}`, { role: 'member', piiAccess: true });
    const body = { type: 'EMAIL_ADDRESS', value: 'ada@example.org' };
    const refused = [
      await member.api.get(path()),
      await member.api.get(path('?rehydrate=true')),
      await member.api.post(path(), body),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
    const audit = await service.admin.get<{ items: { action: string; actorId: string }[] }>(
      `/v1/workspaces/${workspace.id}/audit?limit=3`,
    );
    const entry = { action: 'export_refused', actorId: member.id };
    expect(audit.body.items).toEqual([1, 2, 3].map(() => expect.objectContaining(entry)));
    expect((await service.admin.get(path('?cursor=eA'))).status).toBe(400);
  });
});
