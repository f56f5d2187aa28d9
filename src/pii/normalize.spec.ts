import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ENTITY_TYPES } from './entity-type.js';
import { normalizeValue } from './normalize.js';

const equal = (type: string, one: string, other: string): boolean =>
  normalizeValue(type, one) === normalizeValue(type, other);

describe('normalizeValue', () => {
  it.each([
    ['EMAIL_ADDRESS', 'Ada@Example.org', 'ada@example.org'],
    ['EMAIL_ADDRESS', 'a\u200bda@example.org', 'ada@example.org'],
    ['PERSON', 'Ada  Lovelace', 'ada lovelace'],
    ['PERSON', 'ADA\nLOVELACE', 'Ada Lovelace'],
    ['PERSON', 'Zoe\u0308', 'Zoë'],
    ['LOCATION', 'Hauptstraße 5', 'HAUPTSTRASSE 5'],
    ['LOCATION', 'Hauptstraße 5', 'HAUPTSTRAẞE 5'],
    ['PHONE_NUMBER', '+49 (30) 123-45 67', '+49301234567'],
    ['PHONE_NUMBER', '030/1234567', '030 1234567'],
    ['CREDIT_CARD', '4111-1111 1111 1111', '４１１１１１１１１１１１１１１１'],
    ['IBAN_CODE', 'de89 3704 0044 0532 0130 00', 'DE89370400440532013000'],
    ['SOMETHING_NEW', 'Ｓecret  Plan', 'secret plan'],
  ])('%s: %j is %j', (type, one, other) => expect(equal(type, one, other)).toBe(true));

  it.each([
    ['PASSWORD', 'Hunter2', 'hunter2'],
    ['CRYPTO', '1BoatSLRHtKNngkdXEeobR76b53LETtpyT', '1boatslrhtknngkdxeeobr76b53lettpyt'],
    ['PHONE_NUMBER', '+49301234567', '49301234567'],
    ['PERSON', 'Ada Lovelace', 'Ada'],
    ['PHONE_NUMBER', 'anna', 'bert'],
    ['SE_PERSONNUMMER', 'a', 'b'],
  ])('%s: %j is not %j', (type, one, other) => expect(equal(type, one, other)).toBe(false));

  it('never throws, never empties a value, and is settled after one step', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ENTITY_TYPES, '__proto__', 'X'),
        fc.string({ unit: 'binary', minLength: 1 }),
        (type, value) => {
          const form = normalizeValue(type, value);
          expect(form).not.toBe('');
          expect(normalizeValue(type, form)).toBe(form);
        },
      ),
    );
  });
});
