import { parseArgs } from 'node:util';

/** What a run is asked for on the command line. */
export interface Options {
  readonly seconds: number;
  readonly nodes: number;
  readonly seed: number;
  readonly killsPerMinute: number;
  /** Messages per second that the writers aim at, all together. */
  readonly rate: number;
  /** Forged strings per second, beside those of the writers. */
  readonly badStrings: number;
  /** Nothing is killed, stopped or cut: what is left is a soak, in which memory is watched from the start. */
  readonly calm: boolean;
  /** A module that every server loads first, to seed a bug. */
  readonly fault: string | undefined;
  readonly quiet: boolean;
}

/** Of one run, so that the harness does not run out of memory before the service does. */
const MOST_MESSAGES = 1_000_000;

export const USAGE = `npm run chaos -- [options]
  --seconds N            length of the trouble (60)
  --nodes N              servers over the one database (2)
  --seed N               what chance begins with (by the clock)
  --kills-per-minute N   SIGKILLs of servers and postmasters together (12)
  --rate N               messages per second (60)
  --bad-strings N        forged strings per second, beside the writers' 6 % (10)
  --calm                 no kills, stops and cuts: a soak, with memory watched all along and garbage collected each
                         minute; fails over 1 MB per hour once it watched for half an hour after its warming up
                         (the first 30 %)
  --fault FILE           module that each server loads first, to seed a bug
  --quiet                the verdict alone`;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '60' },
      nodes: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      'kills-per-minute': { type: 'string', default: '12' },
      rate: { type: 'string', default: '60' },
      'bad-strings': { type: 'string', default: '10' },
      fault: { type: 'string' },
      calm: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
    },
  });
  const number = (
    name: 'seconds' | 'nodes' | 'seed' | 'kills-per-minute' | 'rate' | 'bad-strings',
    least: number,
  ): number => {
    const value = Number(values[name]);
    if (!(value >= least)) throw new Error(`--${name} must be a number from ${least}`);
    return value;
  };
  // The ledger keeps every message, to hold it against the tables at the end: about 1 kB each.
  if (number('seconds', 1) * number('rate', 1) > MOST_MESSAGES) throw new Error('--seconds × --rate must be smaller');
  return {
    seconds: number('seconds', 1),
    nodes: number('nodes', 1),
    seed: number('seed', 0),
    killsPerMinute: values.calm ? 0 : number('kills-per-minute', 0),
    rate: number('rate', 1),
    badStrings: number('bad-strings', 0),
    calm: values.calm,
    fault: values.fault,
    quiet: values.quiet,
  };
}
