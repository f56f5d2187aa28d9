import { parseArgs } from 'node:util';
import { Report } from './measure/report.mjs';
import { compare, interleaved } from './measure/statistics.mjs';
import { Laboratory, texts } from './measure/systems.mjs';

/* npm run bench:fanout: deliveries per second where one sender has 16 messages under way in a room of 100 and of 1,000. */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' } },
});
const report = new Report('fanout', 'Fan-out: one sender, 16 messages under way');
for (const readers of [100, 1_000]) {
  const laboratory = await Laboratory.open();
  try {
    const systems = [];
    for (const kind of ['bare-socketio', 'bare-ws']) systems.push(await laboratory.bare(kind));
    systems.push(await laboratory.cloakroom());
    for (const system of systems) {
      system.generator = laboratory.generator();
      const targets = await system.targets(readers);
      await system.generator.ask({ do: 'connect', targets, plain: system.plain, texts: texts() });
    }
    await laboratory.warmUp(systems);
    const load = { do: 'closed', seconds: Number(values.seconds), warmUp: 1, inFlight: 16, senders: 1, stock: 20_000 };
    const results = await interleaved(systems, Number(values.rounds), (system) =>
      laboratory.slice(system, system.generator, load),
    );
    const title = `A room of ${readers}`;
    report.table(
      title,
      compare(results, [
        { name: 'deliveries/s', of: ({ deliveriesPerSecond }) => deliveriesPerSecond },
        { name: 'server CPU per message, µs', of: ({ serverMicros }) => serverMicros },
        { name: 'load generator, share of a core', of: ({ generatorCpu }) => generatorCpu, digits: 2 },
      ]),
    );
    report.bars(title, results, ({ deliveriesPerSecond }) => deliveriesPerSecond, 'deliveries/s');
  } finally {
    await laboratory.close();
  }
}
report.write();
process.exit(0);
