import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyzer.js';

const found = (text: string, type: string): string[] =>
  analyze(text, { tagNames: () => [] })
    .filter((span) => span.type === type)
    .map(({ start, end }) => text.slice(start, end));

describe('e-mail addresses', () => {
  it.each([
    ['mail ada@example.org.', 'ada@example.org'],
    ['<ada.lovelace+chat@mail.example.co.uk>', 'ada.lovelace+chat@mail.example.co.uk'],
    ['MAILTO:ADA@EXAMPLE.ORG', 'ADA@EXAMPLE.ORG'],
    ['jürgen@müller.example', 'jürgen@müller.example'],
    ['用户@例子.公司', '用户@例子.公司'],
    ['ada@xn--mller-kva.example', 'ada@xn--mller-kva.example'],
    ["o'brien@example.ie", "o'brien@example.ie"],
    ['?email=ada@example.org&x=1', 'ada@example.org'],
    ['"ada lovelace"@example.org', '"ada lovelace"@example.org'],
    ['a\u200bda＠example．org', 'a\u200bda＠example．org'],
    ['ada@example.org,bob@example.org', 'ada@example.org', 'bob@example.org'],
    ['ada @ example.org', 'ada @ example.org'],
    ['write to ada at example dot org', 'ada at example dot org'],
    ['ada [at] example [dot] org', 'ada [at] example [dot] org'],
    ['ada(at)example.org', 'ada(at)example.org'],
    ['ada dot lovelace at mail dot example dot com', 'ada dot lovelace at mail dot example dot com'],
    ['ada@example.org123', 'ada@example.org'],
  ])('in %j', (text, ...values) => expect(found(text, 'EMAIL_ADDRESS')).toEqual(values));

  it.each([
    'ada@localhost',
    '@ada can you look?',
    'a @ b',
    'meet me at example.org',
    'look at the dot com bubble',
    'ada@.org',
    'ada@example.',
    '3@4.5',
    'user@2001:db8::1',
  ])('not in %j', (text) => expect(found(text, 'EMAIL_ADDRESS')).toEqual([]));
});

describe('phone numbers', () => {
  it.each([
    ['+49 30 901820', '+49 30 901820'],
    ['reach me at +1 (212) 555-0123 x42', '+1 (212) 555-0123 x42'],
    ['0044 20 7946 0958', '0044 20 7946 0958'],
    ['+41 (0)44 668 18 00', '+41 (0)44 668 18 00'],
    ['(212) 555-0123', '(212) 555-0123'],
    ['212.555.0123', '212.555.0123'],
    ['212-555-0123 ext. 7', '212-555-0123 ext. 7'],
    ['01 23 45 67 89', '01 23 45 67 89'],
    ['01.23.45.67.89', '01.23.45.67.89'],
    ['030/90182000', '030/90182000'],
    ['06-12345678', '06-12345678'],
    ['612 345 678', '612 345 678'],
    ['call 5550123', '5550123'],
    ['tel: 9018-2000', '9018-2000'],
    ['meine Handynummer: 017612345678', '017612345678'],
    ['６１２ ３４５ ６７８', '６１２ ３４５ ６７８'],
    ['212-555-0123, 212-555-0124', '212-555-0123', '212-555-0124'],
  ])('in %j', (text, ...values) => expect(found(text, 'PHONE_NUMBER')).toEqual(values));

  it.each([
    '2024-05-17',
    '17.05.2024 12:30',
    '05/17/2024',
    '1990-2024',
    '1.234.567,89',
    '$2125550123',
    '10.0.0.1',
    'order 4512345678',
    'ticket #5550123',
    'issue 212-555',
    'build 20240517.1',
    '3.14159265358979',
    'v1.2.3-4567890',
    '12345-6789',
    '0000 0000 0000',
    'a 1 2 3 4 5 6 7 8 9',
    'id 0123456789abcdef0123',
  ])('not in %j', (text) => expect(found(text, 'PHONE_NUMBER')).toEqual([]));
});

describe('user names', () => {
  it.each([
    ['username: ada_l', 'ada_l'],
    ['my login is ada.l', 'ada.l'],
    ['on twitter I am @ada_l', '@ada_l'],
    ['Benutzername: "ada"', 'ada'],
  ])('in %j', (text, value) => expect(found(text, 'USERNAME')).toEqual([value]));

  it.each(['@ada can you look?', 'the username is already taken', 'user names are public', 'login failed'])(
    'not in %j',
    (text) => expect(found(text, 'USERNAME')).toEqual([]),
  );
});

describe('dates of birth', () => {
  it.each([
    ['born on 12/10/1985', '12/10/1985'],
    ['DOB: 1985-12-10', '1985-12-10'],
    ['geboren am 10.12.1915', '10.12.1915'],
    ['née le 10 décembre 1985', '10 décembre 1985'],
    ['her birthday is December 10, 1985', 'December 10, 1985'],
  ])('in %j', (text, value) => expect(found(text, 'DATE_OF_BIRTH')).toEqual([value]));

  it.each(['the meeting is on 12/10/2025', 'version 10.12.85', 'since 1985-12-10'])('not in %j', (text) => {
    expect(found(text, 'DATE_OF_BIRTH')).toEqual([]);
  });
});
