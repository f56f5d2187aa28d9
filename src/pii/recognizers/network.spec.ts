import { describe, expect, it } from '@jest/globals';
import { analyze } from '../analyzer.js';

const found = (text: string): string[] =>
  analyze(text, { tagNames: () => [] }).map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);

describe('network addresses', () => {
  it.each([
    ['ping 203.0.113.7!', 'IP_ADDRESS 203.0.113.7'],
    ['203.0.113.0/24', 'IP_ADDRESS 203.0.113.0/24'],
    ['http://203.0.113.7/x', 'IP_ADDRESS 203.0.113.7'],
    ['2001:db8:85a3::8a2e:370:7334', 'IP_ADDRESS 2001:db8:85a3::8a2e:370:7334'],
    ['addr:2001:db8::8a2e:1.', 'IP_ADDRESS 2001:db8::8a2e:1'],
    ['[fe80::1%eth0]', 'IP_ADDRESS fe80::1%eth0'],
    ['::ffff:203.0.113.7', 'IP_ADDRESS ::ffff:203.0.113.7'],
    ['00:1b:44:11:3a:b7', 'MAC_ADDRESS 00:1b:44:11:3a:b7'],
    ['00-1B-44-11-3A-B7', 'MAC_ADDRESS 00-1B-44-11-3A-B7'],
    ['001b.4411.3ab7', 'MAC_ADDRESS 001b.4411.3ab7'],
    ['see https://example.org/~ada?x=1.', 'URL https://example.org/~ada?x=1'],
    ['postgres://ada:secret@db.internal:5432/app', 'URL postgres://ada:secret@db.internal:5432/app'],
    ['https://token@localhost/x', 'URL https://token@localhost/x'],
    ['www.example.org/ada', 'URL www.example.org/ada'],
    ['my website is ada.example.com', 'URL ada.example.com'],
    ['(https://example.org)', 'URL https://example.org'],
  ])('in %j', (text, value) => expect(found(text)).toEqual([value]));

  it.each([
    '256.0.0.1',
    '1.2.3',
    'version 1.2.3.4',
    'v 1.2.3.4.5.6',
    '12:34:56',
    'std::vector',
    'a::b',
    '::',
    'ff:ff:ff:ff:ff:ff',
    '00:00:00:00:00:00',
    '00:1b:44:11:3a',
    '00:1b:44-11:3a:b7',
    'http://localhost:3000/docs',
    'http://',
    'http://http://',
    'see readme.md and index.ts',
    'e.g. this',
    'Hello.World',
  ])('nothing in %j', (text) => expect(found(text)).toEqual([]));
});

describe('secrets', () => {
  const key = ['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_');
  const github = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
  const jwt = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl';
  const pem = '-----BEGIN PRIVATE KEY-----\nMIIBVAIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----';

  it.each([
    [`key ${key}!`, `API_KEY ${key}`],
    [github, `API_KEY ${github}`],
    ['AKIAIOSFODNN7EXAMPLE', 'API_KEY AKIAIOSFODNN7EXAMPLE'],
    [jwt, `ACCESS_TOKEN ${jwt}`],
    ['Authorization: Bearer abcdef0123456789abcdef', 'ACCESS_TOKEN abcdef0123456789abcdef'],
    [`here:\n${pem}\n`, `PRIVATE_KEY ${pem}`],
    ['password: hunter2', 'PASSWORD hunter2'],
    ['Mein Passwort ist Geheim123!', 'PASSWORD Geheim123!'],
    ['pwd="correct-horse"', 'PASSWORD "correct-horse"'],
  ])('in %j', (text, value) => expect(found(text)).toEqual([value]));

  it.each([
    'the password is required',
    'password reset',
    'api key missing',
    'a bearer of news',
    'eyJ',
    '-----BEGIN CERTIFICATE-----',
  ])('nothing in %j', (text) => expect(found(text)).toEqual([]));
});
