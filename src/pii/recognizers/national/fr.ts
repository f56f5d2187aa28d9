import { rule } from '../recognizer.js';

/** French social security numbers (NIR): sex, year, month, place, serial, and 97 minus the rest modulo 97 (INSEE). */
export const frenchNirRecognizer = rule({
  type: 'FR_NIR',
  pattern: /\b[1-478] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}\b/gi,
  score: 0.9,
  digits: 14,
  accepts: ({ value }) => isNir(value.replaceAll(' ', '').toUpperCase()),
});

/** Corsica: 2A counts as 19, 2B as 18. */
function isNir(value: string): boolean {
  const number = BigInt(value.slice(0, 13).replace('2A', '19').replace('2B', '18'));
  return 97n - (number % 97n) === BigInt(value.slice(13));
}
