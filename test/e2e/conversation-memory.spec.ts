import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { ChatKeys } from '../../src/pii/vault/chat-keys.js';
import { Api, type MessageBody, type WorkspaceBody } from '../support/api.js';
import { ChatClient } from '../support/chat-client.js';
import { listenToStatements } from '../support/statement-log.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

const ADA = { 'X-Pii-Mapping': '{"<PERSON_1>": "Ada Lovelace"}' };
const VAULT = { 'X-Chat-History-Pii-Mapping': 'vault' };

describe('names that a chat has seen, found again', () => {
  let one: TestApp;
  let two: TestApp;
  let admin: Api;
  let reader: Api;
  let workspace: WorkspaceBody;

  const path = () => `/v1/chat/${workspace.defaultChatId}/messages`;
  const send = async (message: string, headers: Record<string, string> = {}, api = admin) =>
    (await api.post<MessageBody>(path(), { message }, headers)).body;
  const text = async (message: string, headers: Record<string, string> = {}) => (await send(message, headers)).text;
  const detect = async (words: string, api = admin, extra: object = {}) =>
    (
      await api.post<{ redactedText: string }>('/v1/pii/detect', {
        text: words,
        chatId: workspace.defaultChatId,
        ...extra,
      })
    ).body.redactedText;
  const shown = async () =>
    (await reader.get<{ items: MessageBody[] }>(path(), VAULT)).body.items.map(({ message }) => message);
  const newWorkspace = async (settings: object = {}) => {
    workspace = await admin.workspace({ ...settings });
    await admin.put(`/v1/workspaces/${workspace.id}/members/${readerId}`, { role: 'member', piiAccess: true });
  };
  /** What a node that knows the chat asks the database, to find a name that another has stored. */
  const askedForAnotherName = async (): Promise<readonly string[]> => {
    const elsewhere = new Api(two.url, one.adminKey);
    await send('sign for Ada Lovelace', ADA);
    await eventually(() => detect('ask lovelace', elsewhere), 'ask <PERSON_1>');
    const log = listenToStatements(two.app);
    await send('and for Grace Hopper', { 'X-Pii-Mapping': '{"<PERSON_2>":"Grace Hopper"}' });
    await eventually(() => detect('ask hopper', elsewhere), 'ask <PERSON_2>');
    log.stop();
    return log.names;
  };
  let readerId = '';

  beforeAll(async () => {
    one = await startTestApp();
    two = await startTestApp({}, one);
    ({ admin } = one);
    const user = await admin.user('Reader', ['pii:rehydrate']);
    [readerId, reader] = [user.id, user.api];
  });
  afterAll(async () => {
    await two.close();
    await one.close();
  });
  beforeEach(() => newWorkspace());

  it('keeps the placeholder of a person, however the name is written; the sender sees their own words', async () => {
    expect(await text('sign for Ada Lovelace', ADA)).toBe('sign for <PERSON_1>');
    const sent = await send("lovelace's parcel, ask ADA or ada lovelace");
    expect(sent.text).toBe("<PERSON_1>'s parcel, ask <PERSON_1> or <PERSON_1>");
    expect(sent.message).toBe("lovelace's parcel, ask ADA or ada lovelace");
    // The chat's value is not the sender's.
    expect(JSON.stringify(sent)).not.toContain('Ada Lovelace');
    expect(await shown()).toEqual(['sign for Ada Lovelace', "Ada Lovelace's parcel, ask Ada Lovelace or Ada Lovelace"]);
  });

  it('remembers what was detected, and what a position marked', async () => {
    const first = await send('My name is Grace Hopper.');
    expect(first.text).toBe('My name is <PERSON_1>.');
    expect(await text('the parcel of hopper is late')).toBe('the parcel of <PERSON_1> is late');
    const positions = { 'X-Pii-Positions': '[{"start": 4, "end": 16, "type": "PERSON"}]' };
    expect(await text('see Zelda Quimby now', positions)).toBe('see <PERSON_2> now');
    expect(await text('is quimby there?')).toBe('is <PERSON_2> there?');
  });

  it('gives a first name that two persons share a placeholder of its own', async () => {
    await send('Ada Lovelace, Ada Byron', {
      'X-Pii-Mapping': '{"<PERSON_1>":"Ada Lovelace","<PERSON_2>":"Ada Byron"}',
    });
    expect(await text('ada called, byron too')).toBe('<PERSON_3> called, <PERSON_2> too');
    expect(await text('ADA again')).toBe('<PERSON_3> again');
    expect((await shown()).slice(1)).toEqual(['ada called, Ada Byron too', 'ada again']);
  });

  it('is part of automatic detection', async () => {
    await send('sign for Ada Lovelace', ADA);
    expect(await text('ask ada', { 'X-Auto-Pii-Mapping': 'false' })).toBe('ask ada');
    expect(await text('ask ada', { 'X-Auto-Pii-Mapping': 'EMAIL_ADDRESS' })).toBe('ask ada');
    expect(await text('ask ada', { 'X-Auto-Pii-Mapping': 'PERSON' })).toBe('ask <PERSON_1>');
    await admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { types: ['EMAIL_ADDRESS'] } });
    expect(await text('ask ada')).toBe('ask ada');
  });

  it('works on the socket, in edits and in previews of the chat, and in no other chat', async () => {
    await send('sign for Ada Lovelace', ADA);
    const client = await ChatClient.open(admin, workspace.defaultChatId);
    const ack = await client.send('ask ada');
    expect((ack.data as MessageBody).text).toBe('ask <PERSON_1>');
    client.close();
    const sent = await send('ask somebody');
    const edited = await admin.patch<MessageBody>(`${path()}/${sent.id}`, { message: 'ask lovelace' });
    expect(edited.body.text).toBe('ask <PERSON_1>');
    expect(await detect('ask ada')).toBe('ask <PERSON_1>');
    expect(await detect('ask ada', admin, { types: ['EMAIL_ADDRESS'] })).toBe('ask ada');
    await newWorkspace();
    expect(await text('where is lovelace')).toBe('where is lovelace');
  });

  it('keeps two messages on one socket in order: the second knows the names of the first', async () => {
    const client = await ChatClient.open(admin, workspace.defaultChatId);
    const acks = await Promise.all([
      client.send('sign for Ada Lovelace', { piiMapping: ADA['X-Pii-Mapping'] }),
      client.send('and ask lovelace'),
    ]);
    expect(acks.map(({ data }) => (data as MessageBody).text)).toEqual(['sign for <PERSON_1>', 'and ask <PERSON_1>']);
    client.close();
  });

  it('survives a restart, and reaches other nodes', async () => {
    const elsewhere = new Api(two.url, one.adminKey);
    expect(await detect('ask lovelace', elsewhere)).toBe('ask lovelace');
    await send('sign for Ada Lovelace', ADA);
    await eventually(() => detect('ask lovelace', elsewhere), 'ask <PERSON_1>');
    const three = await startTestApp({}, one);
    expect(await detect('ask lovelace', new Api(three.url, one.adminKey))).toBe('ask <PERSON_1>');
    await three.close();
  });

  it('takes up the names of other nodes without reading again what it knows', async () => {
    const asked = await askedForAnotherName();
    expect(asked).toContain('pii_entry_sealed');
    expect(asked).not.toContain('pii_entry_latest');
  });

  it('forgets with an erasure, at once here and soon on other nodes, and covers short forms', async () => {
    const elsewhere = new Api(two.url, one.adminKey);
    await send('Ada Lovelace, Ada Byron', {
      'X-Pii-Mapping': '{"<PERSON_1>":"Ada Lovelace","<PERSON_2>":"Ada Byron"}',
    });
    await send('ada and lovelace called');
    expect(await detect('lovelace', elsewhere)).toBe('<PERSON_1>');
    const erasure = await admin.post<{ counts: object }>(`/v1/workspaces/${workspace.id}/erasures`, {
      type: 'PERSON',
      value: 'ada lovelace',
    });
    expect(erasure.body.counts).toEqual({ [workspace.defaultChatId]: { PERSON: 2 } });
    expect(await detect('ask lovelace')).toBe('ask lovelace');
    await eventually(() => detect('ask lovelace', elsewhere), 'ask lovelace');
    expect(await shown()).toEqual(['<PERSON_1>, Ada Byron', '<PERSON_3> and <PERSON_1> called']);
    // What another node still remembers for a moment must not bring the value back.
    expect(await text('byron')).toBe('<PERSON_2>');
  });

  describe('where the vault is off', () => {
    const stored = async () =>
      JSON.stringify(
        await one.app
          .get(Database, { strict: false })
          .query({ name: 'entries_of_test', text: 'SELECT * FROM pii_entries WHERE workspace_id = $1' }, [
            workspace.id,
          ]),
        (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value),
      );

    beforeEach(() => newWorkspace({ piiPolicy: { vault: false } }));

    it('knows names by prints alone: in full, in short, in another case, with their placeholder', async () => {
      const nodes = [admin, new Api(two.url, one.adminKey)] as const;
      expect(await text('sign for Ada Lovelace', ADA)).toBe('sign for <PERSON_1>');
      for (const node of nodes) {
        const sent = await send("lovelace's parcel, ask ADA or ada lovelace", {}, node);
        expect(sent.text).toBe("<PERSON_1>'s parcel, ask <PERSON_1> or <PERSON_1>");
        expect(sent.message).toBe("lovelace's parcel, ask ADA or ada lovelace");
        expect(sent.piiMapping).toEqual({ '<PERSON_1>': 'lovelace' });
      }
      expect(await text('all the lovelaces came')).toBe('all the lovelaces came');
      expect(await stored()).not.toMatch(/\bada\b|lovelace/i);
    });

    it('takes up the prints of other nodes without reading again what it knows', async () => {
      const asked = await askedForAnotherName();
      expect(asked).toContain('pii_entry_named_prints');
      expect(asked).not.toContain('pii_entry_latest_prints');
    });

    it('gives a first name that two persons share a placeholder of its own', async () => {
      await send('Ada Lovelace, Ada Byron', {
        'X-Pii-Mapping': '{"<PERSON_1>":"Ada Lovelace","<PERSON_2>":"Ada Byron"}',
      });
      expect(await text('ada called, byron too')).toBe('<PERSON_3> called, <PERSON_2> too');
      expect(await text('ADA again')).toBe('<PERSON_3> again');
    });

    it('forgets with an erasure', async () => {
      await send('sign for Ada Lovelace', ADA);
      expect(await text('ask lovelace')).toBe('ask <PERSON_1>');
      await admin.post(`/v1/workspaces/${workspace.id}/erasures`, { type: 'PERSON', value: 'Ada Lovelace' });
      expect(await text('ask lovelace')).toBe('ask lovelace');
    });

    it('goes on where it had been on before, and in both directions', async () => {
      await newWorkspace();
      await send('sign for Ada Lovelace', ADA);
      for (const vault of [false, true]) {
        await admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { vault } });
        expect(await text('sign for Ada Lovelace', ADA)).toBe('sign for <PERSON_1>');
        expect(await text('ask lovelace')).toBe('ask <PERSON_1>');
      }
      await admin.patch(`/v1/workspaces/${workspace.id}`, { piiPolicy: { vault: false } });
      expect(await text('ask lovelace')).toBe('ask <PERSON_1>');
    });
  });

  it('costs a message no round trip', async () => {
    const statements = async (message: string) => {
      const log = listenToStatements(one.app);
      await send(message);
      log.stop();
      // What is known of a key is read again every few seconds, whatever the message.
      return log.names.filter((name) => name !== 'api_key_find_live');
    };
    await send('nothing');
    const plain = await statements('nothing at all');
    await send('sign for Ada Lovelace', ADA);
    expect(await statements('nothing at all')).toEqual(plain);
    expect(await statements('ask ada and lovelace')).toEqual(plain);
    one.app.get(ChatKeys, { strict: false }).forget({ workspaceId: workspace.id, chatId: workspace.defaultChatId });
    expect(await statements('ask ada and lovelace')).toContain('pii_entry_latest');
    expect(await statements('ask ada and lovelace')).toEqual(plain);
  });

  it.each([true, false])('remembers the latest names of a chat that has had thousands (vault: %s)', async (vault) => {
    await newWorkspace({ piiPolicy: { vault } });
    const letters = (index: number): string =>
      Array.from({ length: 3 }, (_, at) => String.fromCodePoint(97 + (Math.floor(index / 26 ** at) % 26))).join('');
    const nameOf = (index: number): string => `Q${letters(index)} Z${letters(index)}`;
    const some = 200;
    for (let from = 0; from <= 2_000; from += some) {
      const names = Array.from({ length: some }, (_, index) => nameOf(from + index));
      const mapping = names.map((name, index) => [`<PERSON_${from + index + 1}>`, name]);
      await send(names.join(', '), { 'X-Pii-Mapping': JSON.stringify(Object.fromEntries(mapping)) });
    }
    expect(await text(`ask z${letters(2_199)}`)).toBe('ask <PERSON_2200>');
    expect(await text(`ask z${letters(1_300)}`)).toBe('ask <PERSON_1301>');
    expect(await text(`ask z${letters(5)}`)).not.toBe('ask <PERSON_6>');
  });

  it('leaves typed placeholders and ordinary words alone', async () => {
    await send('Will Young', { 'X-Pii-Mapping': '{"<PERSON_1>": "Will Young"}' });
    expect(await text('<PERSON_1> will stay young')).toBe('<PERSON_1> will stay young');
    expect((await send('<PERSON_1> will stay young')).positions).toEqual([]);
  });
});

/** Asks until the answer is as expected, five seconds at most. */
async function eventually(ask: () => Promise<string>, expected: string): Promise<void> {
  const end = performance.now() + 5_000;
  let answer = await ask();
  while (answer !== expected && performance.now() < end) answer = await ask();
  expect(answer).toBe(expected);
}
