import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyzer.js';
import { keccak256 } from './keccak.js';

const found = (text: string, type: string): string[] =>
  analyze(text, { tagNames: () => [] })
    .filter((span) => span.type === type)
    .map(({ start, end }) => text.slice(start, end));

const nothing = (text: string): void => expect(analyze(text, { tagNames: () => [] })).toEqual([]);

describe('numbers with a check', () => {
  it.each([
    ['CREDIT_CARD', '4111111111111111'],
    ['CREDIT_CARD', '4111 1111 1111 1111'],
    ['CREDIT_CARD', '4111-1111-1111-1111'],
    ['CREDIT_CARD', '4111.1111.1111.1111'],
    ['CREDIT_CARD', '3782 822463 10005'],
    ['CREDIT_CARD', '5105105105105100'],
    ['CREDIT_CARD', '2223003122003222'],
    ['CREDIT_CARD', '４１１１ １１１１ １１１１ １１１１'],
    ['CREDIT_CARD', '4111\u200b1111\u200b1111\u200b1111'],
    ['IBAN_CODE', 'DE89370400440532013000'],
    ['IBAN_CODE', 'DE89 3704 0044 0532 0130 00'],
    ['IBAN_CODE', 'nl91 abna 0417 1643 00'],
    ['CRYPTO', '1BoatSLRHtKNngkdXEeobR76b53LETtpyT'],
    ['CRYPTO', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
    ['CRYPTO', 'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0'],
    ['CRYPTO', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'],
    ['CRYPTO', '0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed'],
    ['US_SSN', '219-09-1234'],
    ['US_ITIN', '912-70-1234'],
    ['UK_NINO', 'AB 12 34 56 C'],
    ['DE_TAX_ID', '86 095 742 719'],
    ['FR_NIR', '1 84 12 76 451 089 46'],
    ['ES_NIF', '12345678Z'],
    ['ES_NIE', 'X-1234567-L'],
    ['IT_FISCAL_CODE', 'RSSMRA85T10A562S'],
    ['PL_PESEL', '44051401359'],
    ['SE_PERSONNUMMER', '811218-9876'],
    ['BR_CPF', '111.444.777-35'],
    ['IN_AADHAAR', '2341 2341 2346'],
    ['IN_PAN', 'ABCPE1234F'],
    ['UK_DRIVING_LICENCE', 'MORGA657054SM9IJ'],
  ])('%s: %s, also inside a sentence', (type, value) => {
    expect(found(value, type)).toEqual([value]);
    expect(found(`here it is: ${value}, thanks`, type)).toEqual([value]);
  });

  it.each([
    ['UK_NHS', 'NHS number 943 476 5919', '943 476 5919'],
    ['NL_BSN', 'mijn BSN is 111222333', '111222333'],
    ['AU_TFN', 'TFN 123 456 782', '123 456 782'],
    ['AU_MEDICARE', 'Medicare card 2123 45670 1', '2123 45670 1'],
    ['AU_ABN', 'ABN 51 824 753 556', '51 824 753 556'],
    ['AU_ACN', 'ACN 004 085 616', '004 085 616'],
    ['US_SSN', 'my social security number: 219 09 1234', '219 09 1234'],
    ['BR_CPF', 'CPF 11144477735', '11144477735'],
    ['SWIFT_CODE', 'BIC: COBADEFFXXX', 'COBADEFFXXX'],
    ['PASSPORT', 'passport no. C01X00T47', 'C01X00T47'],
    ['PASSPORT', 'Reisepassnummer: C01X0006H', 'C01X0006H'],
    ['US_DRIVER_LICENSE', "driver's license D1234567", 'D1234567'],
    ['CREDIT_CARD', 'my card 6304 0000 0000 0000', '6304 0000 0000 0000'],
  ])('%s, called so: %s', (type, text, value) => {
    expect(found(text, type)).toEqual([value]);
  });

  it.each([
    '4111111111111112',
    'order 6304000000000000',
    '1234567890123456',
    '0000000000000000',
    '4111111111111111abc',
    '1.4111111111111111',
    'DE88370400440532013000',
    'XX89370400440532013000',
    '1BoatSLRHtKNngkdXEeobR76b53LETtpyU',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD',
    '000-12-3456',
    '666-12-3456',
    '219-00-1234',
    '219-09-0000',
    'QQ 12 34 56 C',
    '86095742718',
    '12345678A',
    'X1234567A',
    'RSSMRA85T10A562T',
    '44051401358',
    '811218-9875',
    '111.444.777-36',
    '111.111.111-11',
    'ABCDE1234F',
    '111222333',
    'COMMANDS DOCUMENT',
    'a passport costs 70 dollars',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '01890a5d-ac96-774b-bcce-b302099a8057',
  ])('nothing in %j', nothing);

  it('takes two cards for two', () => {
    expect(found('4111111111111111 5105105105105100', 'CREDIT_CARD')).toHaveLength(2);
    expect(found('4111 1111 1111 1111 5105 1051 0510 5100', 'CREDIT_CARD')).toHaveLength(2);
  });
});

describe('keccak256', () => {
  it.each([
    ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
  ])('of %j', (text, digest) => expect(keccak256(text)).toBe(digest));
});
