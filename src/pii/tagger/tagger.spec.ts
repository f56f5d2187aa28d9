import { describe, expect, it } from '@jest/globals';
import { tagNames } from './tagger.js';

/** What is found, as TYPE:text. */
const found = (text: string): string[] =>
  tagNames(text).map(({ start, end, type }) => `${type}:${text.slice(start, end)}`);

describe('tagNames', () => {
  it.each([
    ['Dr. Ada Lovelace will see you at 3pm', ['PERSON:Ada Lovelace']],
    ['hey anna, can u call jürgen müller?', ['PERSON:anna', 'PERSON:jürgen müller']],
    ["that is Fiona's desk", ['PERSON:Fiona']],
    ['Jean-Luc Moreau moved to Paris', ['PERSON:Jean-Luc Moreau', 'LOCATION:Paris']],
    ['My name is J. R. Hartley', ['PERSON:J. R. Hartley']],
    ["Sinead O'Connor called", ["PERSON:Sinead O'Connor"]],
    ['ich heiße Katharina und wohne in München', ['PERSON:Katharina', 'LOCATION:München']],
    ['Sehr geehrter Herr Schneider,', ['PERSON:Schneider']],
    ["bonjour, je m'appelle Amélie Dupont", ['PERSON:Amélie Dupont']],
    ['hola Pablo, vivo en Sevilla', ['PERSON:Pablo', 'LOCATION:Sevilla']],
    ['hoi Sanne, ik woon in Utrecht', ['PERSON:Sanne', 'LOCATION:Utrecht']],
    ['mi chiamo Giulia Rossi', ['PERSON:Giulia Rossi']],
    ['Привет, Наташа!', ['PERSON:Наташа']],
    ['call 😀 Oliver 😀 now', ['PERSON:Oliver']],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it.each([
    'the Annual Report is ready',
    'May I ask something? I may be late in May.',
    'Will you mark it as read? Will do.',
    'Mark as read',
    'Order #10293 ships on Monday, 3 March',
    'am Montag im März',
    'lundi prochain en avril',
    'hasta el martes de enero',
    'const user = new User();',
    'typed <PERSON_1> and <LOCATION_2> here',
    'Merry Christmas and a happy new year!',
  ])('leaves alone: %s', (text) => {
    expect(found(text)).toEqual([]);
  });

  it('gives the same answer every time', () => {
    const text = 'Maria Schmidt from Siemens flew to Madrid';
    expect(tagNames(text)).toEqual(tagNames(text));
  });
});
