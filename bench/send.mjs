import { parseArgs } from 'node:util';
import { Laboratory, texts } from './measure/systems.mjs';
import { Report } from './measure/report.mjs';
import { compare, interleaved, median } from './measure/statistics.mjs';

/*
 * npm run bench:send: acked sends per second against bare servers, in slices that take turns; then latency in an open loop
 * at half of each server's own saturation.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
    profile: { type: 'string', default: '' },
    latency: { type: 'boolean', default: true },
  },
  allowNegative: true,
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
const PROFILES = [
  { title: '100 chats, one sender each', chats: 100, sockets: 100 },
  { title: 'one hot chat, 100 senders that all read', chats: 1, sockets: 100 },
].filter(({ title }) => title.includes(values.profile));
const wanted = (name) => values.only === '' || values.only.split(',').includes(name);

const MEASURES = [
  { name: 'acked sends/s', of: ({ acksPerSecond }) => acksPerSecond },
  { name: 'deliveries/s', of: ({ deliveriesPerSecond }) => deliveriesPerSecond },
  { name: 'server CPU per message, µs', of: ({ serverMicros }) => serverMicros },
  { name: 'database CPU per message, µs', of: ({ databaseMicros }) => databaseMicros },
  { name: 'load generator, share of a core', of: ({ generatorCpu }) => generatorCpu, digits: 2 },
];
const LATENCIES = [
  { name: 'offered/s', of: ({ offered }) => offered },
  { name: 'ack p50, ms', of: ({ ack }) => ack.p50, digits: 2 },
  { name: 'ack p99, ms', of: ({ ack }) => ack.p99, digits: 2 },
  { name: 'broadcast p99, ms', of: ({ broadcast }) => broadcast.p99, digits: 2 },
  { name: 'broadcast p99 ÷ ack p99', of: ({ ack, broadcast }) => broadcast.p99 / ack.p99, digits: 2 },
];

const report = new Report('send', 'Sends, acked after commit and broadcast to the chat');
for (const { title, chats, sockets } of PROFILES) {
  const laboratory = await Laboratory.open();
  try {
    const systems = [];
    for (const kind of ['bare-socketio', 'bare-ws', 'tutorial-nest']) {
      if (wanted(kind)) systems.push(await laboratory.bare(kind, chats));
    }
    if (wanted('cloakroom')) systems.push(await laboratory.cloakroom(chats));
    for (const system of systems) {
      system.generator = laboratory.generator();
      const targets = await system.targets(sockets);
      await system.generator.ask({ do: 'connect', targets, plain: system.plain, texts: texts() });
    }
    await laboratory.warmUp(systems);
    const closed = { do: 'closed', seconds, warmUp: 1, inFlight: 1, stock: Math.ceil((seconds * 8_000) / sockets) };
    const results = await interleaved(systems, rounds, (system) => laboratory.slice(system, system.generator, closed));
    report.table(title, compare(results, MEASURES));
    report.bars(title, results, ({ acksPerSecond }) => acksPerSecond, 'acked sends/s');
    if (values.latency) {
      const rates = new Map(
        [...results].map(([name, slices]) => [name, Math.round(median(slices.map((s) => s.acksPerSecond)) / 2)]),
      );
      const open = (system) => ({ do: 'open', seconds, warmUp: 1, rate: rates.get(system.name) });
      const latencies = await interleaved(systems, rounds, (system) =>
        laboratory.slice(system, system.generator, open(system)),
      );
      report.table(`${title}: latency in an open loop at half of one's own saturation`, compare(latencies, LATENCIES));
    }
  } finally {
    await laboratory.close();
  }
}
report.write();
process.exit(0);
