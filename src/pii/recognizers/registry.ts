import { addressRecognizer } from './address/address.recognizer.js';
import { cornerRecognizer } from './address/corner.recognizer.js';
import {
  britishPostcodeRecognizer,
  calledPostalCodeRecognizer,
  canadianPostalCodeRecognizer,
  dutchPostcodeRecognizer,
} from './address/postal-code.recognizer.js';
import { bicRecognizer } from './bic.recognizer.js';
import { creditCardRecognizer } from './credit-card.recognizer.js';
import {
  base58WalletRecognizer,
  bech32WalletRecognizer,
  ethereumWalletRecognizer,
} from './crypto-wallet.recognizer.js';
import { birthDateRecognizer, dateRecognizer } from './date.recognizer.js';
import { britishLicenceRecognizer, driverLicenseRecognizer } from './driving-licence.recognizer.js';
import { emailRecognizer } from './email.recognizer.js';
import { ibanRecognizer } from './iban.recognizer.js';
import { ipAddressRecognizer } from './ip-address.recognizer.js';
import { colonMacRecognizer, dashMacRecognizer, dotMacRecognizer } from './mac-address.recognizer.js';
import {
  australianAbnRecognizer,
  australianAcnRecognizer,
  australianMedicareRecognizer,
  australianTfnRecognizer,
} from './national/au.js';
import { brazilianCpfRecognizer, brazilianPlainCpfRecognizer } from './national/br.js';
import { germanTaxIdRecognizer } from './national/de.js';
import { spanishNieRecognizer, spanishNifRecognizer } from './national/es.js';
import { frenchNirRecognizer } from './national/fr.js';
import { ukNhsRecognizer, ukNinoRecognizer } from './national/gb.js';
import { aadhaarRecognizer, indianPanRecognizer, plainAadhaarRecognizer } from './national/in.js';
import { italianFiscalCodeRecognizer } from './national/it.js';
import { dutchBsnRecognizer } from './national/nl.js';
import { polishPeselRecognizer } from './national/pl.js';
import { swedishPersonalNumberRecognizer, swedishPlainNumberRecognizer } from './national/se.js';
import { usDashedItinRecognizer, usItinRecognizer, usPlainSsnRecognizer, usSsnRecognizer } from './national/us.js';
import { obfuscatedEmailRecognizer } from './obfuscated-email.recognizer.js';
import { passportRecognizer } from './passport.recognizer.js';
import { phoneRecognizer } from './phone.recognizer.js';
import type { Recognizer } from './recognizer.js';
import {
  apiKeyRecognizer,
  bearerRecognizer,
  jwtRecognizer,
  passwordRecognizer,
  privateKeyRecognizer,
} from './secret.recognizer.js';
import { domainRecognizer, urlRecognizer, wwwRecognizer } from './url.recognizer.js';
import { handleRecognizer, usernameRecognizer } from './username.recognizer.js';

/** Every recognizer by pattern, one line each. The order does not matter: scores and lengths settle what overlaps. */
export const RECOGNIZERS: readonly Recognizer[] = [
  emailRecognizer,
  obfuscatedEmailRecognizer,
  phoneRecognizer,
  creditCardRecognizer,
  ibanRecognizer,
  bicRecognizer,
  base58WalletRecognizer,
  bech32WalletRecognizer,
  ethereumWalletRecognizer,
  ipAddressRecognizer,
  colonMacRecognizer,
  dashMacRecognizer,
  dotMacRecognizer,
  urlRecognizer,
  wwwRecognizer,
  domainRecognizer,
  handleRecognizer,
  usernameRecognizer,
  birthDateRecognizer,
  dateRecognizer,
  passportRecognizer,
  driverLicenseRecognizer,
  britishLicenceRecognizer,
  usSsnRecognizer,
  usPlainSsnRecognizer,
  usItinRecognizer,
  usDashedItinRecognizer,
  ukNhsRecognizer,
  ukNinoRecognizer,
  germanTaxIdRecognizer,
  frenchNirRecognizer,
  spanishNifRecognizer,
  spanishNieRecognizer,
  italianFiscalCodeRecognizer,
  dutchBsnRecognizer,
  polishPeselRecognizer,
  swedishPersonalNumberRecognizer,
  swedishPlainNumberRecognizer,
  brazilianCpfRecognizer,
  brazilianPlainCpfRecognizer,
  aadhaarRecognizer,
  plainAadhaarRecognizer,
  indianPanRecognizer,
  australianTfnRecognizer,
  australianMedicareRecognizer,
  australianAbnRecognizer,
  australianAcnRecognizer,
  apiKeyRecognizer,
  jwtRecognizer,
  bearerRecognizer,
  privateKeyRecognizer,
  passwordRecognizer,
  addressRecognizer,
  cornerRecognizer,
  calledPostalCodeRecognizer,
  britishPostcodeRecognizer,
  canadianPostalCodeRecognizer,
  dutchPostcodeRecognizer,
];

// What most messages lack is digits, so the list is cut down to what a text can hold before a recognizer is asked at all.
const MOST_DIGITS_NEEDED = Math.max(...RECOGNIZERS.map(({ digits = 0 }) => digits));
const BY_DIGITS = Array.from({ length: MOST_DIGITS_NEEDED + 1 }, (_, held) =>
  RECOGNIZERS.filter(({ digits = 0 }) => digits <= held),
);
const NONE: readonly Recognizer[] = [];

/** The recognizers that a text with so many digits can interest. */
export function recognizersFor(digits: number): readonly Recognizer[] {
  return BY_DIGITS[Math.min(digits, MOST_DIGITS_NEEDED)] ?? NONE;
}
