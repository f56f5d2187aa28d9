import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyzer.js';
import { RECOGNIZERS } from './registry.js';

const PEM = '-----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----';
const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
const GITHUB = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;

/** For each type a text with a value, the value, and a text that comes near and holds none. */
const CASES: readonly (readonly [type: string, text: string, value: string, miss: string])[] = [
  ['EMAIL_ADDRESS', 'write to ada@exämple.org', 'ada@exämple.org', 'write to ada@example, @ada or a@.org'],
  ['PHONE_NUMBER', 'call +44 20 7946 0018', '+44 20 7946 0018', 'call it 2024-05-17'],
  ['CREDIT_CARD', 'with 4111 1111 1111 1111', '4111 1111 1111 1111', 'with 4111 1111 1111 1112'],
  ['IBAN_CODE', 'to DE89 3704 0044 0532 0130 00', 'DE89 3704 0044 0532 0130 00', 'to DE88 3704 0044 0532 0130 00'],
  ['SWIFT_CODE', 'BIC: COBADEFFXXX', 'COBADEFFXXX', 'BIC: COBAXXFFXXX, not COMMANDS'],
  [
    'CRYPTO',
    '1BoatSLRHtKNngkdXEeobR76b53LETtpyT',
    '1BoatSLRHtKNngkdXEeobR76b53LETtpyT',
    '1BoatSLRHtKNngkdXEeobR76b53LETtpyU',
  ],
  ['IP_ADDRESS', 'from 203.0.113.7', '203.0.113.7', 'from 256.0.113.7, version 1.2.3'],
  ['MAC_ADDRESS', '00:1b:44:11:3a:b7', '00:1b:44:11:3a:b7', '00:1b:44:11:3a, 00:1b:44-11:3a:b7'],
  [
    'URL',
    'https://ada:pass@example.org/x',
    'https://ada:pass@example.org/x',
    'https:// and http://localhost:3000/docs',
  ],
  ['USERNAME', 'username: ada_l', 'ada_l', 'the username is already taken'],
  ['DATE_OF_BIRTH', 'born on 12/10/1985', '12/10/1985', 'due on 12/10/1985'],
  ['DATE_TIME', 'due on 12/10/1985', '12/10/1985', 'part 45/99/1985'],
  ['PASSPORT', 'passport no. C01X00T47', 'C01X00T47', 'part no. C01X00T47'],
  ['US_DRIVER_LICENSE', "driver's license D1234567", 'D1234567', 'the licence of order D1234567'],
  ['UK_DRIVING_LICENCE', 'MORGA657054SM9IJ', 'MORGA657054SM9IJ', 'MORGA697054SM9IJ'],
  ['US_SSN', '219-09-1234', '219-09-1234', '666-09-1234'],
  ['US_ITIN', '912-70-1234', '912-70-1234', '912-10-1234'],
  ['UK_NHS', 'NHS number 943 476 5919', '943 476 5919', 'NHS number 943 476 5918'],
  ['UK_NINO', 'AB 12 34 56 C', 'AB 12 34 56 C', 'QQ 12 34 56 C'],
  ['DE_TAX_ID', '86 095 742 719', '86 095 742 719', '86 095 742 718'],
  ['FR_NIR', '1 84 12 76 451 089 46', '1 84 12 76 451 089 46', '1 84 12 76 451 089 47'],
  ['ES_NIF', '12345678Z', '12345678Z', '12345678A'],
  ['ES_NIE', 'X-1234567-L', 'X-1234567-L', 'X-1234567-A'],
  ['IT_FISCAL_CODE', 'RSSMRA85T10A562S', 'RSSMRA85T10A562S', 'RSSMRA85T10A562T'],
  ['NL_BSN', 'mijn BSN is 111222333', '111222333', 'mijn BSN is 111222334'],
  ['PL_PESEL', '44051401359', '44051401359', '44051401358'],
  ['SE_PERSONNUMMER', '811218-9876', '811218-9876', '811218-9875'],
  ['BR_CPF', '111.444.777-35', '111.444.777-35', '111.444.777-36'],
  ['IN_AADHAAR', '2341 2341 2346', '2341 2341 2346', '2341 2341 2347'],
  ['IN_PAN', 'ABCPE1234F', 'ABCPE1234F', 'ABCDE1234F'],
  ['AU_TFN', 'TFN 123 456 782', '123 456 782', 'TFN 123 456 783'],
  ['AU_MEDICARE', 'Medicare card 2123 45670 1', '2123 45670 1', 'Medicare card 2123 45671 1'],
  ['AU_ABN', 'ABN 51 824 753 556', '51 824 753 556', 'ABN 51 824 753 557'],
  ['AU_ACN', 'ACN 004 085 616', '004 085 616', 'ACN 004 085 617'],
  ['API_KEY', `key ${GITHUB}`, GITHUB, 'key ghp_short, api key missing'],
  ['ACCESS_TOKEN', TOKEN, TOKEN, 'eyJhbGciOiJub25lIn0, a bearer of news'],
  ['PRIVATE_KEY', PEM, PEM, PEM.replaceAll('PRIVATE KEY', 'CERTIFICATE')],
  ['PASSWORD', 'password: hunter2', 'hunter2', 'the password is required'],
  ['LOCATION', 'I live at 12 Quarry Hill Road', '12 Quarry Hill Road', 'we sold 12 Road bikes'],
];

describe('every type that a recognizer of the registry has', () => {
  const found = (text: string, type: string): string[] =>
    analyze(text, { types: new Set([type]), minScore: type === 'DATE_TIME' ? 0.3 : 0.5, tagNames: () => [] }).map(
      ({ start, end }) => text.slice(start, end),
    );

  it('has its cases here', () => {
    const types = new Set(RECOGNIZERS.flatMap((recognizer) => recognizer.types));
    expect(CASES.map(([type]) => type).toSorted()).toEqual([...types].toSorted());
  });

  it.each(CASES)('%s is found in %j', (type, text, value, miss) => {
    expect(found(text, type)).toEqual([value]);
    expect(found(miss, type)).toEqual([]);
  });
});
