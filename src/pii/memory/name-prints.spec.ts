import { describe, expect, it } from '@jest/globals';
import { deriveChatKey, newChatSecret } from '../vault/value-cipher.js';
import { KnownNames } from './known-names.js';
import { namePrints, PrintedNames } from './name-prints.js';

const key = deriveChatKey(newChatSecret());

const NAMES = [
  ['PERSON', 'Ada Lovelace'],
  ['PERSON', 'Ada Byron'],
  ['PERSON', 'Vincent van Gogh'],
  ['PERSON', 'Frau Dr. Zoë Straße'],
  ['PERSON', 'Will Young'],
  ['ORGANIZATION', 'Contoso Freight'],
  ['LOCATION', 'Much Marcle'],
] as const;

const TEXTS = [
  "ada lovelace's desk, LOVELACE, d'Ada",
  'Byron or ada?',
  'van Gogh, gogh, vincent gogh, Vincent van Gogh, a van',
  'ZOË STRASSE and zoe',
  'will you stay young? Ask Will Young',
  'CONTOSO FREIGHT, contoso, much marcle, too much',
  'Adam in Canada, x.ada.example.org',
  '',
];

describe('names by their prints', () => {
  const named = NAMES.map(([type, value], index) => ({
    type,
    value,
    placeholder: `<${type}_${index + 1}>`,
    keyVersion: 1,
  }));
  const printed = new PrintedNames();
  for (const name of named) printed.add(name, namePrints(key, name.type, name.value) ?? Buffer.alloc(0));
  const mentions = (names: KnownNames, text: string) =>
    names.find(text).map(({ who, ...where }) => ({ ...where, placeholder: who?.placeholder }));

  it.each(TEXTS)('are found in %j as by their values', (text) => {
    const found = mentions(new KnownNames([], printed.with(key)), text);
    expect(found).toEqual(mentions(new KnownNames(named), text));
  });

  it('say nothing under another key', () => {
    const other = new KnownNames([], printed.with(deriveChatKey(newChatSecret())));
    expect(TEXTS.flatMap((text) => mentions(other, text))).toEqual([]);
  });

  it.each([
    ['EMAIL_ADDRESS', 'ada@example.org'],
    ['PERSON', 'A&B'],
    ['PERSON', '王小明'],
  ])('are none for %s %s', (type, value) => expect(namePrints(key, type, value)).toBeNull());
});
