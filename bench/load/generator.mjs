import { createHmac, randomUUID } from 'node:crypto';
import { Connection, frame } from './connection.mjs';
import { HttpConnection } from './http-connection.mjs';
import { Histogram } from './histogram.mjs';

/*
 * The load, in a process of its own. The parent sends one command at a time over IPC and gets one answer:
 *   connect {targets: [{port, chatId, connectionString?, messageKey?}], plain, texts}
 *   closed  {seconds, warmUp, inFlight, senders}: each sender keeps `inFlight` messages under way
 *   open    {seconds, warmUp, rate, senders}: messages are due at a fixed rate; latency counts from when one was due, so that
 *           a server that stalls cannot hide it by slowing the load down (coordinated omission)
 *   churn   {targets, atOnce}: connects, waits for `session`, closes
 *   calls   {port, method, paths: [{path, headers}], bodies, seconds, warmUp, atOnce}: HTTP/1.1 calls on connections that stay open
 * Message strings and frames are made before a slice begins, for all servers alike.
 */
const connections = [];
let signed = false;
let plain = false;
let texts = [];

process.on('message', (command) => {
  const work = { connect, closed, open, churn, calls }[command.do];
  work(command).then(
    (answer) => process.send(answer),
    (error) => process.send({ error: String(error?.stack ?? error) }),
  );
});

async function connect({ targets, plain: isPlain, texts: given }) {
  plain = isPlain;
  texts = given;
  signed = targets.some(({ messageKey }) => messageKey !== undefined);
  const AT_ONCE = 50;
  for (let at = 0; at < targets.length; at += AT_ONCE) {
    await Promise.all(
      targets.slice(at, at + AT_ONCE).map(async ({ port, chatId, connectionString, messageKey }, n) => {
        const connection = new Connection(port, { chatId, connectionString }, { plain });
        const session = await connection.opened;
        connections.push({
          index: at + n,
          connection,
          chatId,
          key: messageKey && Buffer.from(messageKey, 'base64url'),
          session: session.sessionId,
          made: 0,
          stock: [],
        });
      }),
    );
  }
  return { connected: connections.length };
}

