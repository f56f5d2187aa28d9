// node examples/live.mjs "a message": enters a chat, sends the message and prints what comes back.
// Needs URL, KEY and CHAT in the environment, and the package socket.io-client.
import { createHmac, randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';

const { URL, KEY, CHAT } = process.env;
let messageKey;

/** A new connection string for every connection; the message key comes with it. */
async function getConnectionString() {
  const answer = await fetch(`${URL}/v1/chat/${CHAT}/connection-string`, {
    method: 'POST',
    headers: { 'X-API-Key': KEY },
  });
  const ticket = await answer.json();
  messageKey = Buffer.from(ticket.messageKey, 'base64url');
  return ticket.connectionString;
}

/** A number as little-endian 64 bit. */
function size(number) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(number));
  return bytes;
}

/** PASETO's pre-authentication encoding: count, then length and bytes of each piece. */
function pae(pieces) {
  const encoded = pieces.flatMap((piece) => [size(Buffer.byteLength(piece)), Buffer.from(piece)]);
  return Buffer.concat([size(pieces.length), ...encoded]);
}

/** Proves that this message was made for this session. */
function getMessageString(session, counter, clientMessageId, message) {
  const pieces = ['cloakroom/message/v1', session.sessionId, String(counter), 'message:send', session.chat.id];
  const rest = [clientMessageId, message, '', '', '', '']; // no PII strings, no replyTo
  const mac = createHmac('sha256', messageKey).update(pae([...pieces, ...rest]));
  return `ms1_${mac.digest('base64url')}`;
}

const socket = io(`${URL}/connect`, {
  transports: ['websocket'],
  auth: (give) => {
    getConnectionString().then((connectionString) => give({ chatId: CHAT, connectionString }), console.error);
  },
});
socket.on('connect_error', (error) => console.error('refused', error.data));
socket.on('message:created', ({ seq, text }) => console.log('everybody sees', seq, text));
socket.on('session', async (session) => {
  const message = process.argv[2];
  const clientMessageId = randomUUID();
  const messageString = getMessageString(session, 1, clientMessageId, message);
  const ack = await socket.emitWithAck('message:send', { message, messageString, counter: 1, clientMessageId });
  console.log(ack.ok ? 'acked, to the sender alone' : 'refused', ack.ok ? ack.data.message : ack.error);
  socket.disconnect();
});
