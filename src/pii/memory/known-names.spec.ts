import { describe, expect, it } from '@jest/globals';
import { KnownNames } from './known-names.js';
import { shortFormsOf } from './name-forms.js';

const person = (value: string, placeholder = '<PERSON_1>') => ({ type: 'PERSON', value, placeholder });

/** The text with every mention in brackets: the placeholder of whoever is meant, `?` where that is in doubt. */
function marked(names: KnownNames, text: string): string {
  let result = '';
  let at = 0;
  for (const { start, end, who } of names.find(text)) {
    result += `${text.slice(at, start)}[${text.slice(start, end)}=${who ? (who.placeholder?.match(/\d+/)?.[0] ?? 'new') : '?'}]`;
    at = end;
  }
  return result + text.slice(at);
}

describe('names that a chat has seen', () => {
  const ada = new KnownNames([person('Ada Lovelace')]);

  it.each([
    ['in full', 'ask Ada Lovelace', 'ask [Ada Lovelace=1]'],
    ['in another case', 'ask ada lovelace or ADA LOVELACE', 'ask [ada lovelace=1] or [ADA LOVELACE=1]'],
    ['by first name', 'is ada in?', 'is [ada=1] in?'],
    ['by last name', 'LOVELACE called', '[LOVELACE=1] called'],
    ['with a possessive ending', "Ada's and Lovelace’s desk", "[Ada=1]'s and [Lovelace=1]’s desk"],
    ['with a verb', "Ada'll see", "[Ada=1]'ll see"],
    ['after an article', "le bureau d'Ada", "le bureau d'[Ada=1]"],
    ['as a mention', 'hi @Ada!', 'hi @[Ada=1]!'],
    ['in full-width letters', '＠ Ａｄａ', '＠ [Ａｄａ=1]'],
    ['with hidden characters', 'A\u00adda', '[A\u00adda=1]'],
    ['behind an emoji', '👩‍💻 ada 👍', '👩‍💻 [ada=1] 👍'],
    ['at the end of a sentence', 'This is Ada.', 'This is [Ada=1].'],
    ['last name first', 'Lovelace, Ada', '[Lovelace=1], [Ada=1]'],
    ['with a title', 'Dr. Lovelace', 'Dr. [Lovelace=1]'],
    ['over a double space', 'Ada  Lovelace', '[Ada  Lovelace=1]'],
    ['not inside of a word', 'Adam, Canada, Adas, lovelaces', 'Adam, Canada, Adas, lovelaces'],
    [
      'not inside of an address',
      'ada@example.org x.ada.example.org /ada/ ada_1 ada-x',
      'ada@example.org x.ada.example.org /ada/ ada_1 ada-x',
    ],
    ['not over a line', 'Ada\nLovelace', '[Ada=1]\n[Lovelace=1]'],
    ['nobody else', 'Bob Miller', 'Bob Miller'],
  ])('finds a person %s', (_, text, expected) => {
    expect(marked(ada, text)).toBe(expected);
  });

  it.each<[string, string[], string, string]>([
    ['two persons with one first name', ['Ada Lovelace', 'Ada Byron'], 'Ada and Byron', '[Ada=?] and [Byron=2]'],
    ['two persons with one last name', ['Ada Turing', 'Bob Turing'], 'Bob, Turing', '[Bob=2], [Turing=?]'],
    ['a value of its own before a short form', ['Ada', 'Ada Lovelace'], 'Ada, Lovelace', '[Ada=1], [Lovelace=2]'],
    ['the longer name first', ['Ada Lovelace', 'Ada Lovelace King'], 'Ada Lovelace King', '[Ada Lovelace King=2]'],
    ['a first name that is part of another', ['Ann Smythe'], 'Ann-Marie, Annual', 'Ann-Marie, Annual'],
    ['a double first name', ['Jean-Luc Picard'], 'jean-luc', '[jean-luc=1]'],
    ['a name without its middle', ['Augusta Ada Byron'], 'Augusta Byron, Ada', '[Augusta Byron=1], Ada'],
    ['particles', ['Vincent van Gogh'], 'van Gogh, Gogh, a van', '[van Gogh=1], [Gogh=1], a van'],
    ['a title in the value', ['Frau Dr. Ada Lovelace'], 'Ada, Frau', '[Ada=1], Frau'],
    ['an apostrophe in the name', ["Carla D'Angelo"], "d'angelo", "[d'angelo=1]"],
    ['letters beyond ASCII', ['Zoë Straße'], 'ZOË STRASSE, zoë', '[ZOË STRASSE=1], [zoë=1]'],
    ['a script without spaces', ['王小明'], '我叫王小明。', '我叫[王小明=1]。'],
    ['no part of what is no name', ['A&B Consulting', 'x (y) Miller'], 'consulting, Miller', 'consulting, Miller'],
  ])('%s', (_, values, text, expected) => {
    const names = new KnownNames(values.map((value, index) => person(value, `<PERSON_${index + 1}>`)));
    expect(marked(names, text)).toBe(expected);
  });

  it.each([
    ['may we? will you mark the rose hill in may', 'may we? will you mark the rose hill in may'],
    ['Will you come? May I? - Will it', 'Will you come? May I? - Will it'],
    ['WILL YOU COME IN MAY', 'WILL YOU COME IN MAY'],
    ['ask Will and May', 'ask [Will=1] and [May=2]'],
    ['Will young people see Rose Hill? will young ones', 'Will young people see [Rose Hill=3]? will young ones'],
    ['Ada may come, ada may', '[Ada=2] may come, [ada may=2]'],
  ])('keeps names apart from words: %s', (text, expected) => {
    const names = new KnownNames([
      person('Will Young', '<PERSON_1>'),
      person('Ada May', '<PERSON_2>'),
      person('Rose Hill', '<PERSON_3>'),
    ]);
    expect(marked(names, text)).toBe(expected);
  });

  it('knows other things in full only, and alone only with a capital letter', () => {
    const names = new KnownNames([
      { type: 'LOCATION', value: 'Springfield', placeholder: '<LOCATION_1>' },
      { type: 'ORGANIZATION', value: 'Analytical Engines', placeholder: '<ORGANIZATION_2>' },
    ]);
    const text = 'Springfield springfield, ANALYTICAL ENGINES, analytical';
    expect(marked(names, text)).toBe('[Springfield=1] springfield, [ANALYTICAL ENGINES=2], analytical');
  });

  it('adds the names of the text itself to those that it stands on', () => {
    const names = new KnownNames(
      [person('Bob Miller'), person('Ada Byron'), { type: 'PERSON', value: 'ADA LOVELACE' }],
      ada,
    );
    expect(marked(names, 'Ada, Bob, Lovelace')).toBe('[Ada=?], [Bob=1], [Lovelace=1]');
    expect(marked(ada, 'Bob')).toBe('Bob');
  });

  it('tells the short forms of a person', () => {
    expect(shortFormsOf('PERSON', 'Dr. Vincent W. van Gogh')).toEqual([
      'vincent',
      'gogh',
      'van gogh',
      'vincent van gogh',
    ]);
    expect(shortFormsOf('PERSON', 'Ada')).toEqual([]);
    expect(shortFormsOf('LOCATION', 'New York')).toEqual([]);
  });
});
