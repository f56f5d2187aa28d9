import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { WebSocketServer } from 'ws';
import { insert, listen, prepare } from './bare-store.mjs';

/* As bare-socketio.mjs, without Socket.IO: `2<id>[event, payload]` comes in, `3<id>[answer]` and `2[event, payload]` go out. */
await prepare();
const http = createServer();
const rooms = new Map();
new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket, request) => {
  const chatId = new URL(request.url, 'http://localhost').searchParams.get('chatId');
  const id = randomUUID();
  const room = rooms.get(chatId) ?? rooms.set(chatId, new Set()).get(chatId);
  room.add(socket);
  socket.on('close', () => room.delete(socket));
  socket.send('2["session",{}]');
  const answer = async (packet) => {
    const at = packet.indexOf('[');
    const ack = packet.slice(1, at);
    try {
      const { message, clientMessageId } = JSON.parse(packet.slice(at))[1];
      const view = await insert(chatId, id, clientMessageId, message);
      const event = Buffer.from(`2${JSON.stringify(['message:created', view])}`);
      for (const reader of room) reader.send(event, { binary: false });
      socket.send(`3${ack}${JSON.stringify([{ ok: true, data: view }])}`);
    } catch {
      socket.send(`3${ack}[{"ok":false}]`);
    }
  };
  socket.on('message', (/** @type {Buffer} */ data) => void answer(data.toString('utf8')));
});
listen(http);
