import { capital, invented } from './people.js';
import type { Random } from './random.js';
import { acronyms, germanNouns, jobs, weekdaysAndMonths } from './fillers.js';

const LETTERS = 'ABCDEFGHIJKLMNOPRSTUVW'.split('');

export function date(language: string, random: Random): string {
  const day = 1 + random.below(28);
  const year = 1930 + random.below(100);
  const month = random.pick((weekdaysAndMonths[language] ?? weekdaysAndMonths['en'] ?? []).slice(7, 19));
  return random.pick([
    `${day}.${1 + random.below(12)}.${year}`,
    `${day}/${1 + random.below(12)}/${year}`,
    `${month} ${day}, ${year}`,
    `${day} ${month} ${year}`,
    `${day}. ${month}`,
    `${month} ${year}`,
    `${year}-0${1 + random.below(9)}-${10 + random.below(19)}`,
    `${month} ${day}`,
    `${day} ${month}`,
  ]);
}

/** What stands in a template beside names: times, numbers, ids and the like. */
export function detail(slot: string, random: Random): string {
  const digits = (count: number): string => Array.from({ length: count }, () => random.below(10)).join('');
  const letters = (count: number): string => Array.from({ length: count }, () => random.pick(LETTERS)).join('');
  const word = (): string => invented(random).toLowerCase();
  switch (slot) {
    case 'T':
      return random.pick([
        `${1 + random.below(12)}pm`,
        `${random.below(24)}:${10 + random.below(50)}`,
        `${1 + random.below(12)} am`,
        'noon',
        `${random.below(24)}h`,
        `${1 + random.below(12)}`,
      ]);
    case 'N':
      return digits(1 + random.below(random.chance(0.3) ? 16 : 4));
    case 'M':
      return random.pick([
        `$${digits(3)}`,
        `${digits(2)} €`,
        `€ ${digits(3)}.${digits(2)}`,
        `£${digits(2)}`,
        `${digits(4)} USD`,
        `${digits(2)} euros`,
        `${digits(3)} dollars`,
        `${digits(3)} CHF`,
      ]);
    case 'I':
      if (random.chance(0.2)) return hexadecimal(random);
      return random.pick([
        `#${digits(5)}`,
        `${letters(2)}-${digits(5)}`,
        `${letters(3)}${digits(4)}`,
        `${letters(2)}${digits(2)} ${digits(4)} ${digits(4)} ${digits(4)}`,
        `${digits(3)}-${digits(2)}-${digits(4)}`,
        `${letters(1)}${digits(8)}`,
      ]);
    case 'E':
      return `${word()}${random.pick(['', '.', '_', '1'])}${word()}@${word()}.${random.pick(['com', 'de', 'org', 'net', 'fr', 'example', 'co.uk'])}`;
    case 'H':
      return random.pick([
        `+${digits(2)} ${digits(3)} ${digits(7)}`,
        `(${digits(3)}) ${digits(3)}-${digits(4)}`,
        `0${digits(3)} ${digits(6)}`,
        `${digits(3)}-${digits(3)}-${digits(4)}`,
        `0${digits(2)} ${digits(3)} ${digits(2)} ${digits(2)}`,
      ]);
    case 'U':
      return random.pick([
        `https://www.${word()}.com/${word()}`,
        `${word()}.com`,
        `http://${word()}.org`,
        `www.${word()}.net`,
      ]);
    case 'J':
      return random.pick(jobs);
    case 'G':
      return random.pick(germanNouns);
    case 'B':
      return random.pick(acronyms);
    default:
      return capital(word());
  }
}

/** A UUID, or a digest like that of a commit. */
function hexadecimal(random: Random): string {
  const hex = (count: number): string => Array.from({ length: count }, () => random.below(16).toString(16)).join('');
  return random
    .pick([[8, 4, 4, 4, 12], [7], [40], [16]])
    .map(hex)
    .join('-');
}
