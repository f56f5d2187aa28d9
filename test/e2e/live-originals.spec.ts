import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, MessageBody, PageBody, WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const READERS = 4;
const MESSAGES = 60;

interface Entry {
  readonly action: string;
  readonly requestId: string;
  readonly counts: Readonly<Record<string, number>>;
}

describe('live sessions that are shown originals', () => {
  let service: TestApp;
  let workspace: WorkspaceBody;
  let desk: Api;
  beforeAll(async () => {
    service = await startTestApp();
    workspace = await service.admin.workspace();
    const user = await service.admin.user('Desk', ['pii:rehydrate']);
    desk = user.api;
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${user.id}`, { role: 'member', piiAccess: true });
  });
  afterAll(() => service.close());

  async function entries(): Promise<Entry[]> {
    const all: Entry[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `/v1/workspaces/${workspace.id}/audit?limit=200${cursor && `&cursor=${cursor}`}`;
      const page: PageBody<Entry> = (await service.admin.get<PageBody<Entry>>(path)).body;
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    return all;
  }

  it('get a burst of messages in order; each session is audited for all of them, in few commits', async () => {
    const { defaultChatId } = workspace;
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => ChatClient.open(desk, defaultChatId, { rehydrate: true })),
    );
    const writer = await ChatClient.open(service.admin, defaultChatId);
    const texts = Array.from({ length: MESSAGES }, (_, n) => `parcel ${n} for person${n}@example.org`);
    const log = listenToStatements(service.app);
    const acks = await Promise.all(texts.map((text) => writer.send(text)));
    expect(acks.filter(({ ok }) => !ok)).toEqual([]);
    for (const reader of readers) {
      const seen = await reader.until<MessageBody>('message:created', MESSAGES);
      expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: MESSAGES }, (_, n) => n + 1));
      expect(seen.map(({ message }) => message)).toEqual(texts);
    }
    log.stop();
    // Alone, each reader would have a commit for each message.
    const commits = log.names.filter((name) => name === 'pii_entry_reveal').length;
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThanOrEqual(MESSAGES);

    const bySession = new Map<string, number>();
    for (const { action, requestId, counts } of await entries()) {
      expect(action).toBe('rehydrate');
      bySession.set(requestId, (bySession.get(requestId) ?? 0) + (counts['EMAIL_ADDRESS'] ?? 0));
    }
    expect([...bySession.keys()].toSorted()).toEqual(readers.map(({ session }) => session?.sessionId ?? '').toSorted());
    expect([...bySession.values()]).toEqual(Array(READERS).fill(MESSAGES));
    for (const client of [...readers, writer]) client.close();
  });
});
