import { parseArgs } from 'node:util';
import { residentOf } from './measure/clocks.mjs';
import { Report } from './measure/report.mjs';
import { compare, interleaved } from './measure/statistics.mjs';
import { Laboratory } from './measure/systems.mjs';

/*
 * npm run bench:connect: connections per second, for Cloakroom each with a verified connection string that is used up; then
 * the resident memory of an idle connection.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    connects: { type: 'string', default: '400' },
    idle: { type: 'string', default: '3000' },
  },
});
const CHATS = 20;
const WARM_UP = 3_000;
const laboratory = await Laboratory.open();
const report = new Report('connect', 'Connections');
try {
  const systems = [
    await laboratory.bare('bare-socketio', CHATS),
    await laboratory.bare('bare-ws', CHATS),
    await laboratory.cloakroom(CHATS),
  ];
  for (const system of systems) system.generator = laboratory.generator();
  const churn = async (system, connects) => {
    const targets = await system.targets(connects);
    return laboratory.slice(system, system.generator, { do: 'churn', targets, atOnce: 16, plain: system.plain });
  };
  // A server that was just started compiles as it goes, for thousands of connects.
  for (const system of systems) await churn(system, WARM_UP);
  const results = await interleaved(systems, Number(values.rounds), (system) => churn(system, Number(values.connects)));
  report.table(
    'Connect, be let in, leave: 16 at once',
    compare(results, [
      { name: 'connects/s', of: ({ connectsPerSecond }) => connectsPerSecond },
      { name: 'server CPU per connect, µs', of: ({ serverMicros }) => serverMicros },
    ]),
  );
  const count = Number(values.idle);
  const rows = [];
  for (const system of systems) {
    const connect = async (sockets) =>
      system.generator.ask({ do: 'connect', targets: await system.targets(sockets), plain: system.plain, texts: [] });
    await connect(500);
    const before = await settled(system);
    await connect(count);
    const bytes = ((await settled(system)) - before) / count;
    rows.push({ name: system.name, bytes });
  }
  report.plainTable(
    `Resident memory of an idle connection, ${count} of them`,
    ['system', 'KiB', 'ratio'],
    rows.map(({ name, bytes }) => [name, (bytes / 1024).toFixed(1), (bytes / rows[0].bytes).toFixed(2)]),
  );
} finally {
  await laboratory.close();
}
report.write();
process.exit(0);

/** Resident bytes once garbage has been collected, the least of several looks. */
async function settled(system) {
  let least = Infinity;
  for (let look = 0; look < 4; look += 1) {
    system.child.kill('SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 700));
    least = Math.min(least, residentOf(system.child.pid));
  }
  return least;
}
