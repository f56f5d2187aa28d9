import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import {
  CONNECTION_AUDIENCE,
  CONNECTION_ISSUER,
  newJti,
  signConnectionString,
} from '../dist/src/auth/connection-string.js';
import { KeyRing } from '../dist/src/auth/key-ring.js';
import { Connection } from './load/connection.mjs';
import { cpuOf, cpuOfPostgres } from './measure/clocks.mjs';
import { Laboratory } from './measure/systems.mjs';

/*
 * npm run bench:presence: thousands of members, each with a socket, in one chat or in many. What presence costs while nobody
 * comes or goes, and how long it takes until everybody who is there has heard that a tenth of them went, and came back.
 */
const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '2000' },
    chats: { type: 'string', default: '1,100' },
    seconds: { type: 'string', default: '10' },
  },
});
const [members, seconds] = [Number(values.members), Number(values.seconds)];
const AT_ONCE = 50;
const TOLD_WITHIN_MS = 60_000;
const NOBODY = '00000000-0000-0000-0000-000000000000';

const delay = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(chats) {
  const laboratory = await Laboratory.open();
  try {
    const secret = randomBytes(32);
    const node = await laboratory.cloakroom(chats, { env: { TOKEN_KEYS: `bench:${secret.toString('base64url')}` } });
    const ring = new KeyRing([{ kid: 'bench', secret }]);
    const users = Array.from({ length: members }, () => uuidv7());
    await laboratory.query(`INSERT INTO users (id, display_name) SELECT id, 'Member' FROM unnest($1::uuid[]) id`, [
      users,
    ]);
    await laboratory.query(
      `INSERT INTO members (workspace_id, user_id, role, pii_access) SELECT $1, id, 'member', false FROM unnest($2::uuid[]) id`,
      [node.workspaceId, users],
    );

    // What each reader was told, by the number of members in its notices.
    let [told, wanted, done, notices] = [0, Infinity, () => undefined, 0];
    const onEvent = (bytes, start, end) => {
      if (!bytes.toString('latin1', start, start + 20).startsWith('["presence:updated"')) return;
      notices += 1;
      told += JSON.parse(bytes.toString('utf8', start, end))[1].users.length;
      if (told >= wanted) done();
    };
    const enter = async (n, listener) => {
      const now = Math.floor(Date.now() / 1_000);
      const chatId = node.ids[n % chats];
      const claims = {
        iss: CONNECTION_ISSUER,
        aud: CONNECTION_AUDIENCE,
        sub: users[n],
        wsp: node.workspaceId,
        cht: chatId,
        scp: 'chat',
        jti: newJti(NOBODY),
        iat: now,
        nbf: now,
        exp: now + 60,
        sxp: now + 3_600,
      };
      const connection = new Connection(node.port, { chatId, connectionString: signConnectionString(claims, ring) });
      await connection.opened;
      connection.onEvent = listener;
      return connection;
    };
    const enterAll = async (numbers, listener) => {
      const all = [];
      for (let at = 0; at < numbers.length; at += AT_ONCE) {
        all.push(...(await Promise.all(numbers.slice(at, at + AT_ONCE).map((n) => enter(n, listener)))));
      }
      return all;
    };
    const clocks = () => ({ server: cpuOf(node.child.pid), database: cpuOfPostgres(laboratory.postgres.pid) });
    const spent = (from) => {
      const to = clocks();
      return { server: (to.server - from.server) * 1_000, database: (to.database - from.database) * 1_000 };
    };
    /** Milliseconds and CPU until everybody who is there was told of so many in their chat. */
    const untilTold = async (readers, changed, act) => {
      [told, wanted, notices] = [0, (readers * changed) / chats, 0];
      const all = new Promise((resolve, reject) => {
        done = resolve;
        setTimeout(() => reject(new Error(`told ${told} of ${wanted}`)), TOLD_WITHIN_MS).unref();
      });
      const [from, began] = [clocks(), performance.now()];
      await act();
      await all;
      return { ms: performance.now() - began, notices, ...spent(from) };
    };

    const everybody = Array.from({ length: members }, (_, n) => n);
    const connections = await enterAll(everybody, onEvent);
    await delay(3_000);
    const from = clocks();
    await delay(seconds * 1_000);
    const still = spent(from);

    const gone = everybody.slice(0, members / 10);
    const staying = members - gone.length;
    const left = await untilTold(staying, gone.length, () => {
      for (const n of gone) connections[n].close();
    });
    const back = await untilTold(staying, gone.length, () => enterAll(gone, () => undefined));
    for (const connection of connections) connection.close();

    const percent = (ms) => `${(ms / (seconds * 10)).toFixed(1)} %`;
    const line = (name, { ms, notices: count, server, database }) =>
      `${name} ${Math.round(ms)} ms, ${count} notices, CPU ${Math.round(server)} ms of the node, ${Math.round(database)} ms of PostgreSQL`;
    console.log(
      [
        `${members} members in ${chats} chat${chats > 1 ? 's' : ''}: nobody moves: ${percent(still.server)} of a CPU on the node, ` +
          `${percent(still.database)} in PostgreSQL`,
        line(`  ${gone.length} go, the others know after`, left),
        line(`  they come back, the others know after`, back),
      ].join('\n'),
    );
  } finally {
    await laboratory.close();
  }
}

for (const chats of values.chats.split(',').map(Number)) await measure(chats);
