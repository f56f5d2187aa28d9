import { parseArgs } from 'node:util';
import { Report } from './measure/report.mjs';
import { compare, interleaved } from './measure/statistics.mjs';
import { Laboratory, texts } from './measure/systems.mjs';

/* npm run bench:rest: messages posted over REST, against node:http and one INSERT. */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' } },
});
const report = new Report('rest', 'Messages posted over REST, 64 calls at once, 16 chats');
const laboratory = await Laboratory.open();
try {
  const CHATS = 16;
  const bare = await laboratory.bare('bare-http', CHATS);
  const cloakroom = await laboratory.cloakroom(CHATS);
  const bodies = texts().map((message) => ({ message }));
  const json = { 'Content-Type': 'application/json' };
  bare.load = bare.ids.map((id) => ({ path: `/${id}`, headers: json }));
  cloakroom.load = cloakroom.ids.map((id) => ({
    path: `/v1/chat/${id}/messages`,
    headers: { ...json, 'X-API-Key': cloakroom.key },
  }));
  const systems = [bare, cloakroom];
  for (const system of systems) system.generator = laboratory.generator();
  const slice = (system, seconds) =>
    laboratory.slice(system, system.generator, {
      do: 'calls',
      port: system.port,
      method: 'POST',
      paths: system.load,
      bodies,
      seconds,
      warmUp: 1,
      atOnce: 64,
    });
  for (const system of systems) await slice(system, 2);
  await laboratory.query('ANALYZE');
  const results = await interleaved(systems, Number(values.rounds), (system) => slice(system, Number(values.seconds)));
  report.table(
    'Posted messages',
    compare(results, [
      { name: 'messages/s', of: ({ acksPerSecond }) => acksPerSecond },
      { name: 'p50, ms', of: ({ ack }) => ack.p50, digits: 2 },
      { name: 'p99, ms', of: ({ ack }) => ack.p99, digits: 2 },
      { name: 'server CPU per message, µs', of: ({ serverMicros }) => serverMicros },
      { name: 'database CPU per message, µs', of: ({ databaseMicros }) => databaseMicros },
    ]),
  );
  report.bars('Posted messages', results, ({ acksPerSecond }) => acksPerSecond, 'messages/s');
} finally {
  await laboratory.close();
}
report.write();
process.exit(0);
