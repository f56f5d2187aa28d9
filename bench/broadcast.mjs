import { parseArgs } from 'node:util';
import { messageString } from '../dist/src/auth/message-string.js';
import { Connection, frame } from './load/connection.mjs';
import { cpuOf } from './measure/clocks.mjs';
import { Laboratory } from './measure/systems.mjs';

/*
 * npm run bench:broadcast: one message at a time to all readers of a chat, on one node and on three. Counted from the moment
 * in which it leaves its sender until the last reader has it; the readers sit in this one process, which reads them in turn.
 */
const { values } = parseArgs({
  options: {
    readers: { type: 'string', default: '1000' },
    messages: { type: 'string', default: '100' },
    redis: { type: 'string', default: '' },
  },
});
const [readers, messages] = [Number(values.readers), Number(values.messages)];
const AT_ONCE = 50;

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);

/** @returns milliseconds from each send to its last reader, in rising order */
async function measure(nodes) {
  const [first] = nodes;
  const connections = [];
  let [waiting, done] = [0, () => undefined];
  const onEvent = (bytes, start) => {
    if (!bytes.toString('latin1', start, start + 20).startsWith('["message:created"')) return;
    waiting -= 1;
    if (waiting === 0) done();
  };
  for (const node of nodes) {
    const targets = await node.targets(readers);
    for (let at = 0; at < targets.length; at += AT_ONCE) {
      await Promise.all(
        targets.slice(at, at + AT_ONCE).map(async ({ port, chatId, connectionString }) => {
          const connection = new Connection(port, { chatId, connectionString });
          await connection.opened;
          connection.onEvent = onEvent;
          connections.push(connection);
        }),
      );
    }
  }
  const [{ port, chatId, connectionString, messageKey }] = await first.targets(1);
  const sender = new Connection(port, { chatId, connectionString });
  const { sessionId } = await sender.opened;
  const key = Buffer.from(messageKey, 'base64url');
  const times = [];
  const WARM_UP = 10;
  let cpu = 0;
  for (let counter = 1; counter <= messages + WARM_UP; counter += 1) {
    if (counter === WARM_UP + 1) cpu = cpuOf(first.child.pid);
    const clientMessageId = `fan-out-${counter}`;
    const pieces = { sessionId, counter, event: 'message:send', chatId, clientMessageId, message: 'to everybody' };
    const payload = { message: 'to everybody', clientMessageId, counter, messageString: messageString(key, pieces) };
    waiting = connections.length;
    const all = new Promise((resolve) => (done = resolve));
    const began = performance.now();
    sender.write(frame(`42/connect,${counter}${JSON.stringify(['message:send', payload])}`));
    await all;
    if (counter > WARM_UP) times.push(performance.now() - began);
  }
  const serverMs = ((cpuOf(first.child.pid) - cpu) * 1_000) / messages;
  for (const connection of [...connections, sender]) connection.close();
  return { times: times.sort((a, b) => a - b), serverMs };
}

for (const count of [1, 3]) {
  const laboratory = await Laboratory.open();
  try {
    const env = values.redis === '' ? {} : { REDIS_URL: values.redis };
    const nodes = [await laboratory.cloakroom(1, { env })];
    while (nodes.length < count) {
      const { key, ids } = nodes[0];
      nodes.push(await laboratory.cloakroom(1, { node: nodes.length, key, ids, env }));
    }
    const { times, serverMs } = await measure(nodes);
    const total = times.reduce((sum, time) => sum + time, 0);
    console.log(
      `${count} × ${readers} readers, hints over ${values.redis === '' ? 'PostgreSQL' : 'Redis'}: last reader after p50 ` +
        `${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms; ` +
        `${Math.round((messages * readers * count * 1_000) / total)} deliveries/s; ` +
        `${serverMs.toFixed(1)} ms of the sending node's CPU per message`,
    );
  } finally {
    await laboratory.close();
  }
}
