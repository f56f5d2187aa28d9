import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { Api, type MessageBody, refusal, type WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

interface PatternBody {
  readonly type: string;
  readonly expression: string;
  readonly context: readonly string[];
  readonly score: number;
}

const CASE = 'CASE_ID';
const TEXT = 'see AB-4711X now';
const MASKED = 'see <CASE_ID_1> now';
const EXPRESSION = 'AB-[0-9]{4}X';
/** Longer than any change may take to arrive: three seconds to the sweep of the other node, and a busy machine. */
const PATIENCE_MS = 20_000;

describe('patterns of a workspace', () => {
  let one: TestApp;
  let two: TestApp;
  let admin: Api;
  let elsewhere: Api;
  let database: Pool;
  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({}, one);
    ({ admin } = one);
    elsewhere = new Api(two.url, one.adminKey);
    database = new Pool({ connectionString: one.database.url, max: 1 });
  });
  afterAll(async () => {
    await database.end();
    await two.close();
    await one.close();
  });

  const path = (workspace: WorkspaceBody, type = '') => `/v1/workspaces/${workspace.id}/patterns${type && `/${type}`}`;
  const put = (workspace: WorkspaceBody, body: unknown = { expression: EXPRESSION }, type = CASE, as = admin) =>
    as.put<PatternBody>(path(workspace, type), body);
  const send = async (workspace: WorkspaceBody, message: string, headers: Record<string, string> = {}, as = admin) =>
    (await as.post<MessageBody>(`/v1/spaces/${workspace.id}/chat`, { message }, headers)).body.text;

  it('hold for the next message of every sender, on every node, and end with their removal', async () => {
    const workspace = await admin.workspace();
    expect(await send(workspace, TEXT)).toBe(TEXT);
    const { status, body } = await put(workspace);
    expect([status, body]).toEqual([
      200,
      { type: CASE, expression: EXPRESSION, context: [], score: 0.85, usable: true, updatedAt: expect.any(String) },
    ]);
    expect(await send(workspace, TEXT)).toBe(MASKED);
    expect(await send(workspace, TEXT, {}, elsewhere)).toBe(MASKED);
    expect(await send(await admin.workspace(), TEXT)).toBe(TEXT);

    await put(workspace, { expression: 'see', score: 1 });
    expect(await send(workspace, TEXT, {}, elsewhere)).toBe('<CASE_ID_2> AB-4711X now');
    expect((await elsewhere.delete(path(workspace, CASE))).status).toBe(204);
    expect(await send(workspace, TEXT)).toBe(TEXT);
    expect((await admin.get(path(workspace))).body).toEqual({ items: [] });
  });

  it('reach sessions that are open already, also those of other nodes', async () => {
    const workspace = await admin.workspace();
    const clients = await Promise.all([admin, elsewhere].map((api) => ChatClient.open(api, workspace.defaultChatId)));
    await put(workspace);
    for (const client of clients) {
      const end = performance.now() + PATIENCE_MS;
      let text = TEXT;
      while (text !== MASKED && performance.now() < end) {
        text = ((await client.send(TEXT)).data as MessageBody).text;
      }
      expect(text).toBe(MASKED);
      client.close();
    }
  });

  it('count in titles, in previews, and as types that a call may name', async () => {
    const workspace = await admin.workspace();
    const detect = (chatId?: string, types = [CASE]) =>
      admin.post<{ redactedText: string }>('/v1/pii/detect', { text: `${TEXT} ada@example.org`, types, chatId });
    const auto = { 'X-Auto-Pii-Mapping': CASE };
    const sending = () => admin.post(`/v1/spaces/${workspace.id}/chat`, { message: TEXT }, auto);
    expect(await refusal(sending())).toBe('400 auto_pii_mapping_malformed');
    await put(workspace);
    expect(await send(workspace, `${TEXT} ada@example.org`, auto)).toBe(`${MASKED} ada@example.org`);
    expect((await detect(workspace.defaultChatId)).body.redactedText).toBe(`${MASKED} ada@example.org`);
    expect(await refusal(detect())).toBe('400 auto_pii_mapping_malformed');
    const created = await admin.post<{ title: string }>('/chat', { workspaceId: workspace.id, title: TEXT });
    expect(created.body.title).toBe(MASKED);
  });

  it('follow the policy of the workspace: types and operators', async () => {
    const workspace = await admin.workspace({
      piiPolicy: { types: ['EMAIL_ADDRESS'], operators: { [CASE]: 'redact' } },
    });
    await put(workspace);
    expect(await send(workspace, TEXT)).toBe(TEXT);
    await admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { types: 'all' } });
    expect(await send(workspace, TEXT)).toBe('see [CASE_ID] now');
  });

  it('are types that a policy may look for; one that nobody detects is refused', async () => {
    const policy = (type: string) => ({ piiPolicy: { types: ['EMAIL_ADDRESS', type] } });
    const misspelt = await admin.post('/v1/workspaces', { name: 'Desk', ...policy('EMIAL_ADDRESS') });
    expect([misspelt.status, misspelt.body]).toEqual([
      400,
      expect.objectContaining({ code: 'validation_failed', fields: ['piiPolicy'], reason: 'unknown_type' }),
    ]);
    const workspace = await admin.workspace();
    const change = (type: string) => admin.patch<WorkspaceBody>(`/v1/workspaces/${workspace.id}`, policy(type));
    expect(await refusal(change('EMIAL_ADDRESS'))).toBe('400 validation_failed');
    expect(await refusal(change(CASE))).toBe('400 validation_failed');
    await put(workspace);
    expect(await send(workspace, `${TEXT} +1 212 555 0147`)).toBe(`${MASKED} <PHONE_NUMBER_1>`);
    expect((await change(CASE)).status).toBe(200);
    expect(await send(workspace, `${TEXT} +1 212 555 0147`)).toBe(`${MASKED} +1 212 555 0147`);
    // A change that does not speak of types is no reason to look at them again.
    await admin.delete(path(workspace, CASE));
    expect((await admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { mode: 'required' } })).status).toBe(200);
  });

  it('that the engine takes no more are told of: messages go without them, and not at all where masking is required', async () => {
    const required = await admin.workspace({ piiPolicy: { mode: 'required' } });
    const auto = await admin.workspace();
    const usable = async (workspace: WorkspaceBody) => {
      const { body } = await admin.get<{ items: { type: string; usable: boolean }[] }>(path(workspace));
      return Object.fromEntries(body.items.map((item) => [item.type, item.usable]));
    };
    for (const workspace of [required, auto]) {
      await put(workspace);
      await put(workspace, { expression: 'old [0-9]{4}' }, 'OLD_ID');
      // As if another engine had taken it.
      await database.query(`UPDATE tenant_patterns SET expression = '(a)\\1' WHERE workspace_id = $1 AND type = $2`, [
        workspace.id,
        'OLD_ID',
      ]);
      await put(workspace, { expression: 'new [0-9]{4}' }, 'NEW_ID');
      expect(await usable(workspace)).toEqual({ [CASE]: true, NEW_ID: true, OLD_ID: false });
    }
    expect(await send(auto, `${TEXT}, new 1234, old 1234`)).toBe(`${MASKED}, <NEW_ID_1>, old 1234`);
    const sending = () => admin.post(`/v1/spaces/${required.id}/chat`, { message: TEXT });
    expect(await refusal(sending())).toBe('503 unavailable');
    // Nest has one logger in a process, that of the app that came last.
    expect(two.logs.join('')).toContain('patterns of a workspace cannot run');
    expect(two.logs.join('')).not.toContain('(a)');
    await put(required, { expression: 'old [0-9]{4}' }, 'OLD_ID');
    expect(await usable(required)).toEqual({ [CASE]: true, NEW_ID: true, OLD_ID: true });
    expect(await send(required, TEXT)).toBe(MASKED);
  });

  it('are for owners and admins', async () => {
    const workspace = await admin.workspace();
    const roles = ['admin', 'member', 'reader'] as const;
    const answers = await Promise.all(
      roles.map(async (role) => {
        const user = await admin.user(role);
        await admin.put(`/v1/workspaces/${workspace.id}/members/${user.id}`, { role });
        const call = (answer: Promise<{ status: number }>) => answer.then(({ status }) => status);
        return [
          await call(put(workspace, undefined, CASE, user.api)),
          await call(user.api.get(path(workspace))),
          await call(user.api.delete(path(workspace, CASE))),
        ];
      }),
    );
    expect(answers).toEqual([
      [200, 200, 204],
      [403, 403, 403],
      [403, 403, 403],
    ]);
    const stranger = (await admin.user('Stranger')).api;
    expect(await refusal(put(workspace, undefined, CASE, stranger))).toBe('404 workspace_not_found');
    expect(await refusal(admin.delete(path(workspace, 'NEVER_SAVED')))).toBe('404 not_found');
  });

  it.each<[string, unknown, string, string?]>([
    ['no expression', {}, '400 validation_failed'],
    ['a long expression', { expression: 'a'.repeat(257) }, '400 validation_failed'],
    ['a score out of range', { expression: 'a', score: 0.4 }, '400 validation_failed'],
    ['a context that is no word', { expression: 'a', context: ['two words'] }, '400 validation_failed'],
    [
      'too many words',
      { expression: 'a', context: Array.from({ length: 17 }, (_, n) => `w${n}`) },
      '400 validation_failed',
    ],
    ['an unknown member', { expression: 'a', flags: 'i' }, '400 validation_failed'],
    ['what no engine takes', { expression: '(' }, '400 pattern_refused'],
    ['what only backtracking takes', { expression: '(a)\\1' }, '400 pattern_refused'],
    ['what is too much work', { expression: '[0-9]{500}' }, '400 pattern_refused'],
    ['what finds nothing everywhere', { expression: 'a*' }, '400 pattern_refused'],
    ['personal data', { expression: 'ada@example.org' }, '400 pii_in_identifier'],
    ['a name that is no type', { expression: 'a' }, '400 validation_failed', 'case-id'],
    ['a name that is a switch', { expression: 'a' }, '400 validation_failed', 'TRUE'],
  ])('refuse %s', async (_what, body, expected, type = CASE) => {
    const workspace = await admin.workspace();
    const answer = await put(workspace, body, type);
    expect(await refusal(Promise.resolve(answer))).toBe(expected);
    expect((await admin.get(path(workspace))).body).toEqual({ items: [] });
  });

  it('are sixteen at most, also when many come at once', async () => {
    const workspace = await admin.workspace();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => put(workspace, { expression: `a${n}b` }, `TYPE_${n}`)),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 16 }, () => 200),
      ...Array.from({ length: 4 }, () => 400),
    ]);
    expect((await admin.get<{ items: unknown[] }>(path(workspace))).body.items).toHaveLength(16);
    expect((await put(workspace, { expression: 'c' }, 'TYPE_0')).status).toBe(answers[0]?.status);
  });

  it('that are too slow for a text let nothing pass where masking is required, and the rest elsewhere', async () => {
    const failures = async () =>
      Number(/detection_failures_total\{part="patterns"\} (\d+)/.exec((await admin.get('/metrics')).text)?.[1] ?? 0);
    const before = await failures();
    const slow = { expression: 'x[^y]*y|x' };
    const text = `${'x '.repeat(25_000)} ada@example.org`;
    const required = await admin.workspace({ piiPolicy: { mode: 'required' } });
    const auto = await admin.workspace();
    for (const workspace of [required, auto]) await put(workspace, slow);
    const answers = await Promise.all(
      [required, auto].map((workspace) =>
        admin.post<MessageBody>(`/v1/spaces/${workspace.id}/chat`, { message: text }),
      ),
    );
    expect(await refusal(Promise.resolve(answers[0] ?? { status: 0, body: undefined }))).toBe('503 unavailable');
    expect(answers[1]?.body.text?.endsWith('x  <EMAIL_ADDRESS_1>')).toBe(true);
    expect(await failures()).toBe(before + 2);
  });

  it('go with their workspace, whose other rows hold nothing of them', async () => {
    const workspace = await admin.workspace();
    await put(workspace);
    await admin.delete(`/v1/workspaces/${workspace.id}`);
    expect(await refusal(admin.get(path(workspace)))).toBe('404 workspace_not_found');
    const { rows } = await database.query('SELECT FROM tenant_patterns WHERE workspace_id = $1', [workspace.id]);
    expect(rows).toHaveLength(0);
  });
});
