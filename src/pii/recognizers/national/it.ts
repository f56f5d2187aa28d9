import { rule } from '../recognizer.js';
import { Sign } from '../scan.js';

/** Italian tax codes, with the letters that stand for digits when two people would share one (DM 23/12/1976). */
export const italianFiscalCodeRecognizer = rule({
  type: 'IT_FISCAL_CODE',
  pattern: /\b[A-Z]{6}[0-9LMNP-V]{2}[ABCDEHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]\b/gi,
  score: 0.95,
  digits: 4,
  signs: Sign.mixed,
  accepts: ({ value }) => hasControlLetter(value.toUpperCase()),
});

// What a character at an odd place (the first, the third …) counts; at an even place it counts its rank.
const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

function hasControlLetter(code: string): boolean {
  let sum = 0;
  for (let index = 0; index < 15; index += 1) {
    const unit = code.charCodeAt(index);
    const rank = unit < 0x41 ? unit - 0x30 : unit - 0x41;
    sum += index % 2 === 0 ? (ODD[rank] ?? 0) : rank;
  }
  return code.charCodeAt(15) - 0x41 === sum % 26;
}
