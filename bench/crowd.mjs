import { parseArgs } from 'node:util';
import { messageString } from '../dist/src/auth/message-string.js';
import { Connection, frame } from './load/connection.mjs';
import { residentOf } from './measure/clocks.mjs';
import { Laboratory } from './measure/systems.mjs';

/*
 * npm run bench:crowd: so many sockets open at once on one node, each with a session. They are held for a while, a message
 * goes into every chat, and everybody must hear it; nobody may have been dropped. Ends with 1 when that does not hold.
 */
const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    chats: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
  },
});
const [sockets, chats, seconds] = [values.sockets, values.chats, values.seconds].map(Number);
const AT_ONCE = 50;
const HEARD_WITHIN_MS = 60_000;

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const residentMb = ({ pid }) => residentOf(pid) / 1024 ** 2;

const laboratory = await Laboratory.open();
let held = false;
try {
  const node = await laboratory.cloakroom(chats);
  const before = residentMb(node.child);
  const crowd = [];
  let [gone, heard] = [0, 0];
  const began = performance.now();
  while (crowd.length < sockets) {
    // Strings are asked for as they are needed, since they live for minutes only.
    const targets = await node.targets(Math.min(AT_ONCE * chats, sockets - crowd.length));
    for (let at = 0; at < targets.length; at += AT_ONCE) {
      await Promise.all(
        targets.slice(at, at + AT_ONCE).map(async ({ port, chatId, connectionString, messageKey }) => {
          const connection = new Connection(port, { chatId, connectionString });
          connection.session = await connection.opened;
          connection.key = Buffer.from(messageKey, 'base64url');
          connection.onClose = () => (gone += 1);
          connection.onEvent = (bytes, start) => {
            if (bytes.toString('latin1', start, start + 18) === '["message:created"') heard += 1;
          };
          crowd.push(connection);
        }),
      );
    }
  }
  const opened = (performance.now() - began) / 1_000;
  await delay(seconds * 1_000);
  const during = residentMb(node.child);

  const speakers = new Map(crowd.map((connection) => [connection.auth.chatId, connection]));
  const spoken = performance.now();
  for (const [chatId, speaker] of speakers) {
    const { sessionId } = speaker.session;
    const fields = { counter: 1, clientMessageId: `crowd-${chatId}`, message: 'to everybody' };
    const mac = messageString(speaker.key, { sessionId, event: 'message:send', chatId, ...fields });
    speaker.write(frame(`42/connect,1${JSON.stringify(['message:send', { ...fields, messageString: mac }])}`));
  }
  const allHeard = () => heard >= sockets;
  while (!allHeard() && performance.now() - spoken < HEARD_WITHIN_MS) await delay(20);
  const took = performance.now() - spoken;
  held = gone === 0 && heard === sockets;
  console.log(
    [
      `sockets open at once: ${crowd.length - gone} of ${sockets}, in ${chats} chats, opened in ${opened.toFixed(0)} s, held for ${seconds} s`,
      `a message into every chat: heard ${heard} times, the last after ${took.toFixed(0)} ms`,
      `memory of the server: ${before.toFixed(0)} MB before, ${during.toFixed(0)} MB with all of them, ${(((during - before) * 1_024) / sockets).toFixed(1)} KB each`,
      held ? 'bench:crowd: everything held' : `bench:crowd: FAILED: ${gone} sockets were dropped`,
    ].join('\n'),
  );
  for (const connection of crowd) connection.close();
} finally {
  await laboratory.close();
}
process.exit(held ? 0 : 1);
