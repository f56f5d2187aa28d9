import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { type Answer, Api, type MessageBody, type PageBody, refusal, type WorkspaceBody } from '../support/api.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

type Headers = Record<string, string>;

interface Detected {
  readonly redactedText: string;
  readonly mapping: Readonly<Record<string, string>>;
  readonly positions: MessageBody['positions'];
}

const EMAIL = 'ada@example.org';
const CARD = '4111 1111 1111 1111';
const VAULT: Headers = { 'X-Chat-History-Pii-Mapping': 'vault' };

const run = (command: string, args: readonly string[]) =>
  new Promise<string>((resolve, reject) => {
    execFile(command, args, { timeout: 20_000 }, (error, stdout) =>
      error ? reject(new Error(`${command} failed`)) : resolve(stdout),
    );
  });

const has = (command: string, args: readonly string[]) =>
  run(command, args).then(
    () => true,
    () => false,
  );

describe('PII policy, vault and history', () => {
  let service: TestApp;
  let admin: Api;
  let adminId: string;
  /** The same user through a key with the scope. */
  let scoped: Api;
  let database: Pool;
  beforeAll(async () => {
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '10000' });
    ({ admin } = service);
    adminId = (await admin.get<{ id: string }>('/users/me')).body.id;
    const scopes = ['pii:rehydrate'];
    const key = (await admin.post<{ key: string }>(`/users/${adminId}/api-keys`, { name: 'x', scopes })).body.key;
    scoped = new Api(service.url, key);
    database = new Pool({ connectionString: service.database.url, max: 1 });
  });
  afterAll(async () => {
    await database.end();
    await service.close();
  });

  const space = (piiPolicy: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) =>
    admin.workspace({ piiPolicy, ...settings });
  const setPolicy = (id: string, piiPolicy: Record<string, unknown>) =>
    admin.patch(`/v1/workspaces/${id}`, { piiPolicy });
  const grant = (id: string, piiAccess: boolean) =>
    admin.put(`/v1/workspaces/${id}/members/${adminId}`, { role: 'owner', piiAccess });
  const send = (workspace: WorkspaceBody, message: string, headers: Headers = {}, as = admin) =>
    as.post<MessageBody>(`/v1/spaces/${workspace.id}/chat`, { message }, headers);
  const text = async (workspace: WorkspaceBody, message: string, headers: Headers = {}) =>
    (await send(workspace, message, headers)).body.text;
  const history = (workspace: WorkspaceBody, headers: Headers = {}, as = scoped) =>
    as.get<PageBody<MessageBody>>(`/v1/spaces/${workspace.id}/chat`, headers);
  const messages = async (workspace: WorkspaceBody, headers: Headers = {}) =>
    (await history(workspace, headers)).body.items.map(({ message }) => message);
  const sealed = async ({ id }: WorkspaceBody) => {
    const { rows } = await database.query<{ all: number; sealed: number }>(
      'SELECT count(*)::int AS all, count(sealed_value)::int AS sealed FROM pii_entries WHERE workspace_id = $1',
      [id],
    );
    return rows[0];
  };
  const audited = async ({ id }: WorkspaceBody, action: string) =>
    (await database.query('SELECT counts FROM audit WHERE workspace_id = $1 AND action = $2', [id, action])).rows;

  const detect = (body: Record<string, unknown>, as = admin) => as.post<Detected>('/pii/detect', body);
  const rehydrate = (body: Record<string, unknown>, as = scoped) => as.post<{ text: string }>('/pii/rehydrate', body);

  it('has a retention that null ends, and nothing else that could be null', async () => {
    const workspace = await space({ retentionDays: 30, accessReason: 'required' });
    const changed = (await setPolicy(workspace.id, { retentionDays: null })) as Answer<{ piiPolicy: object }>;
    const policy = { mode: 'auto', vault: true, types: 'all', operators: {}, accessReason: 'required' };
    expect([changed.status, changed.body.piiPolicy]).toEqual([200, policy]);
    for (const name of Object.keys(policy)) {
      expect(await refusal(setPolicy(workspace.id, { [name]: null }))).toBe('400 validation_failed');
    }
  });

  describe('mode', () => {
    it('off detects only where a call asks', async () => {
      const workspace = await space({ mode: 'off' });
      expect(await text(workspace, EMAIL)).toBe(EMAIL);
      expect(await text(workspace, EMAIL, { 'X-Auto-Pii-Mapping': 'true' })).toBe('<EMAIL_ADDRESS_1>');
      expect(await text(workspace, `${EMAIL} ${CARD}`, { 'X-Auto-Pii-Mapping': 'CREDIT_CARD' })).toBe(
        `${EMAIL} <CREDIT_CARD_1>`,
      );
      // What the caller says itself always holds.
      expect(await text(workspace, 'Ada', { 'X-Pii-Mapping': '{"<PERSON_1>":"Ada"}' })).toBe('<PERSON_1>');
    });

    it('auto detects unless a call declines', async () => {
      const workspace = await space({ mode: 'auto', types: ['CREDIT_CARD'] });
      expect(await text(workspace, `${EMAIL} ${CARD}`)).toBe(`${EMAIL} <CREDIT_CARD_1>`);
      expect(await text(workspace, CARD, { 'X-Auto-Pii-Mapping': 'false' })).toBe(CARD);
      expect(await text(workspace, `${EMAIL} ${CARD}`, { 'X-Auto-Pii-Mapping': 'EMAIL_ADDRESS' })).toBe(
        `<EMAIL_ADDRESS_1> ${CARD}`,
      );
    });

    it('required detects always, and a call can only add to it', async () => {
      const workspace = await space({ mode: 'required', types: ['CREDIT_CARD'] });
      expect(await refusal(send(workspace, CARD, { 'X-Auto-Pii-Mapping': 'false' }))).toBe('403 masking_required');
      const inBody = { message: CARD, pii: { auto: false } };
      expect(await refusal(admin.post(`/v1/spaces/${workspace.id}/chat`, inBody))).toBe('403 masking_required');
      expect(await text(workspace, `${EMAIL} ${CARD}`)).toBe(`${EMAIL} <CREDIT_CARD_1>`);
      expect(await text(workspace, `${EMAIL} ${CARD}`, { 'X-Auto-Pii-Mapping': 'EMAIL_ADDRESS' })).toBe(
        '<EMAIL_ADDRESS_1> <CREDIT_CARD_1>',
      );
      expect((await history(workspace)).body.items).toHaveLength(2);
    });

    it('changes with the next message', async () => {
      const workspace = await space({ mode: 'off' });
      await setPolicy(workspace.id, { mode: 'required' });
      expect(await text(workspace, EMAIL)).toBe('<EMAIL_ADDRESS_1>');
    });
  });

  describe('operators', () => {
    it('redact, mask and hash for good; replace can be undone', async () => {
      const operators = { EMAIL_ADDRESS: 'redact', CREDIT_CARD: 'mask', IBAN_CODE: 'hash', PHONE_NUMBER: 'replace' };
      const workspace = await space({ operators });
      await grant(workspace.id, true);
      const iban = 'DE89 3704 0044 0532 0130 00';
      const message = `${EMAIL} | ${CARD} | ${iban} | +49 151 23456789`;
      const { body } = await send(workspace, message);
      expect(body.text).toMatch(/^\[EMAIL_ADDRESS\] \| \*+1111 \| \[IBAN_CODE:[0-9a-f]{16}\] \| <PHONE_NUMBER_1>$/);
      expect(body.piiMapping).toEqual({ '<PHONE_NUMBER_1>': '+49 151 23456789' });
      expect(body.positions).toHaveLength(1);
      expect(body.message).toBe(message);
      expect(await sealed(workspace)).toEqual({ all: 1, sealed: 1 });
      expect(await messages(workspace, VAULT)).toEqual([body.text.replace('<PHONE_NUMBER_1>', '+49 151 23456789')]);
      // The same value has the same hash in one chat, and another one elsewhere.
      const hash = /\[IBAN_CODE:.*?\]/.exec(body.text)?.[0];
      expect(await text(workspace, 'DE89370400440532013000')).toBe(hash);
      expect(await text(await space({ operators }), iban)).not.toBe(hash);
    });

    it('work on what the caller found as well', async () => {
      const workspace = await space({ mode: 'off', operators: { PERSON: 'redact', CITY: 'mask' } });
      const headers = {
        'X-Pii-Mapping': '{"<PERSON_1>":"Ada"}',
        'X-Pii-Positions': '[{"start":7,"end":15,"type":"CITY"}]',
      };
      expect(await text(workspace, 'Ada in New York', headers)).toBe('[PERSON] in ****York');
    });
  });

  describe('history', () => {
    it('is masked for everybody, rehydrated with one’s own mapping for whoever brings it', async () => {
      const workspace = await space({}, { public: true });
      await send(workspace, `mail ${EMAIL} or bob@example.org`);
      const masked = 'mail <EMAIL_ADDRESS_1> or <EMAIL_ADDRESS_2>';
      const plain = await history(workspace);
      expect(plain.body.items[0]).toMatchObject({ text: masked });
      expect(plain.text).not.toMatch(/example|"message"|piiMapping/);
      const own = { '<EMAIL_ADDRESS_1>': 'mine', '<PERSON_1>': 'nobody' };
      for (const header of ['X-Chat-History-Pii-Mapping', 'X-Pii-Mapping']) {
        const answer = await history(workspace, { [header]: JSON.stringify(own) }, new Api(service.url));
        expect(answer.body.items[0]).toMatchObject({ text: masked, message: 'mail mine or <EMAIL_ADDRESS_2>' });
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    });

    it('is rehydrated from the vault with the grant and the scope, both, and each time audited', async () => {
      const workspace = await space({}, { public: true });
      const message = `${EMAIL}, ${EMAIL}, ${CARD}`;
      await send(workspace, message);
      const asGuest = new Api(service.url);
      for (const [who, granted] of [
        [scoped, false],
        [admin, true],
        [asGuest, true],
      ] as const) {
        await grant(workspace.id, granted);
        const refused = await history(workspace, VAULT, who);
        expect(await refusal(Promise.resolve(refused))).toBe('403 pii_access_required');
        expect(refused.text).not.toContain('example');
      }
      expect(await audited(workspace, 'rehydrate')).toEqual([]);
      const answer = await history(workspace, VAULT);
      expect(answer.body.items.map((item) => item.message)).toEqual([message]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await audited(workspace, 'rehydrate')).toHaveLength(1);
      expect((await admin.get(`/v1/chat/${workspace.defaultChatId}/messages`, VAULT)).status).toBe(403);
      expect((await scoped.get(`/v1/chat/${workspace.defaultChatId}/messages`, VAULT)).status).toBe(200);
      expect(await audited(workspace, 'rehydrate')).toHaveLength(2);
      await grant(workspace.id, false);
      expect(await refusal(history(workspace, VAULT))).toBe('403 pii_access_required');
    });

    it('comes back in the spelling that was seen first', async () => {
      const workspace = await space();
      await grant(workspace.id, true);
      await send(workspace, 'Ada@Example.org');
      await send(workspace, 'to ada@example.org');
      expect(await messages(workspace, VAULT)).toEqual(['Ada@Example.org', 'to Ada@Example.org']);
    });

    it('never mixes up chats or workspaces', async () => {
      const [one, two] = [await space(), await space()];
      await send(one, EMAIL);
      await send(two, 'bob@example.org');
      await grant(one.id, true);
      expect(await messages(one, VAULT)).toEqual([EMAIL]);
      expect(await refusal(history(two, VAULT))).toBe('403 pii_access_required');
    });
  });

  describe('vault', () => {
    it('keeps nothing of values when it is off, and placeholders stay stable all the same', async () => {
      const workspace = await space({ vault: false });
      await grant(workspace.id, true);
      const { body } = await send(workspace, `mail ${EMAIL}`);
      expect([body.text, body.piiMapping]).toEqual(['mail <EMAIL_ADDRESS_1>', { '<EMAIL_ADDRESS_1>': EMAIL }]);
      expect(await text(workspace, 'ADA@example.org and bob@example.org')).toBe(
        '<EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>',
      );
      expect(await sealed(workspace)).toEqual({ all: 2, sealed: 0 });
      expect(await messages(workspace, VAULT)).toEqual([
        'mail <EMAIL_ADDRESS_1>',
        '<EMAIL_ADDRESS_1> and <EMAIL_ADDRESS_2>',
      ]);
      const mine = { 'X-Chat-History-Pii-Mapping': JSON.stringify(body.piiMapping) };
      expect((await messages(workspace, mine))[0]).toBe(`mail ${EMAIL}`);
    });

    it('forgets originals when it is switched off, keeps numbers, and takes them in again when switched on', async () => {
      const workspace = await space();
      await grant(workspace.id, true);
      await send(workspace, `${EMAIL} bob@example.org`);
      expect(await sealed(workspace)).toEqual({ all: 2, sealed: 2 });
      expect((await setPolicy(workspace.id, { vault: false })).status).toBe(200);
      expect(await sealed(workspace)).toEqual({ all: 2, sealed: 0 });
      expect(await messages(workspace, VAULT)).toEqual(['<EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2>']);
      expect(await text(workspace, EMAIL)).toBe('<EMAIL_ADDRESS_1>');
      expect(await sealed(workspace)).toEqual({ all: 2, sealed: 0 });
      await setPolicy(workspace.id, { vault: true });
      expect(await text(workspace, EMAIL)).toBe('<EMAIL_ADDRESS_1>');
      expect(await sealed(workspace)).toEqual({ all: 2, sealed: 1 });
      expect(await messages(workspace, VAULT)).toEqual([`${EMAIL} <EMAIL_ADDRESS_2>`, EMAIL, EMAIL]);
    });

    it('has nothing left once it is off, whatever is being sent meanwhile', async () => {
      const workspace = await space();
      const sends = Array.from({ length: 40 }, (_, n) => send(workspace, `p${n}@example.org and ${EMAIL}`));
      await Promise.race(sends);
      await setPolicy(workspace.id, { vault: false });
      expect((await Promise.all(sends)).map(({ status }) => status)).toEqual(sends.map(() => 200));
      expect((await sealed(workspace))?.sealed).toBe(0);
      await setPolicy(workspace.id, { vault: true });
      await text(workspace, EMAIL);
      expect((await sealed(workspace))?.sealed).toBe(1);
    });

    it('forgets nothing for any other change', async () => {
      const workspace = await space();
      await send(workspace, EMAIL);
      await setPolicy(workspace.id, { mode: 'required', types: ['EMAIL_ADDRESS'], vault: true });
      await admin.patch(`/v1/workspaces/${workspace.id}`, { name: 'Other' });
      expect(await sealed(workspace)).toEqual({ all: 1, sealed: 1 });
    });
  });

  describe('POST /pii/detect', () => {
    it('shows what would be masked, and stores nothing', async () => {
      const workspace = await space();
      await send(workspace, EMAIL);
      const { status, body, headers } = await detect({ text: `𝒳 bob@example.org ${EMAIL}` });
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body).toEqual({
        redactedText: '𝒳 <EMAIL_ADDRESS_1> <EMAIL_ADDRESS_2>',
        mapping: { '<EMAIL_ADDRESS_1>': 'bob@example.org', '<EMAIL_ADDRESS_2>': EMAIL },
        positions: [
          { start: 2, end: 19, type: 'EMAIL_ADDRESS', placeholder: '<EMAIL_ADDRESS_1>' },
          { start: 20, end: 37, type: 'EMAIL_ADDRESS', placeholder: '<EMAIL_ADDRESS_2>' },
        ],
      });
      // As the chat would number it.
      const chatId = workspace.defaultChatId;
      const inChat = await detect({ text: `bob@example.org ${EMAIL}`, chatId });
      expect(inChat.body.redactedText).toBe('<EMAIL_ADDRESS_2> <EMAIL_ADDRESS_1>');
      expect((await detect({ text: 'eve@example.org', chatId })).body.redactedText).toBe('<EMAIL_ADDRESS_2>');
      expect(await sealed(workspace)).toEqual({ all: 1, sealed: 1 });
    });

    it('takes types and a mapping', async () => {
      const types = ['CREDIT_CARD'];
      expect((await detect({ text: `${EMAIL} ${CARD}`, types })).body.redactedText).toBe(`${EMAIL} <CREDIT_CARD_1>`);
      const mapping = { '<PERSON_7>': 'Foo' };
      expect((await detect({ text: `Foo ${EMAIL}`, mapping })).body.redactedText).toBe('<PERSON_7> <EMAIL_ADDRESS_1>');
      for (const place of [{}, { chatId: (await space()).defaultChatId }]) {
        expect((await detect({ text: 'Food, xFOOx', mapping, ...place })).body.redactedText).toBe(
          '<PERSON_7>d, x<PERSON_7>x',
        );
      }
      const twice = await detect({
        text: 'Grace Hopper called. Ask hopper!',
        mapping: { '<PERSON_7>': 'Grace Hopper' },
      });
      expect(twice.body.redactedText).toBe('<PERSON_7> called. Ask <PERSON_7>!');
      expect((await detect({ text: '' })).body).toEqual({ redactedText: '', mapping: {}, positions: [] });
    });

    it('refuses what it does not understand', async () => {
      const wrong: Record<string, unknown>[] = [
        {},
        { text: 5 },
        { text: null },
        { text: 'x', chatId: 'x' },
        { text: 'x', chatId: null },
        { text: 'x', types: 'all' },
        { text: 'x', types: ['email'] },
        { text: 'x', types: null },
        { text: 'x', mapping: [] },
        { text: 'x', mapping: null },
        { text: 'x', mapping: 'x' },
        { text: 'x', language: 'en' },
      ];
      for (const body of wrong) {
        expect([body, await refusal(detect(body))]).toEqual([body, '400 validation_failed']);
      }
      expect(await refusal(detect({ text: 'x', mapping: { a: 'b' } }))).toBe('400 pii_mapping_malformed');
      expect(await refusal(detect({ text: 'x' }, new Api(service.url)))).toBe('401 unauthenticated');
    });
  });

  describe('POST /pii/rehydrate', () => {
    it('puts one’s own values back, in one pass', async () => {
      const mapping = { '<P_1>': '$& <P_2>', '<P_2>': 'two' };
      const { status, body, headers } = await rehydrate({ text: '<P_1> <P_2> <P_3> <P_1', mapping }, admin);
      expect([status, body.text]).toEqual([200, '$& <P_2> two <P_3> <P_1']);
      expect(headers.get('cache-control')).toBe('no-store');
      const big = { '<P_1>': 'x'.repeat(1_000) };
      expect(await refusal(rehydrate({ text: '<P_1>'.repeat(300), mapping: big }))).toBe('413 payload_too_large');
    });

    it('takes values from the vault for those entitled, the caller’s own first, and leaves a row', async () => {
      const workspace = await space();
      const chatId = workspace.defaultChatId;
      await send(workspace, `${EMAIL} bob@example.org`);
      const body = { text: 'a <EMAIL_ADDRESS_1> b <EMAIL_ADDRESS_2> c <EMAIL_ADDRESS_3>', chatId };
      expect(await refusal(rehydrate(body))).toBe('403 pii_access_required');
      await grant(workspace.id, true);
      expect(await refusal(rehydrate(body, admin))).toBe('403 pii_access_required');
      expect((await rehydrate(body)).body.text).toBe(`a ${EMAIL} b bob@example.org c <EMAIL_ADDRESS_3>`);
      expect(await audited(workspace, 'rehydrate')).toHaveLength(1);
      const mapping = { '<EMAIL_ADDRESS_1>': 'mine' };
      expect((await rehydrate({ ...body, mapping })).body.text).toBe('a mine b bob@example.org c <EMAIL_ADDRESS_3>');
      const elsewhere = (await space()).defaultChatId;
      expect(await refusal(rehydrate({ ...body, chatId: elsewhere }))).toBe('403 pii_access_required');
    });
  });

  describe('the published examples', () => {
    // The calls of the first published examples, but for host, id and key.

    it('run: cURL', async () => {
      if (!(await has('curl', ['--version']))) return;
      const workspace = await space();
      const script = `curl -X POST "${service.url}/v1/spaces/${workspace.id}/chat" \\
-H "Content-Type: application/json" \\
-H "X-API-Key: ${service.adminKey}" \\
-H "X-Pii-Mapping: your_pii_mapping" \\
-d '{
"message": "Hello, world!"
}'`;
      expect(JSON.parse(await run('sh', ['-c', script]))).toMatchObject({ text: 'Hello, world!', seq: 1 });
    });

    it('run: Python', async () => {
      if (!(await has('python3', ['-c', 'import requests']))) return;
      const workspace = await space();
      const script = `import requests
url = "${service.url}/v1/spaces/${workspace.id}/chat"
headers = {
"Content-Type": "application/json",
"X-API-Key": "${service.adminKey}",
"X-Pii-Mapping": "your_pii_mapping"
}
data = {
"message": "Hello, world!"
}
response = requests.post(url, headers=headers, json=data)
if response.status_code == 200:
    print("Message sent successfully!")
else:
    print("Failed to send message:", response.status_code)`;
      expect(await run('python3', ['-c', script])).toBe('Message sent successfully!\n');
    });
  });

  it('leaves no value in the log', () => {
    expect(service.logs.join('')).not.toMatch(/example\.org|4111 1111|23456789/);
  });
});
