import { randomInt } from 'node:crypto';

/** Secrets that occur nowhere else in the world, so that finding one anywhere means that it leaked. */
export interface Canaries {
  /** What automatic detection finds, wherever it stands. */
  readonly detected: Readonly<Record<'email' | 'phone' | 'iban' | 'card', string>>;
  /** What only its sender knows to be personal: given by mapping or by positions. */
  readonly named: Readonly<
    Record<
      'latin' | 'cyrillic' | 'greek' | 'arabic' | 'hebrew' | 'devanagari' | 'thai' | 'han' | 'emoji' | 'pattern',
      string
    >
  >;
}

export function createCanaries(): Canaries {
  return {
    detected: {
      email: `canary.${letters('a', 26, 10)}@${letters('a', 26, 8)}.example.org`,
      phone: `+49151${digits(8)}`,
      iban: germanIban(digits(18)),
      card: withLuhnDigit(`4${digits(14)}`),
    },
    named: {
      latin: `Żoë ${capitalised(letters('a', 26, 12))}-Łß`,
      cyrillic: `Анна ${letters('а', 32, 10)}`,
      greek: `Ελένη ${letters('α', 17, 10)}`,
      arabic: `محمد ${letters('ب', 15, 10)}`,
      hebrew: `דוד ${letters('א', 26, 10)}`,
      devanagari: `अमित ${letters('क', 32, 8)}`,
      thai: letters('ก', 40, 12),
      han: letters('一', 20_000, 8),
      emoji: `👩‍💻${Array.from({ length: 6 }, () => letters('😀', 60, 1)).join('\u200d')}`,
      pattern: `$& $\` <PERSON_1> ${letters('a', 26, 12)} $'`,
    },
  };
}

const digits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');
const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Characters from the `range` that follow `first`. */
function letters(first: string, range: number, count: number): string {
  const start = first.codePointAt(0) ?? 0;
  return Array.from({ length: count }, () => String.fromCodePoint(start + randomInt(range))).join('');
}

/** ISO 13616: the check digits make the rearranged number 1 modulo 97. */
function germanIban(account: string): string {
  const rest = BigInt(`${account}131400`) % 97n;
  return `DE${String(98n - rest).padStart(2, '0')}${account}`;
}

/** ISO/IEC 7812: the Luhn sum is a multiple of ten. */
function withLuhnDigit(payload: string): string {
  let sum = 0;
  for (const [index, digit] of Array.from(payload).toReversed().entries()) {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return payload + ((10 - (sum % 10)) % 10);
}
