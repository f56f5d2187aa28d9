import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { installOwnPackages } from '../../scripts/own-package.mjs';
import { messageString } from '../../src/auth/message-string.js';
import type { MessageBody } from '../support/api.js';
import { type AckBody, type Session, ticketFor } from '../support/chat-client.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

jest.setTimeout(120_000);

/** What all clients of Socket.IO 4 have had since the first of them. */
interface OldSocket {
  on(event: string, listener: (payload: never) => void): void;
  once(event: string, listener: (payload: never) => void): void;
  emit(event: string, payload: unknown, ack: (answer: AckBody) => void): void;
  disconnect(): void;
}
type Io = (url: string, options: Readonly<Record<string, unknown>>) => OldSocket;

/** A folder of their own: what they depend on is as old as they are, and no part of the service. */
const FOLDER = 'test/foreign';
const ofFolder = createRequire(resolve(FOLDER, 'package.json'));

describe('clients of earlier years', () => {
  let service: TestApp;
  let chatId: string;
  beforeAll(async () => {
    await installOwnPackages(FOLDER);
    service = await startTestApp();
    chatId = (await service.admin.workspace()).defaultChatId;
  });
  afterAll(() => service.close());

  const open = (io: Io, auth: Readonly<Record<string, unknown>>): OldSocket =>
    io(`${service.url}/connect`, { transports: ['websocket'], reconnection: false, forceNew: true, auth });

  const next = <Payload>(socket: OldSocket, event: string): Promise<Payload> =>
    new Promise((done, fail) => {
      socket.once(event, done);
      if (event !== 'connect_error') socket.once('connect_error', fail as (error: never) => void);
    });

  const emit = (socket: OldSocket, event: string, payload: unknown): Promise<AckBody> =>
    new Promise((done) => socket.emit(event, payload, done));

  it.each(['4-0', '4-5', '4-7'])('such as socket.io-client %s send, hear, resume and are refused', async (version) => {
    const { io } = ofFolder(`socket.io-client-${version}`) as { io: Io };
    const installed = ofFolder(`socket.io-client-${version}/package.json`) as { version: string };
    expect(installed.version.replaceAll('.', '-').startsWith(version)).toBe(true);

    const { connectionString, messageKey } = await ticketFor(service.admin, chatId);
    const socket = open(io, { chatId, connectionString });
    const { sessionId, seq } = await next<Session>(socket, 'session');
    const pieces = { sessionId, counter: 1, event: 'message:send', chatId, clientMessageId: randomUUID() };
    const message = `mail ada@example.org from ${version}`;
    const mac = messageString(Buffer.from(messageKey, 'base64url'), { ...pieces, message });
    const created = next<MessageBody>(socket, 'message:created');
    const { counter, clientMessageId } = pieces;
    const ack = await emit(socket, 'message:send', { message, counter, clientMessageId, messageString: mac });
    expect(ack).toMatchObject({ ok: true, data: { message, seq: seq + 1 } });
    expect(await created).toMatchObject({ seq: seq + 1, text: expect.stringMatching(/^mail <EMAIL_ADDRESS_\d> from/) });
    const replay = await emit(socket, 'message:send', { message, counter, clientMessageId, messageString: mac });
    expect(replay).toMatchObject({ ok: false, error: { code: 'message_replayed' } });
    const unknown = await emit(socket, 'no:such', {});
    expect(unknown).toMatchObject({ ok: false, error: { code: 'unknown_event' } });
    socket.disconnect();

    const fresh = await ticketFor(service.admin, chatId);
    const again = open(io, { chatId, lastSeq: seq, connectionString: fresh.connectionString });
    const missed = next<MessageBody>(again, 'message:created');
    expect(await next<Session>(again, 'session')).toMatchObject({ recovered: true, seq: seq + 1 });
    expect((await missed).seq).toBe(seq + 1);
    again.disconnect();

    const refused = open(io, { chatId, connectionString });
    const error = await next<Error & { readonly data?: unknown }>(refused, 'connect_error');
    expect(error.data).toMatchObject({ code: 'connection_string_used' });
    refused.disconnect();
  });
});
