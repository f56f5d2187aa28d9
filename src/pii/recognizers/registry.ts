import { creditCardRecognizer } from './credit-card.recognizer.js';
import { emailRecognizer } from './email.recognizer.js';
import { bicRecognizer, ibanRecognizer } from './iban.recognizer.js';
import { ipAddressRecognizer } from './ip-address.recognizer.js';
import { macAddressRecognizer } from './mac-address.recognizer.js';
import { obfuscatedEmailRecognizer } from './obfuscated-email.recognizer.js';
import { phoneRecognizer } from './phone.recognizer.js';
import type { Recognizer } from './recognizer.js';
import { domainRecognizer, urlRecognizer, wwwRecognizer } from './url.recognizer.js';

/** Every recognizer by pattern. The order does not matter: scores and lengths settle what overlaps. */
export const RECOGNIZERS: readonly Recognizer[] = [
  emailRecognizer,
  obfuscatedEmailRecognizer,
  phoneRecognizer,
  creditCardRecognizer,
  ibanRecognizer,
  bicRecognizer,
  ipAddressRecognizer,
  macAddressRecognizer,
  urlRecognizer,
  wwwRecognizer,
  domainRecognizer,
];
