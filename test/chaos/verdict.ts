import type { Ledger } from './ledger.js';
import type { MemoryWatch } from './watch.js';
import type { Options } from './options.js';

/** What a spared process may grow by while it is watched, in megabytes: its caches fill, but a leak shows. */
const MOST_GROWTH_MB = 96;

/** Notes growth of memory as a fault, where there is enough to go by. */
export function judgeMemory(memory: MemoryWatch, ledger: Ledger): void {
  const figures = memory.figures();
  if (figures && figures.to - figures.from > MOST_GROWTH_MB) {
    ledger.fault(
      'memory',
      `${figures.from.toFixed(0)} MB became ${figures.to.toFixed(0)} MB in ${figures.seconds.toFixed(0)} s`,
    );
  }
}

/** The figures of a run, and whether everything held. */
export function verdict(options: Options, ledger: Ledger, memory: MemoryWatch, seconds: number): string {
  const { counts, faults } = ledger;
  const figures = memory.figures();
  const lines = [
    `chaos: seed ${options.seed}, ${options.nodes} nodes, ${seconds.toFixed(0)} s`,
    ...Object.keys(counts)
      .toSorted()
      .map((what) => `  ${what.padEnd(44)} ${(counts[what] ?? 0).toLocaleString('en')}`),
  ];
  if (figures) {
    const { from, to, perHour } = figures;
    lines.push(
      `  ${'memory of the spared node, MB'.padEnd(44)} ${from.toFixed(1)} to ${to.toFixed(1)} in ${figures.seconds.toFixed(0)} s, ${perHour.toFixed(1)} per hour`,
    );
  }
  for (const [fault, { count, examples }] of faults) {
    lines.push(`  FAULT ${fault}: ${count}`, ...examples.slice(0, 5).map((example) => `    ${example}`));
  }
  lines.push(faults.size === 0 ? 'chaos: everything held' : `chaos: FAILED: ${[...faults.keys()].join(', ')}`);
  return lines.join('\n');
}
