import { emailRecognizer } from './recognizers/email.recognizer.js';
import { ibanRecognizer } from './recognizers/iban.recognizer.js';
import { isMajorCard } from './recognizers/credit-card.recognizer.js';
import { digitsOf, type Recognizer } from './recognizers/recognizer.js';
import { scan } from './recognizers/scan.js';
import { fold } from './folding.js';

// Only what proves itself: an id is letters and digits by nature, so a shape alone says nothing.
const SELF_EVIDENT: readonly Recognizer[] = [emailRecognizer, ibanRecognizer];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DIGIT_RUN = /[0-9]+(?:[_ -][0-9]+)*/g;
const ALPHANUMERIC = /[A-Za-z0-9]/;
const SSN = /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/;
const NORTH_AMERICAN_PHONE = /^(?:1-)?[2-9]\d\d-[2-9]\d\d-\d{4}$/;

/**
 * Whether a short text that should name a thing holds personal data instead: for ids that a client chooses. UUIDs, ULIDs, hex
 * digests, random ids, timestamps and order numbers hold none; an e-mail address, a card or account number with its check
 * digits, a social security or phone number in its usual notation do.
 */
export function containsPii(text: string): boolean {
  const { text: plain } = fold(text);
  if (UUID.test(plain)) return false;
  const facts = scan(plain);
  if (SELF_EVIDENT.some((recognizer) => finds(recognizer, plain, facts))) return true;
  for (const { 0: run, index } of plain.matchAll(DIGIT_RUN)) {
    const touched = ALPHANUMERIC.test(plain.charAt(index - 1)) || ALPHANUMERIC.test(plain.charAt(index + run.length));
    if (!touched && isPersonalNumber(run)) return true;
  }
  return false;
}

function isPersonalNumber(run: string): boolean {
  if (SSN.test(run) || NORTH_AMERICAN_PHONE.test(run)) return true;
  const digits = digitsOf(run);
  // 13 digits are milliseconds since 1970, 17 to 19 a snowflake id, more often than a card.
  return digits.length >= 14 && digits.length <= 16 && isMajorCard(digits);
}

function finds(recognizer: Recognizer, text: string, facts: ReturnType<typeof scan>): boolean {
  let found = false;
  recognizer.find(text, facts, 0.7, () => {
    found = true;
  });
  return found;
}
