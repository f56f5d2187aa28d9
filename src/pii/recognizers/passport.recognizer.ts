import { isCalled } from './called-document.js';
import { rule } from './recognizer.js';

/** Passport numbers, where the text calls them so. */
export const passportRecognizer = rule({
  type: 'PASSPORT',
  pattern: /\b[A-Za-z]{0,3}\d[A-Za-z0-9]{5,10}\b/g,
  score: 0.1,
  context: 'passport',
  scoreInContext: 0.75,
  digits: 5,
  accepts: (candidate) => isCalled(candidate, 5),
});
