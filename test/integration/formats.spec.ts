import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Api, MessageBody, WorkspaceBody } from '../support/api.js';
import { ChatClient, ticketFor } from '../support/chat-client.js';
import { startTestApp, TEST_SECRETS, type TestApp } from '../support/test-app.js';

const hasPython = spawnSync('python3', ['-c', '']).status === 0;
if (!hasPython) console.warn('formats: skipped, since there is no python3');
const withPython = hasPython ? it : it.skip;

/** What somebody works out who knows the documented formats and has nothing of this source. */
function python(question: object): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['test/support/formats.py'], {
    input: JSON.stringify(question),
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

const secretOf = (ring: string): string => Buffer.from(ring.split(':')[1] ?? '', 'base64url').toString('hex');

/** One row of the vault with the key of its chat, bytes in hexadecimal. */
interface Row {
  readonly id: string;
  readonly kid: string;
  readonly fingerprint: string;
  readonly sealed: string;
  readonly wrappedKey: string;
}

describe('with Python’s standard library', () => {
  let service: TestApp;
  let admin: Api;
  let workspace: WorkspaceBody;
  let direct: Client;
  beforeAll(async () => {
    service = await startTestApp();
    ({ admin } = service);
    workspace = await admin.workspace();
    direct = new Client({ connectionString: service.database.url });
    await direct.connect();
  });
  afterAll(async () => {
    await direct.end();
    await service.close();
  });

  const rowOf = async (type: string, number: number): Promise<Row> => {
    const { rows } = await direct.query<Row>(
      `SELECT id, kid, encode(fingerprint, 'hex') AS fingerprint, encode(sealed_value, 'hex') AS sealed,
              encode(wrapped_key, 'hex') AS "wrappedKey"
         FROM pii_entries JOIN chat_keys USING (workspace_id, chat_id) WHERE chat_id = $1 AND type = $2 AND number = $3`,
      [workspace.defaultChatId, type, number],
    );
    if (!rows[0]) throw new Error('The vault has no such row.');
    return rows[0];
  };

  withPython.each([
    ['EMAIL_ADDRESS', 'Ada.Lovelace@Example.org', 'ada.lovelace@example.ORG'],
    // Longer than the first bucket of 64 bytes.
    [
      'PERSON',
      `Żoë 王小明 Große 👩‍💻 ${'und so weiter '.repeat(4)}Σίσυφος`,
      `żoë  王小明 GROSSE 👩‍💻 ${'UND SO WEITER '.repeat(4)}ΣΊΣΥΦΟΣ`,
    ],
  ])('a row of the vault can be opened by who has the master key: %s', async (type, value, otherSpelling) => {
    const { id: workspaceId, defaultChatId: chatId } = workspace;
    const placeholder = `<${type}_1>`;
    const sent = await admin.post<MessageBody>(`/v1/chat/${chatId}/messages`, {
      message: `about ${value}`,
      pii: { mapping: { [placeholder]: value }, auto: 'false' },
    });
    expect(sent.body.text).toBe(`about ${placeholder}`);

    const { id, fingerprint, ...row } = await rowOf(type, 1);
    const other = '0190a000-0000-7000-8000-00000000ffff';
    const contexts = {
      'its own': [workspaceId, chatId, placeholder, id],
      'another workspace': [other, chatId, placeholder, id],
      'another chat': [workspaceId, other, placeholder, id],
      'another number': [workspaceId, chatId, `<${type}_2>`, id],
      'another type': [workspaceId, chatId, '<LOCATION_1>', id],
      'another entry': [workspaceId, chatId, placeholder, other],
      'pieces cut elsewhere': [workspaceId, chatId + placeholder, '', id],
    };
    const masterKey = secretOf(TEST_SECRETS.MASTER_KEYS);
    const read = python({
      vault: { ...row, masterKey, workspaceId, chatId, contexts, values: [value, otherSpelling, `${value}!`] },
    }) as { opened: Record<string, string | null>; fingerprints: string[] };
    const refused = Object.keys(contexts).slice(1);
    expect(read.opened).toEqual({ 'its own': value, ...Object.fromEntries(refused.map((name) => [name, null])) });
    expect(read.fingerprints.map((print) => print === fingerprint)).toEqual([true, true, false]);
  });

  withPython('a message can be signed, by a key that follows from the connection string', async () => {
    const { defaultChatId: chatId } = workspace;
    const ticket = await ticketFor(admin, chatId);
    const client = await ChatClient.open(admin, chatId, {}, ticket);
    const [message, clientMessageId, piiMapping] = ['Żoë says $& 👩‍💻', 'by-python', '{"<PERSON_9>":"Żoë"}'];
    const session = client.session?.sessionId ?? '';
    const pieces = [session, '1', 'message:send', chatId, clientMessageId, message, piiMapping, 'false', '', ''];
    const { messageKey, messageString } = python({
      message: {
        ringSecret: secretOf(TEST_SECRETS.TOKEN_KEYS),
        connectionString: ticket.connectionString,
        pieces,
      },
    }) as { messageKey: string; messageString: string };
    expect(messageKey).toBe(ticket.messageKey);
    const payload = { message, clientMessageId, counter: 1, messageString, piiMapping, autoPiiMapping: 'false' };
    const altered = { ...payload, message: `${message}!` };
    expect(await client.emit('message:send', altered)).toMatchObject({ error: { code: 'message_string_invalid' } });
    expect(await client.emit('message:send', payload)).toMatchObject({ ok: true, data: { message } });
    client.close();
  });
});
