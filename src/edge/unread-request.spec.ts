import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { codeOfUnread, refuseUnread } from './unread-request.js';

describe('refuseUnread', () => {
  let server: Server;
  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === '/half') response.writeHead(200, { 'Content-Length': 8 }).write('half');
    });
    server.on('clientError', (error, socket) => refuseUnread(socket as Socket, codeOfUnread(error), 'a request', {}));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function answerTo(begin: string, after: string, then: string): Promise<string> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.write(begin);
    for await (const chunk of socket) {
      text += String(chunk);
      if (text.endsWith(after)) socket.write(then);
    }
    return text;
  }

  it('answers with a problem, and hangs up', async () => {
    const answer = await answerTo('nonsense\r\n\r\n', '\0', '');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\r\nConnection: close\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'validation_failed' });
  });

  it('says nothing in the middle of another answer, which would take it for a part of itself', async () => {
    const answer = await answerTo('GET /half HTTP/1.1\r\nHost: x\r\n\r\n', '\r\n\r\nhalf', 'nonsense\r\n\r\n');
    expect(answer.split('\r\n\r\n')[1]).toBe('half');
  });
});
