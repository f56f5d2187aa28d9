import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { messageString } from '../../src/auth/message-string.js';
import { Api, type MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, type Ticket, ticketFor } from '../support/chat-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { A_FILE, S3Server, uploadFile } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { SOCKET_WALLS, STANDINGS, type Standing } from './walls.js';

jest.setTimeout(90_000);

interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive' }>>;
}
type Person = Awaited<ReturnType<Api['user']>>;
/** What an event may name. */
interface Target {
  readonly chatId: string;
  readonly messageId: string;
  readonly attachmentId: string;
}

describe('the walls on the socket', () => {
  let store: S3Server;
  let service: TestApp;
  let events: readonly string[];
  let owner: Person;
  let member: Person;
  let chatId: string;
  let openChatId: string;
  let ownChatId: string;
  const callers: Partial<Record<Standing, Api>> = {};
  /** Connection strings that were asked for while the key was good, which each opens one session. */
  const unused: Partial<Record<Standing, Ticket[]>> = {};

  beforeAll(async () => {
    store = await S3Server.start();
    service = await startTestApp({
      RATE_LIMIT_GUEST_PER_MINUTE: '100000',
      RATE_LIMIT_ADDRESS_FAILURES_PER_MINUTE: '1000',
      RATE_LIMIT_USER_CONNECTS_PER_MINUTE: '1000',
      CONNECTION_STRING_SECONDS: '300',
      ...store.env,
    });
    const { operations } = (await service.admin.get<AsyncApi>('/docs/asyncapi.json')).body;
    events = Object.entries(operations)
      .filter(([name, { action }]) => action === 'receive' && name !== 'connect')
      .map(([name]) => name.replace('_', ':'));
    owner = await service.admin.user('owner');
    const workspace = await owner.api.workspace();
    chatId = workspace.defaultChatId;
    openChatId = (await owner.api.workspace({ visibility: 'public' })).defaultChatId;
    const people: Partial<Record<Standing, Person>> = { owner };
    for (const name of ['reader', 'member', 'admin', 'revoked', 'expired', 'foreign'] as const) {
      const person = await service.admin.user(name);
      people[name] = person;
      if (name === 'foreign') continue;
      const role = name === 'reader' || name === 'admin' ? name : 'member';
      await owner.api.put(`/v1/workspaces/${workspace.id}/members/${person.id}`, { role });
    }
    const { revoked, expired, foreign } = people;
    member = people.member ?? owner;
    if (!revoked || !expired || !foreign) throw new Error('somebody is missing');
    ownChatId = (await foreign.api.workspace()).defaultChatId;
    for (const [name, { api }] of Object.entries({ revoked, expired })) {
      unused[name as Standing] = await Promise.all(events.map(() => ticketFor(api, chatId)));
    }
    await service.admin.delete(`/v1/api-keys/${revoked.keyId}`);
    const sql = new Client({ connectionString: service.database.url });
    await sql.connect();
    await sql.query(`UPDATE api_keys SET expires_at = now() - interval '1 minute' WHERE id = $1`, [expired.keyId]);
    await sql.end();
    for (const [name, { api }] of Object.entries(people)) callers[name as Standing] = api;
    callers.guest = new Api(service.url);
  });
  afterAll(async () => {
    await service.close();
    await store.close();
  });

  /** A message with a file, of the owner's in the public chat, of the member's in the other; the file finished where it is read. */
  async function targetFor(event: string, standing: Standing): Promise<Target> {
    const [author, chat] = standing === 'guest' ? [owner.api, openChatId] : [member.api, chatId];
    const sent = await author.post<MessageBody>(`/v1/chat/${chat}/messages`, { message: 'something' });
    const messageId = sent.body.id;
    if (!event.startsWith('attachment:')) return { chatId: chat, messageId, attachmentId: uuidv7() };
    const attachmentId = await uploadFile(author, chat, messageId);
    const path = `/v1/chat/${chat}/messages/${messageId}/attachments/${attachmentId}`;
    if (event === 'attachment:get') await author.put(path, {});
    return { chatId: chat, messageId, attachmentId };
  }

  /** Who signs: a session, or what would be one. */
  type Signer = Pick<ChatClient, 'session' | 'key' | 'counter'>;

  function payloadOf(event: string, target: Target, signer: Signer, ticket: Ticket): Record<string, unknown> {
    const { messageId, attachmentId } = target;
    const signed = (payload: Readonly<Record<string, string>>, message = ''): Record<string, unknown> => {
      signer.counter += 1;
      const pieces = {
        sessionId: signer.session?.sessionId ?? '',
        counter: signer.counter,
        event,
        chatId: signer.session?.chat.id ?? '',
        clientMessageId: payload['clientMessageId'] ?? '',
        message,
        reference: messageId,
      };
      return { ...payload, counter: signer.counter, messageString: messageString(signer.key, pieces) };
    };
    switch (event) {
      case 'message:send':
        return signed({ message: 'hello', clientMessageId: randomUUID(), replyTo: messageId }, 'hello');
      case 'message:edit':
        return signed({ messageId, message: 'changed' }, 'changed');
      case 'message:delete':
        return signed({ messageId });
      case 'reaction:set':
        return { messageId, reaction: '👍', on: true };
      case 'pin:set':
        return { messageId, pinned: true };
      case 'attachment:add':
        return { ...signed({ messageId }, A_FILE.form.sha256), ...A_FILE.form };
      case 'attachment:finish':
      case 'attachment:get':
        return { messageId, attachmentId };
      case 'edits:get':
        return { messageId };
      case 'typing:set':
        return { typing: true };
      case 'read:set':
        return { seq: 1 };
      case 'session:renew':
        return { connectionString: ticket.connectionString };
      case 'chat:connect':
        return { chatId: target.chatId, connectionString: ticket.connectionString };
      case 'history:get':
      case 'pins:get':
      case 'presence:get':
      case 'read:get':
      case 'chat:disconnect':
        return {};
      default:
        throw new Error(`no payload for ${event}: say what it is`);
    }
  }

  /** The event behind a handshake that is refused, and the code of the refusal. */
  async function behindTheDoor(event: string, target: Target, ticket: Ticket | undefined): Promise<string> {
    const raw = await RawSocket.open(service.url);
    const some = ticket ?? (await ticketFor(member.api, chatId));
    const signer = { session: undefined, key: Buffer.from(some.messageKey, 'base64url'), counter: 0 };
    const auth = { chatId, ...(ticket && { connectionString: ticket.connectionString }) };
    raw.knock(auth);
    const refusal = await raw.until((packet) => packet.startsWith('44/connect,'));
    raw.emit(1, event, payloadOf(event, target, signer, some));
    await raw.closed;
    expect(raw.packets.filter((packet) => packet !== refusal && !packet.startsWith('0{'))).toEqual([]);
    return /"code":"(\w+)"/.exec(refusal)?.[1] ?? 'nothing';
  }

  /** The event in a session: of one's own chat for the foreign one, who names what is in the other. */
  async function inSession(event: string, target: Target, standing: Standing): Promise<AckBody> {
    const api = callers[standing] ?? service.admin;
    const home = standing === 'guest' ? openChatId : standing === 'foreign' ? ownChatId : chatId;
    const client = await ChatClient.open(api, home);
    try {
      // Nobody gets a connection string for a foreign chat; one that was found somewhere does not fit this session.
      const found = standing === 'foreign' && event === 'session:renew';
      const ticket = await ticketFor(found ? member.api : api, found ? chatId : home);
      return await client.emit(event, payloadOf(event, target, client, ticket));
    } finally {
      client.close();
    }
  }

  async function answerTo(event: string, target: Target, standing: Standing): Promise<string> {
    if (standing === 'none' || standing === 'revoked' || standing === 'expired') {
      return behindTheDoor(event, target, unused[standing]?.pop());
    }
    const { ok, error } = await inSession(event, target, standing);
    return ok ? 'ok' : (error?.code ?? 'nothing');
  }

  it('let nothing of strangers in: no event of theirs changes a chat or is heard there', async () => {
    const targets = new Map<string, Target>();
    for (const event of events) targets.set(event, await targetFor(event, 'none'));
    const listener = await ChatClient.open(member.api, chatId);
    const before = (await listener.emit('history:get', { limit: 200 })).data;
    for (const [event, target] of targets) {
      for (const standing of ['none', 'foreign'] as const) await answerTo(event, target, standing);
    }
    expect((await listener.emit('history:get', { limit: 200 })).data).toEqual(before);
    expect(listener.received.map(({ event }) => event).filter((name) => name !== 'presence:updated')).toEqual([
      'session',
    ]);
    listener.close();
  });

  it('stand as the table says, for every documented event', async () => {
    const found: Record<string, string> = {};
    for (const event of events) {
      const answers: string[] = [];
      for (const standing of STANDINGS) {
        answers.push(await answerTo(event, await targetFor(event, standing), standing));
      }
      found[event] = answers.join(' ');
    }
    expect(found).toEqual(SOCKET_WALLS);
  });

  it('look the same to a stranger, whether there is something behind them or not', async () => {
    const nowhere: Target = { chatId: uuidv7(), messageId: uuidv7(), attachmentId: uuidv7() };
    const compared: string[] = [];
    for (const event of events) {
      if (SOCKET_WALLS[event]?.split(' ')[STANDINGS.indexOf('foreign')] === 'ok') continue;
      const there = await inSession(event, await targetFor(event, 'foreign'), 'foreign');
      expect([event, await inSession(event, nowhere, 'foreign')]).toEqual([event, there]);
      compared.push(event);
    }
    expect(compared.length).toBeGreaterThanOrEqual(10);
  });
});
