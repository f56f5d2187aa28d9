import { parseArgs } from 'node:util';
import { cpuOf, cpuOfPostgres, residentOf } from './measure/clocks.mjs';
import { Report } from './measure/report.mjs';
import { compare, interleaved } from './measure/statistics.mjs';
import { Laboratory } from './measure/systems.mjs';

/*
 * npm run bench:connect: connections per second, for Cloakroom each with a verified connection string that is used up; then
 * what an idle connection takes: resident memory, and processor time for as long as it is there.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    connects: { type: 'string', default: '400' },
    idle: { type: 'string', default: '10000' },
  },
});
const CHATS = 20;
const WARM_UP = 3_000;
/** More than a heartbeat of Engine.IO: what a connection still holds of its beginning is gone by then. */
const IDLE_SECONDS = 30;
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
    const cpu = () => [cpuOf(system.child.pid), cpuOfPostgres(laboratory.postgres.pid)];
    const begun = cpu();
    await new Promise((resolve) => setTimeout(resolve, IDLE_SECONDS * 1_000));
    const micros = cpu().map((seconds, index) => ((seconds - begun[index]) * 1e6) / IDLE_SECONDS / count);
    const bytes = ((await settled(system)) - before) / count;
    rows.push({ name: system.name, bytes, micros });
  }
  report.plainTable(
    `An idle connection, ${count} of them for ${IDLE_SECONDS} s`,
    ['system', 'resident KiB', 'ratio', 'server CPU per second, µs', 'database, µs'],
    rows.map(({ name, bytes, micros }) => [
      name,
      (bytes / 1024).toFixed(1),
      (bytes / rows[0].bytes).toFixed(2),
      ...micros.map((each) => each.toFixed(1)),
    ]),
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
