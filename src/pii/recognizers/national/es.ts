import { rule } from '../recognizer.js';

const LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Spanish identity numbers (DNI/NIF): the letter is the number modulo 23 (Ministerio del Interior). */
export const spanishNifRecognizer = rule({
  type: 'ES_NIF',
  pattern: /\b\d{7,8}[ -]?[A-HJ-NP-TV-Z]\b/gi,
  score: 0.7,
  context: 'national',
  scoreInContext: 0.95,
  digits: 7,
  accepts: ({ value }) => hasLetter(value),
});

/** Spanish identity numbers of foreigners (NIE): X, Y, Z stand for 0, 1, 2. */
export const spanishNieRecognizer = rule({
  type: 'ES_NIE',
  pattern: /\b[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z]\b/gi,
  score: 0.85,
  context: 'national',
  scoreInContext: 0.95,
  digits: 7,
  accepts: ({ value }) => hasLetter(value.replace(/^[XYZ]/i, (letter) => String('XYZ'.indexOf(letter.toUpperCase())))),
});

function hasLetter(value: string): boolean {
  const plain = value.replace(/[ -]/g, '');
  return LETTERS.charAt(Number(plain.slice(0, -1)) % 23) === plain.slice(-1).toUpperCase();
}
