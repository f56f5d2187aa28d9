import { describe, expect, it } from '@jest/globals';
import { readModel } from './model.js';
import { tagNames, Tagger } from './tagger.js';

/** What is found, as TYPE:text. */
const found = (text: string): string[] =>
  tagNames(text).map(({ start, end, type }) => `${type}:${text.slice(start, end)}`);

describe('tagNames finds', () => {
  it.each([
    ['Dr. Ada Lovelace will see you at 3pm', ['PERSON:Ada Lovelace']],
    ['hey anna, can u call jürgen müller?', ['PERSON:anna', 'PERSON:jürgen müller']],
    ["that is Fiona's desk", ['PERSON:Fiona']],
    ['Jean-Luc Moreau moved to Paris', ['PERSON:Jean-Luc Moreau', 'LOCATION:Paris']],
    ['My name is J. R. Hartley', ['PERSON:J. R. Hartley']],
    ["Sinead O'Connor called", ["PERSON:Sinead O'Connor"]],
    ['thanks Mehmet!!', ['PERSON:Mehmet']],
    ['I talked to Nguyen Thi Linh yesterday', ['PERSON:Nguyen Thi Linh']],
    ['I work for Contoso Ltd in New York', ['ORGANIZATION:Contoso Ltd', 'LOCATION:New York']],
    ['hey Ada Lovelace from Siemens, can you look?', ['PERSON:Ada Lovelace', 'ORGANIZATION:Siemens']],
    ['hey ada lovelace', ['PERSON:ada lovelace']],
    ['we signed with Globex', ['ORGANIZATION:Globex']],
    ['Maersk called about the contract', ['ORGANIZATION:Maersk']],
    ['call 😀 Oliver 😀 now', ['PERSON:Oliver']],
    ['ich heiße Katharina und wohne in München', ['PERSON:Katharina', 'LOCATION:München']],
    ['Sehr geehrter Herr Schneider,', ['PERSON:Schneider']],
    ['der zug von köln nach hamburg', ['LOCATION:köln', 'LOCATION:hamburg']],
    ["bonjour, je m'appelle Amélie Dupont", ['PERSON:Amélie Dupont']],
    ["j'habite à Toulouse", ['LOCATION:Toulouse']],
    ['hola Pablo, vivo en Sevilla', ['PERSON:Pablo', 'LOCATION:Sevilla']],
    ['¿Has visto a María José?', ['PERSON:María José']],
    ['hoi Sanne, ik woon in Utrecht', ['PERSON:Sanne', 'LOCATION:Utrecht']],
    ['Met vriendelijke groet,\nPieter van den Berg', ['PERSON:Pieter van den Berg']],
    ['mi chiamo Giulia Rossi', ['PERSON:Giulia Rossi']],
    ['ciao Lorenzo, sei a Torino?', ['PERSON:Lorenzo', 'LOCATION:Torino']],
    ['Привет, Наташа!', ['PERSON:Наташа']],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });
});

describe('tagNames leaves alone', () => {
  it.each([
    'Привет мир',
    'こんにちは世界',
    'مرحبا بالعالم',
    'the Annual Report is ready',
    'May I ask something? I may be late in May.',
    'Will you do it? Will do.',
    'Mark as read',
    'please mark it as done',
    'Order #10293 ships on Monday, 3 March',
    'see you on Friday',
    'am Montag im März',
    'lundi prochain en avril',
    'hasta el martes de enero',
    'op dinsdag in mei',
    'giovedì 4 luglio',
    'Guten Morgen zusammen',
    'Die Rechnung ist im Anhang',
    'bonjour à tous',
    'muchas gracias',
    'const user = new User();',
    'typed <PERSON_1> and <LOCATION_2> here',
    'Merry Christmas and a happy new year!',
    'Terms of Service',
    'mail me at ada@example.org or @ada',
    'see https://paris.example/anna',
    '',
    '😀 👍',
  ])('%s', (text) => {
    expect(found(text)).toEqual([]);
  });
});

describe('the tagger', () => {
  it('gives the same answer every time, in whatever order texts come', () => {
    const texts = ['Maria Schmidt from Siemens flew to Madrid', 'ok', 'Anna '.repeat(1000)];
    const first = texts.map((text) => tagNames(text));
    const fresh = new Tagger(readModel());
    expect(texts.toReversed().map((text) => fresh.tag(text))).toEqual(first.toReversed());
  });

  it('marks whole words within the text, in order and without overlap', () => {
    const text = "RT @x: O'Neill-Smith's #AdaLovelace\u0301 talk 𝒜 in 東京, ЛОНДОН & Zürich-West ";
    let last = 0;
    for (const { start, end, score } of tagNames(text.repeat(40))) {
      expect(start).toBeGreaterThanOrEqual(last);
      expect(end).toBeGreaterThan(start);
      expect(score).toBeGreaterThanOrEqual(0.5);
      expect(score).toBeLessThanOrEqual(0.8);
      last = end;
    }
    expect(last).toBeLessThanOrEqual(text.length * 40);
  });

  it.each(['a@', 'a.', '1-', 'A ', 'Ada ', 'http://', "O'", '#Aa', '<PERSON_1>', '😀'])(
    'takes time in proportion to the length of %s repeated',
    (part) => {
      const time = (length: number): number => {
        const text = part.repeat(Math.ceil(length / part.length));
        return Math.min(...Array.from({ length: 5 }, () => cpuOf(() => tagNames(text))));
      };
      time(20_000);
      // Ten times the text in at most thirty times the time: generous to a busy machine, yet no quadratic scan passes.
      expect(time(200_000)).toBeLessThan(30 * Math.max(time(20_000), 2));
    },
  );

  it('is ready soon', () => {
    expect(cpuOf(() => readModel())).toBeLessThan(400);
  });
});

/** Milliseconds of processor time, which other processes on the machine do not lengthen much. */
function cpuOf(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
