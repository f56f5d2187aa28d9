import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Api, type PageBody, type ProblemBody, refusal, type WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface PlaceholderList {
  readonly items: readonly { readonly placeholder: string; readonly count: number; readonly revealable: boolean }[];
  readonly nextCursor: string | null;
}

describe('the placeholders of a chat', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  let entitled: { id: string; api: Api; keyId: string };
  const path = () => `/v1/chat/${workspace.defaultChatId}/pii`;

  beforeAll(async () => {
    service = await startTestApp();
    workspace = await service.admin.workspace();
    entitled = await service.admin.user('Officer', ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${entitled.id}`, {
      role: 'member',
      piiAccess: true,
    });
    const send = (message: string) => service.admin.post(`/v1/spaces/${workspace.id}/chat`, { message });
    await send('ada@example.org wrote to bob@example.org');
    await send('Ada@Example.org again, with card 4111 1111 1111 1111');
  });
  afterAll(() => service.close());

  it('are listed by type and number with their use, never with a value', async () => {
    const first = await service.admin.get<PlaceholderList>(`${path()}?limit=2`);
    expect(first.body.items).toEqual([
      expect.objectContaining({ placeholder: '<CREDIT_CARD_1>', type: 'CREDIT_CARD', count: 1, revealable: true }),
      expect.objectContaining({ placeholder: '<EMAIL_ADDRESS_1>', count: 2 }),
    ]);
    const second = await service.admin.get<PlaceholderList>(`${path()}?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body.items.map(({ placeholder }) => placeholder)).toEqual(['<EMAIL_ADDRESS_2>']);
    expect(second.body.nextCursor).toBeNull();
    expect(first.text + second.text).not.toMatch(/example\.org|4111 ?1111/i);
  });

  it('are revealed one by one to those entitled, as first spelt', async () => {
    const body = { placeholders: ['<EMAIL_ADDRESS_1>', '<EMAIL_ADDRESS_9>'] };
    const refused = await service.admin.post<ProblemBody>(`${path()}/reveal`, body);
    expect([refused.status, refused.body.code]).toEqual([403, 'pii_access_required']);
    const revealed = await entitled.api.post<{ values: object }>(`${path()}/reveal`, body);
    expect(revealed.body.values).toEqual({ '<EMAIL_ADDRESS_1>': 'ada@example.org' });
    expect(revealed.headers.get('cache-control')).toBe('no-store');
  });

  it('are revealed for a minute: the answer says until when, and no cache keeps it', async () => {
    const asked = Date.now();
    const { body, headers } = await entitled.api.post<{ expiresAt: string }>(`${path()}/reveal`, {
      placeholders: ['<EMAIL_ADDRESS_2>'],
    });
    const answered = Date.now();
    expect(Date.parse(body.expiresAt)).toBeGreaterThanOrEqual(asked + 60_000);
    expect(Date.parse(body.expiresAt)).toBeLessThanOrEqual(answered + 60_000);
    expect([headers.get('cache-control'), headers.get('etag')]).toEqual(['no-store', null]);
    expect(headers.get('vary')).toMatch(/X-API-Key, Authorization$/);
  });

  it('are revealed to nobody whose right has ended since', async () => {
    const member = await service.admin.user('Temp', ['pii:rehydrate']);
    const membership = `/v1/workspaces/${workspace.id}/members/${member.id}`;
    const reveal = () => member.api.post(`${path()}/reveal`, { placeholders: ['<EMAIL_ADDRESS_1>'] });
    await service.admin.put(membership, { role: 'member', piiAccess: true });
    expect((await reveal()).status).toBe(200);
    await service.admin.put(membership, { role: 'member', piiAccess: false });
    expect(await refusal(reveal())).toBe('403 pii_access_required');
    await service.admin.delete(membership);
    expect(await refusal(reveal())).toBe('404 chat_not_found');
  });

  it('are revealed, and refused, on record: who, where, how many of which type, and why', async () => {
    const ask = (api: Api) =>
      api.post(
        `${path()}/reveal`,
        { placeholders: ['<CREDIT_CARD_1>', '<EMAIL_ADDRESS_1>', '<EMAIL_ADDRESS_2>'] },
        { 'X-Access-Reason': 'for zoe@example.org' },
      );
    expect(await refusal(ask(service.admin))).toBe('403 pii_access_required');
    expect((await ask(entitled.api)).status).toBe(200);
    const { body } = await service.admin.get<PageBody<object>>(`/v1/workspaces/${workspace.id}/audit?limit=2`);
    const chatId = workspace.defaultChatId;
    const reason = 'for <EMAIL_ADDRESS_1>';
    const counts = { CREDIT_CARD: 1, EMAIL_ADDRESS: 2 };
    expect(body.items).toMatchObject([
      { action: 'reveal', actorId: entitled.id, credentialId: entitled.keyId, chatId, counts, reason },
      { action: 'reveal_refused', chatId, counts: {}, reason },
    ]);
  });

  it.each([[{}], [{ placeholders: [] }], [{ placeholders: ['x'] }], [{ placeholders: '<PERSON_1>' }]])(
    'refuse %j',
    async (body) => {
      const { status } = await entitled.api.post(`${path()}/reveal`, body);
      expect(status).toBe(400);
    },
  );
});
