import { isValidBIC } from 'ibantools';
import { rule } from './recognizer.js';
import { Sign } from './scan.js';

/** Bank identifier codes (ISO 9362); they look like words in capitals, so somebody must call them BIC or SWIFT. */
export const bicRecognizer = rule({
  type: 'SWIFT_CODE',
  pattern: /\b[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?\b/g,
  score: 0.1,
  context: 'bic',
  scoreInContext: 0.8,
  signs: Sign.capital,
  accepts: ({ value }) => isValidBIC(value),
});