/** Frames of messages not sent yet, in the order of their counters. */
function fill(client, count) {
  while (client.stock.length < count) {
    client.made += 1;
    const clientMessageId = randomUUID();
    const message = texts[(client.made * 7 + client.index) % texts.length];
    const payload = { message, clientMessageId };
    if (signed) {
      payload.counter = client.made;
      payload.messageString = messageString(client.key, [
        'cloakroom/message/v1',
        client.session,
        String(client.made),
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
    const body = JSON.stringify(['message:send', payload]);
    const bytes = plain ? frame(`2${client.made}${body}`) : frame(`42/connect,${client.made}${body}`);
    client.stock.push({ id: client.made, clientMessageId, bytes });
  }
  // Taken from the end.
  client.stock.sort((a, b) => b.id - a.id);
}

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

function next(client) {
  if (client.stock.length === 0) fill(client, 64);
  return client.stock.pop();
}

/** What a slice counts, between `begin` and the end. */
function counters() {
  const count = { acks: 0, failures: 0, deliveries: 0, counting: false, failure: undefined };
  for (const { connection } of connections) {
    connection.onEvent = () => {
      if (count.counting) count.deliveries += 1;
    };
    connection.onClose = () => {
      count.failures += 1;
      count.failure = 'closed';
    };
  }
  return count;
}

const OK = Buffer.from('"ok":true');

function settle(count, bytes, start, end) {
  if (!count.counting) return;
  if (bytes.subarray(start, Math.min(end, start + 16)).includes(OK)) count.acks += 1;
  else {
    count.failures += 1;
    count.failure ??= bytes.toString('utf8', start, end);
  }
}

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/** Tells the parent when to look at the CPU clocks. */
const mark = (name) => process.send({ mark: name });

async function measured(count, warmUp, seconds) {
  await wait(warmUp);
  const cpu = process.cpuUsage();
  const start = performance.now();
  count.counting = true;
  mark('begin');
  await wait(seconds);
  count.counting = false;
  mark('end');
  const elapsed = (performance.now() - start) / 1_000;
  const used = process.cpuUsage(cpu);
  return { elapsed, generatorCpu: (used.user + used.system) / 1e6 / elapsed };
}

function answer(count, { elapsed, generatorCpu }, acked, shown) {
  return {
    acks: count.acks,
    acksPerSecond: count.acks / elapsed,
    deliveriesPerSecond: count.deliveries / elapsed,
    failures: count.failures,
    failure: count.failure,
    generatorCpu,
    ack: acked?.summary(),
    broadcast: shown?.summary(),
  };
}

async function closed({ seconds, warmUp, inFlight, senders = connections.length, stock = 0 }) {
  const chosen = connections.slice(0, senders);
  for (const client of chosen) fill(client, stock);
  const count = counters();
  const acked = new Histogram();
  let stopped = false;
  let underWay = 0;
  let drained = () => undefined;
  const send = (client) => {
    const { id, bytes } = next(client);
    client.sentAt[id % 1024] = performance.now();
    client.connection.write(bytes);
    underWay += 1;
  };
  for (const client of chosen) {
    client.sentAt = new Float64Array(1024);
    client.connection.onAck = (id, bytes, start, end) => {
      underWay -= 1;
      settle(count, bytes, start, end);
      if (count.counting) acked.record(performance.now() - client.sentAt[id % 1024]);
      if (!stopped) send(client);
      else if (underWay === 0) drained();
    };
  }
  for (const client of chosen) for (let n = 0; n < inFlight; n += 1) send(client);
  const result = await measured(count, warmUp, seconds);
  stopped = true;
  await Promise.race([new Promise((resolve) => (drained = resolve)), wait(10)]);
  return answer(count, result, acked);
}

async function open({ seconds, warmUp, rate, senders = connections.length, observed = true }) {
  const chosen = connections.slice(0, senders);
  const each = Math.ceil((rate * (seconds + warmUp)) / chosen.length);
  for (const client of chosen) fill(client, each);
  const count = counters();
  const acked = new Histogram();
  const shown = new Histogram();
  /** By client message id: when it was due. Looked for in the first connection of each chat. */
  const due = new Map();
  const watched = new Set();
  for (const client of chosen) {
    client.dueAt = new Map();
    client.connection.onAck = (id, bytes, start, end) => {
      settle(count, bytes, start, end);
      if (count.counting) acked.record(performance.now() - client.dueAt.get(id));
      client.dueAt.delete(id);
    };
  }
  for (const client of observed ? connections : []) {
    if (watched.has(client.chatId)) continue;
    watched.add(client.chatId);
    client.connection.onEvent = (bytes, start, end) => {
      if (!count.counting) return;
      count.deliveries += 1;
      const at = bytes.indexOf('"clientMessageId":"', start, 'latin1') + 19;
      if (at < 19 || at > end) return;
      const id = bytes.toString('latin1', at, at + 36);
      if (due.has(id)) shown.record(performance.now() - due.get(id));
      due.delete(id);
    };
  }
  const begin = performance.now() + 5;
  let sent = 0;
  let stopped = false;
  const pump = () => {
    if (stopped) return;
    const now = performance.now();
    for (; begin + (sent * 1_000) / rate <= now; sent += 1) {
      const client = chosen[sent % chosen.length];
      const { id, clientMessageId, bytes } = next(client);
      const at = begin + (sent * 1_000) / rate;
      client.dueAt.set(id, at);
      if (observed) due.set(clientMessageId, at);
      client.connection.write(bytes);
    }
    setTimeout(pump, 1);
  };
  pump();
  const result = await measured(count, warmUp, seconds);
  stopped = true;
  await wait(1);
  return { ...answer(count, result, acked, shown), offered: rate };
}

async function churn({ targets, atOnce, plain: isPlain = false }) {
  const left = [...targets];
  const cpu = process.cpuUsage();
  const start = performance.now();
  mark('begin');
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let target = left.pop(); target; target = left.pop()) {
        const { port, chatId, connectionString } = target;
        const connection = new Connection(port, { chatId, connectionString }, { plain: isPlain });
        await connection.opened;
        connection.close();
      }
    }),
  );
  mark('end');
  const elapsed = (performance.now() - start) / 1_000;
  const used = process.cpuUsage(cpu);
  return {
    acks: targets.length,
    connectsPerSecond: targets.length / elapsed,
    generatorCpu: (used.user + used.system) / 1e6 / elapsed,
  };
}

async function calls({ port, method, paths, bodies = [], seconds, warmUp, atOnce }) {
  const count = { acks: 0, failures: 0, deliveries: 0, counting: false, failure: undefined };
  const answered = new Histogram();
  const until = { stopped: false };
  const work = Array.from({ length: atOnce }, async (_, n) => {
    const connection = new HttpConnection(port);
    await connection.opened;
    const { path, headers } = paths[n % paths.length];
    for (let turn = n; !until.stopped; turn += atOnce) {
      const body =
        bodies.length > 0 ? JSON.stringify({ ...bodies[turn % bodies.length], clientMessageId: randomUUID() }) : '';
      const start = performance.now();
      const status = await connection.call(method, path, headers, body);
      if (!count.counting) continue;
      if (status >= 200 && status < 300) count.acks += 1;
      else {
        count.failures += 1;
        count.failure ??= String(status);
      }
      answered.record(performance.now() - start);
    }
    connection.close();
  });
  const result = await measured(count, warmUp, seconds);
  until.stopped = true;
  await Promise.all(work);
  return answer(count, result, answered);
}
