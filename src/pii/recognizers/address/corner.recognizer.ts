import { rule } from '../recognizer.js';

const STREET = "(?:[\\p{Lu}\\d][\\p{L}\\p{M}\\d'.-]{0,24} ){1,5}";
const LAST_STREET = "[\\p{Lu}\\d][\\p{L}\\p{M}\\d'-]{0,24}(?: [\\p{Lu}\\d][\\p{L}\\p{M}\\d'-]{0,24}){0,4}";

/** A place given by its streets: "the corner of Fifth Avenue and 42nd Street". */
export const cornerRecognizer = rule({
  type: 'LOCATION',
  pattern: new RegExp(`\\b(?:the )?(?:corner|intersection) of ${STREET}(?:and|&) ${LAST_STREET}`, 'gu'),
  score: 0.7,
});
