import type { Ledger } from './ledger.js';
import type { Options } from './options.js';
import type { Figures, MemoryWatch } from './watch.js';

/** What a watched process may grow by, in megabytes: its caches fill, but a leak shows. */
const MOST_GROWTH_MB = 96;
/** After its warming up; asked where it was watched for long enough to tell such a slope from noise. */
const MOST_GROWTH_MB_PER_HOUR = 1;
const TELLING_SECONDS = 1_800;

/** Notes growth of memory as a fault, where there is enough to go by. */
export function judgeMemory(figures: Figures | undefined, ledger: Pick<Ledger, 'fault'>): void {
  if (!figures) return;
  const { from, to, seconds, slope } = figures;
  if (to - from > MOST_GROWTH_MB) {
    ledger.fault('memory', `${from.toFixed(0)} MB became ${to.toFixed(0)} MB in ${seconds.toFixed(0)} s`);
  }
  if (slope && seconds >= TELLING_SECONDS && slope.perHour > MOST_GROWTH_MB_PER_HOUR) {
    ledger.fault('memory', `${slope.perHour.toFixed(2)} MB per hour over ${seconds.toFixed(0)} s`);
  }
}

/** The figures of a run, and whether everything held. */
export function verdict(options: Options, ledger: Ledger, memory: MemoryWatch, seconds: number): string {
  const { counts, faults } = ledger;
  const figures = memory.figures();
  const line = (what: string, figure: string): string => `  ${what.padEnd(44)} ${figure}`;
  const lines = [
    `chaos: seed ${options.seed}, ${options.nodes} nodes, ${seconds.toFixed(0)} s`,
    ...Object.keys(counts)
      .toSorted()
      .map((what) => line(what, (counts[what] ?? 0).toLocaleString('en'))),
  ];
  if (figures) {
    const { from, to, slope, minutes, load } = figures;
    lines.push(
      line('memory watched, MB', `${from.toFixed(1)} to ${to.toFixed(1)} in ${figures.seconds.toFixed(0)} s`),
      line('least of each minute, MB', minutes.map((minute) => minute.toFixed(1)).join(' ')),
      line('processor time of the watched node', `${(load * 100).toFixed(0)} % of a core`),
    );
    if (slope) {
      const { perHour, low, high } = slope;
      lines.push(line('slope, MB per hour (95 %)', `${perHour.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`));
    }
  }
  for (const [fault, { count, examples }] of faults) {
    lines.push(`  FAULT ${fault}: ${count}`, ...examples.slice(0, 5).map((example) => `    ${example}`));
  }
  lines.push(faults.size === 0 ? 'chaos: everything held' : `chaos: FAILED: ${[...faults.keys()].join(', ')}`);
  return lines.join('\n');
}
