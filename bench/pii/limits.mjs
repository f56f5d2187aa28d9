// What the detector may cost at worst: hostile texts, start-up, memory. Milliseconds of processor time, so that other work
// on the machine counts little.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const LENGTH = 20_000;
const ROUNDS = 5;

/** @returns by name, what 20,000 characters of each hostile text cost, and four times as many. */
export function hostileCosts(analyze) {
  const units = JSON.parse(readFileSync(resolve(import.meta.dirname, 'hostile.json'), 'utf8'));
  return Object.entries(units).map(([name, unit]) => {
    const [once, four] = [LENGTH, 4 * LENGTH].map((length) => unit.repeat(length / unit.length));
    return { name, ms: fastest(() => analyze(once)), 'ms for four times as much': fastest(() => analyze(four)) };
  });
}

function fastest(work) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

/** In a process of its own: milliseconds that reading the model takes, and megabytes that stay for it and the tagger. */
export function startUp(dist) {
  const url = (file) => JSON.stringify(pathToFileURL(resolve(dist, file)).href);
  const code = `
    const { readModel } = await import(${url('src/pii/tagger/model.js')});
    const { Tagger } = await import(${url('src/pii/tagger/tagger.js')});
    const held = () => { gc(); const { heapUsed, external } = process.memoryUsage(); return heapUsed + external; };
    const before = held();
    const start = process.cpuUsage();
    const tagger = new Tagger(readModel());
    const { user, system } = process.cpuUsage(start);
    tagger.tag('Ada');
    console.log(JSON.stringify({ ms: (user + system) / 1000, megabytes: (held() - before) / 1e6, of: tagger.constructor.name }));`;
  const runs = Array.from({ length: ROUNDS }, () =>
    JSON.parse(
      execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], { encoding: 'utf8' }),
    ),
  );
  return runs.reduce((best, run) => (run.ms < best.ms ? run : best));
}
