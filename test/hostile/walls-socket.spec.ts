import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { messageString } from '../../src/auth/message-string.js';
import { Api, type MessageBody } from '../support/api.js';
import { type AckBody, ChatClient, ticketFor } from '../support/chat-client.js';
import { A_FILE, S3Server, uploadFile } from '../support/s3-server.js';
import { startTestApp, type TestApp } from '../support/test-app.js';
import { SOCKET_STANDINGS, SOCKET_WALLS } from './walls.js';

jest.setTimeout(60_000);

interface AsyncApi {
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive' }>>;
}
type Person = Awaited<ReturnType<Api['user']>>;

describe('the walls on the socket', () => {
  let store: S3Server;
  let service: TestApp;
  let owner: Person;
  let member: Person;
  let workspaceId: string;
  let chatId: string;
  let openChatId: string;
  const callers: Record<string, Api> = {};
  beforeAll(async () => {
    store = await S3Server.start();
    service = await startTestApp({ RATE_LIMIT_GUEST_PER_MINUTE: '100000', ...store.env });
    owner = await service.admin.user('owner');
    ({ id: workspaceId, defaultChatId: chatId } = await owner.api.workspace());
    openChatId = (await owner.api.workspace({ visibility: 'public' })).defaultChatId;
    for (const role of ['reader', 'member', 'admin'] as const) {
      const person = await service.admin.user(role);
      await owner.api.put(`/v1/workspaces/${workspaceId}/members/${person.id}`, { role });
      if (role === 'member') member = person;
      callers[role] = person.api;
    }
    callers['owner'] = owner.api;
    callers['guest'] = new Api(service.url);
  });
  afterAll(async () => {
    await service.close();
    await store.close();
  });

  /** A message of the member's, in the chat that `standing` is in. */
  const messageFor = async (standing: string): Promise<string> => {
    const author = standing === 'guest' ? owner.api : member.api;
    const chat = standing === 'guest' ? openChatId : chatId;
    return (await author.post<MessageBody>(`/v1/chat/${chat}/messages`, { message: 'something' })).body.id;
  };

  /** A file of the member's, uploaded, in the chat that `standing` is in. */
  async function fileFor(
    standing: string,
  ): Promise<{ messageId: string; attachmentId: string; finish: () => unknown }> {
    const [author, chat] = standing === 'guest' ? [owner.api, openChatId] : [member.api, chatId];
    const messageId = await messageFor(standing);
    const attachmentId = await uploadFile(author, chat, messageId);
    const finish = () => author.put(`/v1/chat/${chat}/messages/${messageId}/attachments/${attachmentId}`, {});
    return { messageId, attachmentId, finish };
  }

  async function payloadOf(event: string, client: ChatClient, standing: string): Promise<unknown> {
    const chat = client.session?.chat.id ?? '';
    const api = callers[standing] ?? service.admin;
    const signed = async (message: string, clientMessageId: string = randomUUID()): Promise<unknown> => {
      const [messageId, counter] = [await messageFor(standing), ++client.counter];
      const pieces = {
        sessionId: client.session?.sessionId ?? '',
        counter,
        event,
        chatId: chat,
        clientMessageId,
        message,
      };
      return {
        messageId,
        counter,
        clientMessageId,
        ...(message !== '' && { message }),
        messageString: messageString(client.key, { ...pieces, reference: messageId }),
      };
    };
    switch (event) {
      case 'message:send':
        return client.signed('hello');
      case 'message:edit':
        return signed('changed');
      case 'message:delete':
        return signed('');
      case 'reaction:set':
        return { messageId: await messageFor(standing), reaction: '👍', on: true };
      case 'pin:set':
        return { messageId: await messageFor(standing), pinned: true };
      case 'attachment:add': {
        const {
          clientMessageId: _,
          message: __,
          ...rest
        } = (await signed(A_FILE.form.sha256, '')) as object & {
          clientMessageId?: string;
          message?: string;
        };
        return { ...rest, ...A_FILE.form };
      }
      case 'attachment:finish': {
        const { finish: _, ...payload } = await fileFor(standing);
        return payload;
      }
      case 'attachment:get': {
        const { finish, ...payload } = await fileFor(standing);
        await finish();
        return payload;
      }
      case 'edits:get':
        return { messageId: await messageFor(standing) };
      case 'typing:set':
        return { typing: true };
      case 'read:set':
        return { seq: 1 };
      case 'session:renew':
        return { connectionString: (await ticketFor(api, chat)).connectionString };
      case 'chat:connect':
        return { chatId: chat, connectionString: (await ticketFor(api, chat)).connectionString };
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

  it('stand as the table says, for every documented event', async () => {
    const document = (await service.admin.get<AsyncApi>('/docs/asyncapi.json')).body;
    const events = Object.entries(document.operations)
      .filter(([name, { action }]) => action === 'receive' && name !== 'connect')
      .map(([name]) => name.replace('_', ':'));
    const found: Record<string, string> = {};
    for (const event of events) {
      const answers: string[] = [];
      for (const standing of SOCKET_STANDINGS) {
        const client = await ChatClient.open(
          callers[standing] ?? service.admin,
          standing === 'guest' ? openChatId : chatId,
        );
        const ack: AckBody = await client.emit(event, await payloadOf(event, client, standing));
        answers.push(ack.ok ? 'ok' : (ack.error?.code ?? 'nothing'));
        client.close();
      }
      found[event] = answers.join(' ');
    }
    expect(found).toEqual(SOCKET_WALLS);
  });
});
