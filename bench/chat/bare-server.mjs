import { createServer } from 'node:http';
import { Pool } from 'pg';
import { Server } from 'socket.io';

/*
 * The floor: what people write themselves. Socket.IO and one INSERT for each message, on a pool of 10 with a named
 * statement; gapless seq for each chat, unique client id, ack after commit, broadcast to the chat. No verification, no
 * masking, no vault. Prints one line of JSON with its address when it is ready.
 */
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10, idleTimeoutMillis: 0 });
await pool.query(`
  CREATE TABLE IF NOT EXISTS bare_chats (id text PRIMARY KEY, last_seq bigint NOT NULL);
  CREATE TABLE IF NOT EXISTS bare_messages (
    chat_id text NOT NULL, seq bigint NOT NULL, sender text NOT NULL, client_id text NOT NULL, text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (chat_id, seq), UNIQUE (chat_id, sender, client_id))`);

const INSERT = {
  name: 'insert',
  text: `WITH next AS (
           INSERT INTO bare_chats VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET last_seq = bare_chats.last_seq + 1 RETURNING last_seq)
         INSERT INTO bare_messages (chat_id, seq, sender, client_id, text) SELECT $1, last_seq, $2, $3, $4 FROM next
         RETURNING seq, created_at`,
};

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false });
io.of('/connect').on('connection', (socket) => {
  const { chatId } = socket.handshake.auth;
  void socket.join(chatId);
  socket.emit('session', {});
  socket.on('message:send', async ({ message, clientMessageId }, ack) => {
    try {
      const { rows } = await pool.query({ ...INSERT, values: [chatId, socket.id, clientMessageId, message] });
      const view = {
        chatId,
        seq: Number(rows[0].seq),
        senderId: socket.id,
        createdAt: rows[0].created_at,
        text: message,
      };
      io.of('/connect').to(chatId).emit('message:created', view);
      ack({ ok: true, data: view });
    } catch {
      ack({ ok: false });
    }
  });
});
http.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${http.address().port}` })));
process.on('SIGTERM', () => process.exit(0));
