import { parseArgs } from 'node:util';
import { Report } from './measure/report.mjs';
import { compare, interleaved } from './measure/statistics.mjs';
import { Laboratory, texts } from './measure/systems.mjs';

/*
 * npm run bench:history: pages of 50 over REST, against node:http with the query alone, its rows discarded, and with the
 * usual objects and JSON.stringify. `--million 10` measures the time of a page at any depth of a table of that size instead.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    million: { type: 'string', default: '0' },
  },
});
const MESSAGES = 400;
const laboratory = await Laboratory.open();
try {
  if (Number(values.million) > 0) await deep(Number(values.million));
  else await pages();
} finally {
  await laboratory.close();
}
process.exit(0);

async function pages() {
  const report = new Report('history', 'Pages of 50 messages over REST, 32 calls at once');
  const bare = await laboratory.bare('bare-http');
  const plain = await laboratory.cloakroom(1);
  const [chatId] = plain.ids;
  // One message in ten holds a value, ten values altogether.
  for (const { id, path, headers } of [
    { path: `/${bare.ids[0]}`, id: bare, headers: {} },
    { path: `/v1/chat/${chatId}/messages`, id: plain, headers: { 'X-API-Key': plain.key } },
  ]) {
    for (let n = 0; n < MESSAGES; n += 1) {
      const response = await fetch(`http://127.0.0.1:${id.port}${path}`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify({ message: texts()[n % 20], clientMessageId: `m-${n}` }),
      });
      if (!response.ok) throw new Error(`a message was answered with ${response.status}`);
      await response.arrayBuffer();
    }
  }
  const me = await plain.call('GET', '/v1/users/me');
  await plain.call('PUT', `/v1/workspaces/${plain.workspaceId}/members/${me.id}`, { role: 'owner', piiAccess: true });
  const { key } = await plain.call('POST', `/v1/users/${me.id}/api-keys`, { name: 'desk', scopes: ['pii:rehydrate'] });
  await laboratory.query('ANALYZE');
  const path = `/v1/chat/${chatId}/messages`;
  const systems = [
    { ...bare, name: 'query alone, rows discarded', path: `/${bare.ids[0]}`, headers: {} },
    { ...bare, name: 'objects and JSON.stringify', path: `/${bare.ids[0]}/rows`, headers: {} },
    { ...plain, name: 'cloakroom, masked', path, headers: { 'X-API-Key': plain.key } },
    {
      ...plain,
      name: 'cloakroom, 10 % rehydrated',
      path,
      headers: { 'X-API-Key': key, 'X-Chat-History-Pii-Mapping': 'vault' },
    },
  ];
  const generator = laboratory.generator();
  const results = await interleaved(systems, Number(values.rounds), (system) =>
    laboratory.slice(system, generator, {
      do: 'calls',
      port: system.port,
      method: 'GET',
      paths: [{ path: system.path, headers: system.headers }],
      seconds: Number(values.seconds),
      warmUp: 1,
      atOnce: 32,
    }),
  );
  report.table(
    'Pages',
    compare(results, [
      { name: 'pages/s', of: ({ acksPerSecond }) => acksPerSecond },
      { name: 'p99, ms', of: ({ ack }) => ack.p99, digits: 2 },
      { name: 'server CPU per page, µs', of: ({ serverMicros }) => serverMicros },
      { name: 'database CPU per page, µs', of: ({ databaseMicros }) => databaseMicros },
    ]),
  );
  report.bars('Pages', results, ({ acksPerSecond }) => acksPerSecond, 'pages/s');
  report.write();
}

/** Time of a page in PostgreSQL itself, at the head and deep inside of one chat of a large table, with and without partitions. */
async function deep(million) {
  const report = new Report('history-depth', `A page of 50 in a table of ${million} million messages`);
  await laboratory.cloakroom(1);
  const CHATS = 100;
  const each = (million * 1_000_000) / CHATS;
  const rows = [];
  for (const partitions of [0, 16]) {
    const table = partitions ? 'messages_parted' : 'messages';
    if (partitions) {
      await laboratory.query(`CREATE TABLE ${table} (LIKE messages INCLUDING ALL) PARTITION BY HASH (workspace_id)`);
      for (let n = 0; n < partitions; n += 1) {
        await laboratory.query(
          `CREATE TABLE ${table}_${n} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${partitions}, REMAINDER ${n})`,
        );
      }
    }
    const start = performance.now();
    for (let chat = 0; chat < CHATS; chat += 1) {
      await laboratory.query(
        `INSERT INTO ${table} (workspace_id, chat_id, seq, id, sender_id, client_message_id, text, positions)
         SELECT md5('w' || $1 % 10)::uuid, md5('c' || $1)::uuid, n, gen_random_uuid(), md5('u')::uuid, 'm-' || n,
                'the numbers of last week look fine, nothing to worry about', '[]' FROM generate_series(1, $2::int) n`,
        [chat, each],
      );
    }
    const loaded = (performance.now() - start) / 1_000;
    await laboratory.query(`VACUUM ANALYZE ${table}`);
    const [{ size }] = await laboratory.query(
      `SELECT round(sum(pg_total_relation_size(relid)) / 1e6) AS size FROM pg_partition_tree('${table}') WHERE isleaf`,
    );
    for (const [what, where] of [
      ['head', `workspace_id = md5('w7')::uuid AND chat_id = md5('c7')::uuid`],
      ['middle', `workspace_id = md5('w7')::uuid AND chat_id = md5('c7')::uuid AND seq < ${Math.floor(each / 2)}`],
      ['start', `workspace_id = md5('w7')::uuid AND chat_id = md5('c7')::uuid AND seq < 52`],
      ['middle, by OFFSET', `workspace_id = md5('w7')::uuid AND chat_id = md5('c7')::uuid`],
      ['head, without the workspace', `chat_id = md5('c7')::uuid`],
    ]) {
      const offset = what.includes('OFFSET') ? `OFFSET ${Math.floor(each / 2)}` : '';
      const times = [];
      let buffers = 0;
      for (let n = 0; n < 7; n += 1) {
        const [{ 'QUERY PLAN': plan }] = await laboratory.query(
          `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM ${table} WHERE ${where} ORDER BY seq DESC LIMIT 50 ${offset}`,
        );
        times.push(plan[0]['Execution Time']);
        buffers = plan[0].Plan['Shared Hit Blocks'] + plan[0].Plan['Shared Read Blocks'];
      }
      const time = times.toSorted((a, b) => a - b)[3];
      rows.push([
        partitions ? `${partitions} by workspace` : 'none',
        what,
        time.toFixed(3),
        buffers,
        size,
        loaded.toFixed(0),
      ]);
    }
  }
  report.plainTable('Execution in PostgreSQL', ['partitions', 'page', 'ms', 'buffers', 'table, MB', 'load, s'], rows);
  report.write();
}
