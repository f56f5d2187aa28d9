import { describe, expect, it } from '@jest/globals';
import { containsPii } from './contains-pii.js';

describe('containsPii', () => {
  it.each([
    'ada@example.org',
    '4111111111111111',
    'pay-4111-1111-1111-1111',
    'user_378282246310005',
    'DE89370400440532013000',
    'acct-DE89370400440532013000',
    '219-09-1234',
    '212-555-0123',
    '４１１１１１１１１１１１１１１１',
  ])('in %s', (text) => expect(containsPii(text)).toBe(true));

  it.each([
    '01890a5d-ac96-774b-bcce-b302099a8057',
    '41111111-1111-1111-1111-111111111111',
    '12345678-1234-1234-1234-411111111111',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'd41d8cd98f00b204e9800998ecf8427e',
    '4111111111111111deadbeef',
    'V1StGXR8_Z5jdHi6B-myT',
    '1763766000000',
    '1763766000000000',
    '20251121230000',
    '2025-11-21T23-00-00',
    'order-2025-000123',
    'ORD-1234567890',
    '123-1234567-1234567',
    'msg_1',
    '0',
    '',
    '1234567890123456',
    '9007199254740991',
    '1311768467463790320',
    '2025-11-21',
    'a-b-c',
  ])('not in %j', (text) => expect(containsPii(text)).toBe(false));
});
