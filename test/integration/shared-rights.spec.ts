import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GUEST_ID, NO_CREDENTIAL } from '../../src/auth/principal.js';
import { Sessions } from '../../src/chat/socket/sessions.js';
import { WorkspaceAccesses } from '../../src/workspace/workspace-access.js';
import type { Api, WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/*
 * Sessions with the same rights share one object, and those of one chat one record of it. What is shared must be the same
 * for all of them, and nobody may lose or keep a right because of another.
 */
interface Member {
  readonly name: string;
  readonly workspaceId: string;
  readonly id: string;
  readonly api: Api;
}

describe('what sessions share', () => {
  let service: TestApp;
  let accesses: WorkspaceAccesses;
  beforeAll(async () => {
    service = await startTestApp();
    accesses = service.app.get(WorkspaceAccesses, { strict: false });
  });
  afterAll(() => service.close());

  async function join(workspace: WorkspaceBody, name: string, rights: object): Promise<Member> {
    const { id, api } = await service.admin.user(name, ['pii:rehydrate']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${id}`, rights);
    return { name, workspaceId: workspace.id, id, api };
  }

  const mute = (workspace: WorkspaceBody, { id }: { readonly id: string }) =>
    service.admin.put(`/v1/workspaces/${workspace.id}/mutes/${id}`, {});

  /** As the sweep over all live sessions does. */
  const rightsOf = (members: readonly { readonly workspaceId: string; readonly id: string }[]) =>
    accesses.findMany(
      members.map(({ workspaceId, id: userId }) => ({ workspaceId, userId, credentialId: NO_CREDENTIAL, issuedAt: 0 })),
    );

  /** Rights of everybody who is connected, evaluated anew in one go. */
  async function sweep(): Promise<void> {
    const sessions = service.app.get(Sessions, { strict: false });
    await sessions.reevaluate([...sessions.live]);
  }

  it('is one object of rights for those who have the very same ones, and for nobody else', async () => {
    const [one, two] = [
      await service.admin.workspace({ visibility: 'public' }),
      await service.admin.workspace({ visibility: 'public' }),
    ];
    await service.admin.patch(`/v1/workspaces/${two.id}`, { piiPolicy: { mode: 'off' } });
    const people: Member[] = [];
    for (const workspace of [one, two]) {
      for (const role of ['owner', 'admin', 'member', 'reader']) {
        for (const piiAccess of [false, true]) {
          // Owners cannot be muted.
          for (const silenced of role === 'owner' ? [false] : [false, true]) {
            for (const twin of [1, 2]) {
              const name = [workspace.id, role, piiAccess, silenced].join();
              const person = await join(workspace, `${role} ${twin}`, { role, piiAccess });
              if (silenced) await mute(workspace, person);
              people.push({ ...person, name });
            }
          }
        }
      }
      people.push({ name: `${workspace.id},guest`, workspaceId: workspace.id, id: GUEST_ID, api: service.admin });
    }
    const together = await rightsOf(people);
    const alone = await Promise.all(people.map(async (person) => (await rightsOf([person]))[0]));
    expect(together).toEqual(alone);
    const holders = new Map<unknown, Set<string>>();
    for (const [index, access] of together.entries()) {
      expect(access).toBeDefined();
      holders.set(access, (holders.get(access) ?? new Set()).add(people[index]?.name ?? ''));
    }
    expect([...holders.values()].map((names) => names.size)).toEqual(Array(holders.size).fill(1));
    expect(holders.size).toBe(new Set(people.map(({ name }) => name)).size);
  }, 60_000);

  it.each<[string, object | undefined]>([
    ['the role', { role: 'reader' }],
    ['the voice', undefined],
  ])('lets nobody lose %s of another, nor keep it', async (_, rights) => {
    const workspace = await service.admin.workspace();
    const [ada, bob] = [
      await join(workspace, 'Ada', { role: 'member' }),
      await join(workspace, 'Bob', { role: 'member' }),
    ];
    const [hers, his] = [
      await ChatClient.open(ada.api, workspace.defaultChatId),
      await ChatClient.open(bob.api, workspace.defaultChatId),
    ];
    await sweep();
    expect([(await hers.send('one')).ok, (await his.send('two')).ok]).toEqual([true, true]);
    if (rights) await service.admin.put(`/v1/workspaces/${workspace.id}/members/${ada.id}`, rights);
    else await mute(workspace, ada);
    await sweep();
    expect([(await hers.send('three')).error?.code, (await his.send('four')).ok]).toEqual(['forbidden', true]);
    for (const client of [hers, his]) client.close();
  });

  it('lets nobody lose the sight of originals with another, nor keep it', async () => {
    const workspace = await service.admin.workspace();
    const [ada, bob] = [
      await join(workspace, 'Ada', { role: 'member', piiAccess: true }),
      await join(workspace, 'Bob', { role: 'member', piiAccess: true }),
    ];
    const [hers, his] = [
      await ChatClient.open(ada.api, workspace.defaultChatId),
      await ChatClient.open(bob.api, workspace.defaultChatId),
    ];
    await sweep();
    const asked = async (client: ChatClient) => {
      const ack = await client.emit('history:get', { chatHistoryPiiMapping: 'vault' });
      return ack.error?.code ?? 'shown';
    };
    expect([await asked(hers), await asked(his)]).toEqual(['shown', 'shown']);
    await service.admin.put(`/v1/workspaces/${workspace.id}/members/${ada.id}`, { role: 'member', piiAccess: false });
    await sweep();
    expect([await asked(hers), await asked(his)]).toEqual(['pii_access_required', 'shown']);
    for (const client of [hers, his]) client.close();
  });

  it('is of a chat what does not move: each reader hears of the present title and sequence', async () => {
    const workspace = await service.admin.workspace();
    const chat = `/v1/chat/${workspace.defaultChatId}`;
    const first = await ChatClient.open(service.admin, workspace.defaultChatId);
    await first.send('one');
    await first.until('message:created', 1);
    await service.admin.patch(chat, { title: 'Returns' });
    const second = await ChatClient.open(service.admin, workspace.defaultChatId);
    expect([first.session?.seq, second.session?.seq]).toEqual([0, 1]);
    expect(second.session?.chat.title).toBe('Returns');
    const { live } = service.app.get(Sessions, { strict: false });
    const records = [...live.values()]
      .map(({ chat }) => chat)
      .filter(({ chatId }) => chatId === workspace.defaultChatId);
    expect(records).toHaveLength(2);
    for (const record of records) expect(Object.keys(record).toSorted()).toEqual(['chatId', 'title', 'workspaceId']);
    for (const client of [first, second]) client.close();
  });
});
