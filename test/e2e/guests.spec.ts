import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type MessageBody, type WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('guests, who share one id', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  beforeAll(async () => {
    service = await startTestApp();
    workspace = await service.admin.workspace({ visibility: 'public' });
  });
  afterAll(() => service.close());

  it('repeat themselves without effect, and do not swallow each other’s messages', async () => {
    const guest = new Api(service.url);
    const send = async (message: string) =>
      (await guest.post<MessageBody>(`/v1/spaces/${workspace.id}/chat`, { message, clientMessageId: 'c-1' })).body;
    const [first, again, other] = [await send('one'), await send('one'), await send('two')];
    expect(again.id).toBe(first.id);
    expect(other).toMatchObject({ seq: 2, text: 'two' });
    const { body } = await service.admin.get<{ items: MessageBody[] }>(`/v1/spaces/${workspace.id}/chat`);
    expect(body.items.map(({ text }) => text)).toEqual(['one', 'two']);
  });
});
