import { rule } from '../recognizer.js';
import { Sign } from '../scan.js';

/** Postal codes that are called so, of any country: "ZIP: 90210", "mein PLZ ist 10115". */
export const calledPostalCodeRecognizer = rule({
  type: 'LOCATION',
  pattern:
    /\b(?:zip(?: ?codes?)?|post(?:al)?[ -]?codes?|postleitzahl|plz|codes? postal|código postal|c\.p\.|cap|codice postale|kod pocztowy|postnummer|eircode|pin ?code)(?: (?:is|ist|est|es|è|for|number))?[:#]? {0,2}(?<value>(?:[A-Z]{1,2}-)?(?=[A-Z0-9 -]{0,6}\d)[A-Z0-9]{2,6}(?:[ -](?=[A-Z]?\d)[A-Z0-9]{2,4})?)/gi,
  score: 0.1,
  context: 'postcode',
  scoreInContext: 0.7,
  digits: 2,
  accepts: ({ value }) => /\d/.test(value),
});

/** British postal codes (BS 7666; the letters that Royal Mail does not use at each place). */
export const britishPostcodeRecognizer = rule({
  type: 'LOCATION',
  pattern:
    /\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]|[A-HK-Y]\d[ABEHMNPRV-Y]) \d[ABD-HJLNP-UW-Z]{2})\b/gi,
  score: 0.6,
  digits: 1,
  signs: Sign.mixed,
});

/** Canadian postal codes (Canada Post: no D, F, I, O, Q, U). */
export const canadianPostalCodeRecognizer = rule({
  type: 'LOCATION',
  pattern: /\b[ABCEGHJ-NPR-TVXY]\d[ABCEGHJ-NPR-TV-Z][ -]\d[ABCEGHJ-NPR-TV-Z]\d\b/g,
  score: 0.7,
  digits: 3,
  signs: Sign.capital | Sign.mixed,
});

/** Dutch postal codes; a year with two capitals behind it looks the same, so the text must speak of a place. */
export const dutchPostcodeRecognizer = rule({
  type: 'LOCATION',
  pattern: /\b[1-9]\d{3} ?(?!SA|SD|SS|AM|PM|BC|AD)[A-Z]{2}\b/g,
  score: 0.3,
  context: 'place',
  scoreInContext: 0.6,
  digits: 4,
  signs: Sign.capital,
});
