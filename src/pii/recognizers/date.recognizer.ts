import { isDigitAt, rule, type Candidate, type Rule } from './recognizer.js';

const DAY = '(?:0?[1-9]|[12]\\d|3[01])';
const MONTH = '(?:0?[1-9]|1[0-2])';
const YEAR = '(?:19|20)\\d\\d';
const NAME =
  '(?:jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari)?|février|mar(?:ch|s|zo)?|märz|maart|apr(?:il|ile)?|avril|abril|may|mai|mei|mayo|maggio|jun[ei]?|juin|junio|giugno|jul[iy]?|juillet|julio|luglio|aug(?:ust|ustus)?|août|agosto|sep(?:t|tember|tembre|tiembre)?|settembre|o[ck]t(?:ober|obre|ubre)?|ottobre|nov(?:ember|embre|iembre)?|de[cz](?:ember|embre)?|décembre|diciembre|dicembre)';
const ZONE = '(?:Z|[+-]\\d\\d:?\\d\\d)';

const FULL_DATE = [
  `${YEAR}-\\d\\d-\\d\\d(?:[T ]\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d{1,9})?)?${ZONE}?)?`,
  `${YEAR}[/.]${MONTH}[/.]${DAY}`,
  `${DAY}[./-]${DAY}[./-](?:${YEAR}|\\d\\d)`,
  `${DAY}(?:st|nd|rd|th|\\.|º)?(?: de| of)?[ -]${NAME}\\.?(?:,? |-| de | del )(?:${YEAR}|\\d\\d)`,
  `${NAME}\\.? ${DAY}(?:st|nd|rd|th)?,? ${YEAR}`,
].join('|');
const PARTIAL_DATE = [`${MONTH}/${YEAR}`, `${DAY}/${DAY}`, `${NAME}-(?:${YEAR}|${DAY})`, `${DAY}-${NAME}`].join('|');

const BIRTH: Rule = {
  type: 'DATE_OF_BIRTH',
  pattern: new RegExp(`\\b(?:${FULL_DATE})(?![0-9])`, 'gi'),
  score: 0.1,
  context: 'birth',
  scoreInContext: 0.85,
  digits: 3,
  accepts: standsAlone,
};

/** Full dates where the text speaks of a birth. */
export const birthDateRecognizer = rule(BIRTH);

/** Any date: hardly personal in a chat, so it is below the usual score and found only by who asks for more. */
export const dateRecognizer = rule({
  type: 'DATE_TIME',
  pattern: new RegExp(`\\b(?:${FULL_DATE}|${PARTIAL_DATE})(?![0-9])`, 'gi'),
  score: 0.3,
  digits: 2,
  accepts: standsAlone,
});

function standsAlone({ text, start, end }: Candidate): boolean {
  if (/[./-]/.test(text.charAt(start - 1)) && isDigitAt(text, start - 2)) return false;
  return !(/[./-]/.test(text.charAt(end)) && isDigitAt(text, end + 1));
}
