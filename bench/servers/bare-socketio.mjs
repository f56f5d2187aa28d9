import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { insert, listen, prepare } from './bare-store.mjs';

/* The floor: what people write themselves. Ack after commit, broadcast to the chat. */
await prepare();
const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
io.of('/connect').on('connection', (socket) => {
  const { chatId } = socket.handshake.auth;
  void socket.join(chatId);
  socket.emit('session', {});
  socket.on('message:send', async ({ message, clientMessageId }, ack) => {
    try {
      const view = await insert(chatId, socket.id, clientMessageId, message);
      io.of('/connect').to(chatId).emit('message:created', view);
      ack({ ok: true, data: view });
    } catch {
      ack({ ok: false });
    }
  });
});
listen(http);
