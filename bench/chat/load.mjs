import { createHmac, randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';

/*
 * A load generator in a process of its own. Reads one JSON object from its argument:
 * {targets: [{url, chatId, connectionString, messageKey}], seconds, warmUp, inFlight, sample, signed}. Each socket keeps `inFlight`
 * messages under way (closed loop). Prints one line of JSON: acks, deliveries, and latencies of a sample in milliseconds.
 */
const { targets, seconds, warmUp, inFlight, signed, texts } = JSON.parse(process.argv[2]);

const PREFIX = 'cloakroom/message/v1';

function messageString(key, pieces) {
  const parts = [Buffer.alloc(8)];
  parts[0].writeBigUInt64LE(BigInt(pieces.length));
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    parts.push(length, bytes);
  }
  return `ms1_${createHmac('sha256', key).update(Buffer.concat(parts)).digest('base64url')}`;
}

let acks = 0;
let failures = 0;
let deliveries = 0;
let counting = false;
let stopped = false;
const latencies = [];

const clients = await Promise.all(
  targets.map(
    ({ url, chatId, connectionString, messageKey }) =>
      new Promise((resolve, reject) => {
        const socket = io(`${url}/connect`, {
          transports: ['websocket'],
          reconnection: false,
          forceNew: true,
          auth: { chatId, connectionString },
        });
        const client = {
          socket,
          chatId,
          counter: 0,
          key: messageKey && Buffer.from(messageKey, 'base64url'),
          session: '',
        };
        socket.on('session', ({ sessionId }) => {
          client.session = sessionId;
          resolve(client);
        });
        socket.on('message:created', () => {
          if (counting) deliveries += 1;
        });
        socket.on('connect_error', reject);
      }),
  ),
);

let turn = 0;
function send(client) {
  if (stopped) return;
  const message = texts[turn++ % texts.length];
  const clientMessageId = randomUUID();
  const counter = ++client.counter;
  const payload = { message, clientMessageId };
  if (signed) {
    payload.counter = counter;
    payload.messageString = messageString(client.key, [
      PREFIX,
      client.session,
      String(counter),
      'message:send',
      client.chatId,
      clientMessageId,
      message,
      '',
      '',
      '',
      '',
    ]);
  }
  const start = performance.now();
  client.socket.emit('message:send', payload, ({ ok, error }) => {
    if (counting) {
      if (ok) acks += 1;
      else {
        failures += 1;
        if (failures === 1) console.error(error);
      }
      latencies.push(performance.now() - start);
    }
    send(client);
  });
}

for (const client of clients) for (let n = 0; n < inFlight; n += 1) send(client);
await new Promise((resolve) => setTimeout(resolve, warmUp * 1_000));
counting = true;
const start = performance.now();
await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
counting = false;
stopped = true;
const elapsed = (performance.now() - start) / 1_000;
latencies.sort((a, b) => a - b);
const at = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
console.log(
  JSON.stringify({
    acksPerSecond: acks / elapsed,
    deliveriesPerSecond: deliveries / elapsed,
    failures,
    p50: at(0.5),
    p99: at(0.99),
  }),
);
process.exit(0);
