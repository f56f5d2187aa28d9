import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, ProblemBody, WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface PlaceholderList {
  readonly items: readonly { readonly placeholder: string; readonly count: number; readonly revealable: boolean }[];
  readonly nextCursor: string | null;
}

describe('the placeholders of a chat', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  let entitled: { id: string; api: Api };
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
    expect(first.text + second.text).not.toMatch(/example\.org|4111/i);
  });

  it('are revealed one by one to those entitled, as first spelt', async () => {
    const body = { placeholders: ['<EMAIL_ADDRESS_1>', '<EMAIL_ADDRESS_9>'] };
    const refused = await service.admin.post<ProblemBody>(`${path()}/reveal`, body);
    expect([refused.status, refused.body.code]).toEqual([403, 'pii_access_required']);
    const revealed = await entitled.api.post<{ values: object }>(`${path()}/reveal`, body);
    expect(revealed.body.values).toEqual({ '<EMAIL_ADDRESS_1>': 'ada@example.org' });
    expect(revealed.headers.get('cache-control')).toBe('no-store');
  });

  it.each([[{}], [{ placeholders: [] }], [{ placeholders: ['x'] }], [{ placeholders: '<PERSON_1>' }]])(
    'refuse %j',
    async (body) => {
      const { status } = await entitled.api.post(`${path()}/reveal`, body);
      expect(status).toBe(400);
    },
  );
});
