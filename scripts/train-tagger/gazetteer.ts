import { Flag, pair } from '../../src/pii/tagger/features.js';
import { keyOf, type ModelData } from '../../src/pii/tagger/model.js';
import { Kind, Tokens } from '../../src/pii/tagger/tokens.js';
import {
  cities,
  companies,
  englishWords,
  locale,
  otherWords,
  peopleNames,
  territories,
  type LocaleName,
} from './lists.js';
import { chatNames, countriesAlias, knownOrganisations } from './fillers.js';

const LOCALES: readonly LocaleName[] = [
  'en',
  'en_GB',
  'en_AU',
  'en_IE',
  'en_IN',
  'en_NG',
  'en_ZA',
  'en_GH',
  'de',
  'de_AT',
  'de_CH',
  'fr',
  'fr_BE',
  'es',
  'es_MX',
  'it',
  'nl',
  'nl_BE',
  'pt_BR',
  'pt_PT',
  'pl',
  'sv',
  'da',
  'nb_NO',
  'fi',
  'cs_CZ',
  'sk',
  'hu',
  'hr',
  'sl_SI',
  'sr_RS_latin',
  'ro',
  'tr',
  'vi',
  'id_ID',
  'lv',
  'af_ZA',
  'yo_NG',
  'zu_ZA',
  'cy',
  'uz_UZ_latin',
  'ru',
  'uk',
  'mk',
  'el',
  'ar',
  'he',
  'fa',
  'az',
  'ka_GE',
  'hy',
];
const tokens = new Tokens();

class Builder {
  private readonly flags = new Map<number, number>();

  /** Adds a name of one to three words; longer ones only by their single words, if `parts` says so. */
  add(name: string, flag: number): void {
    tokens.read(name, 0);
    const [first = 0, second = 0, third = 0] = tokens.hash;
    if (tokens.count === 1 && tokens.kind[0] !== Kind.Number) this.mark(first, flag);
    else if (tokens.count === 2) this.mark(pair(first, second), flag);
    else if (tokens.count === 3) this.mark(pair(pair(first, second), third), flag);
  }

  words(name: string, flag: number): void {
    tokens.read(name, 0);
    for (let i = 0; i < tokens.count; i++) {
      const length = (tokens.end[i] ?? 0) - (tokens.start[i] ?? 0);
      if ((tokens.kind[i] ?? 0) <= Kind.Caseless && length > 2) this.mark(tokens.hash[i] ?? 0, flag);
    }
  }

  addIfKnown(word: string, flag: number): void {
    tokens.read(word, 0);
    const key = keyOf(tokens.hash[0] ?? 0);
    if (tokens.count === 1 && this.flags.has(key)) this.mark(tokens.hash[0] ?? 0, flag);
  }

  private mark(hash: number, flag: number): void {
    const key = keyOf(hash);
    this.flags.set(key, (this.flags.get(key) ?? 0) | flag);
  }

  build(): Gazetteer {
    return new Gazetteer(this.flags);
  }
}

/** Keys of words and what is known of them. */
export class Gazetteer implements Pick<ModelData, 'words' | 'flags'> {
  readonly words: Int32Array;
  readonly flags: Uint16Array;

  constructor(private readonly entries: ReadonlyMap<number, number>) {
    const sorted = [...entries].sort(([a], [b]) => a - b);
    this.words = Int32Array.from(sorted, ([key]) => key);
    this.flags = Uint16Array.from(sorted, ([, flags]) => flags);
  }

  /** The same with one more flag on some words. */
  marked(hashes: readonly number[], flag: number): Gazetteer {
    const entries = new Map(this.entries);
    for (const hash of hashes) entries.set(keyOf(hash), (entries.get(keyOf(hash)) ?? 0) | flag);
    return new Gazetteer(entries);
  }
}

/** What is known of single words, and of places and companies of up to three. */
export function gazetteer(): Gazetteer {
  const builder = new Builder();
  for (const name of LOCALES) {
    const { given, surnames, regions, cities: places } = locale(name);
    for (const word of given) builder.words(word, Flag.GivenName);
    for (const word of surnames) builder.words(word, Flag.Surname);
    for (const place of places) builder.add(place, Flag.Place);
    for (const region of regions) builder.add(region, Flag.Region);
  }
  for (const name of chatNames) builder.add(name, Flag.GivenName);
  for (const name of peopleNames) builder.words(name, Flag.Name);
  for (const { name, population } of cities) builder.add(name, population >= 100_000 ? Flag.City : Flag.Place);
  for (const name of [...territories, ...countriesAlias]) builder.add(name, Flag.Region);
  for (const name of knownOrganisations) builder.add(name, Flag.Company);
  for (const name of companies) if (name.length > 3) builder.add(name, Flag.Company);
  // Words of other languages matter only where they could be taken for names; in English they also mark what is none.
  for (const word of englishWords) if (word.length > 2 && word.length < 9) builder.add(word, Flag.Word);
  for (const word of [...englishWords, ...otherWords]) builder.addIfKnown(word, Flag.Word);
  return builder.build();
}
