import { parseArgs } from 'node:util';
import { Report } from './measure/report.mjs';
import { Laboratory, texts } from './measure/systems.mjs';

/* npm run bench:growth: what one more of everything costs. CPU per message is the figure to trust where others work too. */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, sockets: { type: 'string', default: '100,1000,5000' } },
});
const seconds = Number(values.seconds);
const report = new Report('growth', 'The cost of growth');
const HEAD = ['messages/s', 'ack p50, ms', 'ack p99, ms', 'server µs', 'database µs'];
const row = ({ acksPerSecond, ack, serverMicros, databaseMicros }) => [
  acksPerSecond.toFixed(0),
  ack.p50.toFixed(1),
  ack.p99.toFixed(1),
  serverMicros.toFixed(0),
  databaseMicros.toFixed(0),
];

/** One laboratory for each point: nothing of the point before is left. */
async function point({ chats = 100, sockets = 100, senders = sockets, pii = 0.1, length = 0, nodes = 1 }) {
  const laboratory = await Laboratory.open();
  try {
    const first = await laboratory.cloakroom(chats);
    const systems = [first];
    for (let node = 1; node < nodes; node += 1) {
      systems.push(await laboratory.cloakroom(chats, { node, key: first.key, ids: first.ids }));
    }
    for (const system of systems) {
      system.generator = laboratory.generator();
      const targets = await system.targets(Math.ceil(sockets / nodes));
      await system.generator.ask({ do: 'connect', targets, plain: false, texts: texts(pii, length) });
    }
    await laboratory.warmUp(systems);
    const load = { do: 'closed', seconds, warmUp: 1, inFlight: 1, senders: Math.ceil(senders / nodes) };
    const results = await Promise.all(systems.map((system) => laboratory.slice(system, system.generator, load)));
    const sum = (of) => results.reduce((total, result) => total + of(result), 0);
    const acks = sum(({ acks }) => acks);
    return {
      acksPerSecond: sum(({ acksPerSecond }) => acksPerSecond),
      ack: { p50: Math.max(...results.map(({ ack }) => ack.p50)), p99: Math.max(...results.map(({ ack }) => ack.p99)) },
      serverMicros: sum((result) => result.serverMicros * result.acks) / acks,
      // Each slice has seen the whole database.
      databaseMicros: (results[0].databaseMicros * results[0].acks) / acks,
    };
  } finally {
    await laboratory.close();
  }
}

async function series(title, label, settings, name, x) {
  const rows = [];
  const points = [];
  for (const setting of settings) {
    const result = await point(setting);
    rows.push([x(setting), ...row(result)]);
    points.push([x(setting), result.serverMicros + result.databaseMicros]);
    console.error(title, x(setting), row(result).join(' '));
  }
  report.plainTable(title, [label, ...HEAD], rows);
  report.lines(title, [{ label: name, points }], { x: label, y: 'CPU per message, µs' });
}

await series(
  'Chats, 100 senders',
  'chats',
  [1, 10, 100, 1_000].map((chats) => ({ chats })),
  'server and database',
  ({ chats }) => chats,
);
await series(
  'Sockets, 10 to a chat, 100 of them sending',
  'sockets',
  values.sockets.split(',').map((count) => ({ sockets: Number(count), chats: Number(count) / 10, senders: 100 })),
  'server and database',
  ({ sockets }) => sockets,
);
await series(
  'Nodes on this one machine, over one PostgreSQL',
  'nodes',
  [1, 2, 3].map((nodes) => ({ nodes, sockets: 120, chats: 30 })),
  'server and database',
  ({ nodes }) => nodes,
);
await series(
  'Characters of a message',
  'characters',
  [60, 500, 2_000, 8_000].map((length) => ({ length })),
  'server and database',
  ({ length }) => length,
);
await series(
  'Share of messages with personal data, %',
  '% with PII',
  [0, 0.1, 0.5, 1].map((pii) => ({ pii })),
  'server and database',
  ({ pii }) => pii * 100,
);
report.write();
process.exit(0);
