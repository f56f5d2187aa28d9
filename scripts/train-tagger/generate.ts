import { allFakers, type Faker } from '@faker-js/faker';
import { territories, locale, type LocaleName } from './lists.js';
import { drawCity, drawName, invented } from './people.js';
import type { Random } from './random.js';
import type { Sample } from './sample.js';
import { date, detail } from './details.js';
import { countriesAlias, knownOrganisations, weekdaysAndMonths } from './fillers.js';

const ADDRESS_LOCALES: Record<string, readonly LocaleName[]> = {
  en: [
    'en_US',
    'en_US',
    'en_US',
    'en_GB',
    'en_GB',
    'en_AU',
    'en_CA',
    'en_IE',
    'en_IN',
    'en_ZA',
    'de',
    'fr',
    'es',
    'it',
    'nl',
    'sv',
    'da',
    'fi',
    'pl',
    'cs_CZ',
    'pt_PT',
    'nb_NO',
    'hu',
    'hr',
    'de_CH',
    'fr_BE',
    'es_MX',
    'pt_BR',
    'sl_SI',
  ],
  de: ['de', 'de', 'de', 'de_AT', 'de_CH'],
  fr: ['fr', 'fr', 'fr_BE', 'fr_CH', 'fr_CA'],
  es: ['es', 'es', 'es_MX'],
  nl: ['nl', 'nl', 'nl_BE'],
  it: ['it'],
  pt: ['pt_BR', 'pt_PT'],
  pl: ['pl'],
  nordic: ['sv', 'da', 'nb_NO', 'fi'],
  cyrillic: ['ru', 'uk'],
  greek: ['el'],
};
const LETTERS = 'ABCDEFGHIJKLMNOPRSTUVW'.split('');
const regions = (Object.keys(allFakers) as LocaleName[])
  .filter((name) => /^(en_|de|fr|es|it|nl|pt)/.test(name))
  .flatMap((name) => [...locale(name).regions]);

/** A state, abbreviated if wanted and usual; nothing where there are none. */
function stateOf(faker: Faker, abbreviated: boolean): string {
  const { state, state_abbr: short } = faker.rawDefinitions.location ?? {};
  if (abbreviated && short) return faker.helpers.arrayElement(short);
  return state ? faker.helpers.arrayElement(state) : '';
}

/** Fills templates. Every draw comes from the one seed, faker's included. */
export class Generator {
  private readonly fakers: Map<LocaleName, Faker>;

  constructor(private readonly random: Random) {
    this.fakers = new Map(
      [...new Set(Object.values(ADDRESS_LOCALES).flat())].map((name) => {
        const faker = allFakers[name];
        faker.seed(random.below(2 ** 31));
        faker.setDefaultRefDate('2026-01-01T00:00:00.000Z');
        return [name, faker];
      }),
    );
  }

  fill(template: string, language: string): Sample {
    const spans: { start: number; end: number; type: string }[] = [];
    let text = '';
    let from = 0;
    for (const match of template.matchAll(/\{([A-Z])\}/g)) {
      text += template.slice(from, match.index);
      from = match.index + match[0].length;
      const [prefix, value, type] = this.value(match[1] ?? '', language);
      text += prefix;
      if (type !== undefined) spans.push({ start: text.length, end: text.length + value.length, type });
      text += value;
    }
    return { text: text + template.slice(from), spans, synthetic: true };
  }

  private value(slot: string, language: string): readonly [prefix: string, value: string, type?: string] {
    const { random } = this;
    switch (slot) {
      case 'P':
        return this.person(language);
      case 'F':
        return ['', this.given(language), 'PERSON'];
      case 'L':
        return ['', this.surname(language), 'PERSON'];
      case 'C':
        return ['', drawCity(random, language), 'LOCATION'];
      case 'K':
        return [
          '',
          random.chance(0.25)
            ? random.pick(countriesAlias)
            : random.chance(0.3)
              ? random.pick(regions)
              : random.pick(territories),
          'LOCATION',
        ];
      case 'A':
        return ['', this.address(language), 'LOCATION'];
      case 'O':
        return ['', this.organisation(language), 'ORGANIZATION'];
      case 'W':
        return ['', random.pick(weekdaysAndMonths[language] ?? weekdaysAndMonths['en'] ?? [])];
      case 'D':
        return ['', date(language, random)];
      default:
        return ['', detail(slot, random)];
    }
  }

  private given(language: string): string {
    const { random } = this;
    const { given } = drawName(random, language);
    if (random.chance(0.03)) return `${given}-${drawName(random, language).given}`;
    return given;
  }

  private surname(language: string): string {
    const { random } = this;
    const { surname } = drawName(random, language);
    const roll = random.next();
    if (roll < 0.05) return `${surname}-${drawName(random, language).surname}`;
    if (roll < 0.08)
      return `${random.pick(['van', 'van der', 'van den', 'von', 'de', 'del', 'de la', 'di', 'da', 'dos', 'al', 'el', 'ter', 'ten', 'zu', 'le', 'La', 'De', 'Van', 'St.', 'bin', 'Ben', 'Mac'])} ${surname}`;
    if (roll < 0.1) return `${random.pick(["O'", 'Mc', "D'", "d'", 'Mac', 'Fitz'])}${surname}`;
    return surname;
  }

  private person(language: string): readonly [string, string, string] {
    const { random } = this;
    const given = this.given(language);
    const surname = this.surname(language);
    const initial = given.charAt(0).toUpperCase();
    const roll = random.next();
    let name = `${given} ${surname}`;
    if (roll < 0.12) name = given;
    else if (roll < 0.16) name = `${given} ${random.pick(LETTERS)}. ${surname}`;
    else if (roll < 0.2) name = `${initial}. ${surname}`;
    else if (roll < 0.22) name = `${initial}.${random.pick(LETTERS)}. ${surname}`;
    else if (roll < 0.28) name = `${given} ${this.given(language)} ${surname}`;
    else if (roll < 0.33) name = `${given} ${surname} ${this.surname(language)}`;
    else if (roll < 0.36) name = `${given} ${initial} ${surname}`;
    else if (roll < 0.38) name = `${surname} ${given}`;
    else if (roll < 0.4) name = `${given} ${surname.charAt(0)}.`;
    const title = random.chance(0.08)
      ? random.pick(['Dr. ', 'Mr. ', 'Mrs. ', 'Ms. ', 'Prof. ', 'Mr ', 'Mrs ', 'Dr ', 'Miss ', 'Sir '])
      : '';
    return [title, name, 'PERSON'];
  }

  private address(language: string): string {
    const { random } = this;
    const faker = this.fakers.get(random.pick(ADDRESS_LOCALES[language] ?? ADDRESS_LOCALES['en'] ?? []));
    if (faker === undefined) return '';
    const street = random.chance(0.5)
      ? faker.location.streetAddress({ useFullAddress: random.chance(0.3) })
      : this.street(language);
    const city = random.chance(0.5) ? faker.location.city() : drawCity(random, language);
    const code = faker.location.zipCode();
    const state = random.chance(0.5) ? stateOf(faker, random.chance(0.5)) : '';
    const country = random.chance(0.3) ? random.pick(random.chance(0.3) ? countriesAlias : territories) : '';
    const gap = random.pick([', ', ', ', ', ', ' ', '\n', '\n', ' - ', ',\n']);
    const town = random.pick([
      `${code} ${city}`,
      `${city} ${code}`,
      `${city}${gap}${state} ${code}`.replace('  ', ' '),
      city,
      `${city}, ${state}`.replace(/, $/, ''),
      `${city} (${code})`,
    ]);
    const parts = [street, town, country].filter((part) => part !== '');
    return random.chance(0.25) ? street : parts.join(gap);
  }

  private street(language: string): string {
    const { random } = this;
    const number = `${1 + random.below(random.chance(0.3) ? 9999 : 220)}${random.chance(0.08) ? random.pick(['a', 'b', 'c', 'A', 'B', 'C']) : ''}`;
    const name = random.chance(0.4)
      ? drawName(random, language).surname
      : random.chance(0.5)
        ? invented(random)
        : drawCity(random, language);
    const unit = random.chance(0.2)
      ? ` ${random.pick(['Apt', 'Apt.', 'Suite', 'Unit', 'Flat', '#', 'Floor'])} ${1 + random.below(900)}`
      : '';
    switch (language) {
      case 'de':
        return `${name}${random.pick(['straße', 'str.', 'weg', 'platz', 'gasse', ' Straße', 'allee', '-Straße'])} ${number}`;
      case 'nl':
        return `${name}${random.pick(['straat', 'laan', 'weg', 'plein', 'kade', 'gracht'])} ${number}`;
      case 'fr':
        return `${number}${random.chance(0.2) ? ' bis' : ''}${random.pick([', ', ' '])}${random.pick(['rue', 'avenue', 'boulevard', 'place', 'impasse', 'chemin', 'Rue', 'Avenue'])} ${random.pick(['', 'de ', 'du ', 'des ', 'de la '])}${name}`;
      case 'es':
        return `${random.pick(['Calle', 'calle', 'C/', 'Avenida', 'Avda.', 'Plaza', 'Paseo', 'Carrer'])} ${random.pick(['', 'de ', 'del ', 'de la '])}${name}${random.pick([', ', ' '])}${number}`;
      case 'it':
        return `${random.pick(['Via', 'via', 'Viale', 'Piazza', 'Corso', 'Largo', 'Vicolo'])} ${random.pick(['', 'della ', 'di '])}${name}${random.pick([', ', ' '])}${number}`;
      default:
        return `${number} ${name} ${random.pick(['Street', 'St', 'St.', 'Road', 'Rd', 'Avenue', 'Ave', 'Lane', 'Drive', 'Dr', 'Court', 'Boulevard', 'Blvd', 'Way', 'Place', 'Close', 'Terrace', 'Square', 'Crescent', 'Hill', 'Park', 'Parkway', 'Trail', 'Gardens'])}${unit}`;
    }
  }

  private organisation(language: string): string {
    const { random } = this;
    const roll = random.next();
    const name = (): string => this.surname(language);
    if (roll < 0.3) return random.pick(knownOrganisations);
    if (roll < 0.45) {
      const faker = this.fakers.get(random.pick(ADDRESS_LOCALES[language] ?? ADDRESS_LOCALES['en'] ?? []));
      return faker?.company.name() ?? name();
    }
    if (roll < 0.52)
      return `${name()} & ${random.pick([name(), 'Sons', 'Co', 'Partners', 'Söhne', 'Associates', 'Fils'])}`;
    if (roll < 0.54) return `${name()}, ${name()} and ${name()}`;
    const word = random.chance(0.5) ? invented(random) : random.chance(0.5) ? drawCity(random, language) : name();
    if (roll < 0.72) {
      return `${word} ${random.pick(['Ltd', 'Ltd.', 'Inc', 'Inc.', 'LLC', 'GmbH', 'AG', 'SE', 'S.A.', 'SA', 'SARL', 'S.L.', 'B.V.', 'BV', 'S.p.A.', 'Srl', 'Corp', 'Corporation', 'Group', 'Holding', 'PLC', 'AB', 'Oy', 'KG', 'e.V.'])}`;
    }
    if (roll < 0.87) {
      return `${word} ${random.pick(['Bank', 'Systems', 'Solutions', 'Software', 'Technologies', 'Consulting', 'Logistics', 'Foods', 'Energy', 'Insurance', 'University', 'Hospital', 'College', 'School', 'Airlines', 'Motors', 'Labs', 'Studios', 'Media', 'Pharma', 'Industries', 'Bakery', 'Hotel', 'Clinic', 'Museum', 'Council', 'FC', 'United', 'Foundation', 'Institute', 'Records', 'Church', 'Library', 'Partners', 'Trading'])}`;
    }
    if (roll < 0.92)
      return (
        random.pick([
          'University of ',
          'Bank of ',
          'Universität ',
          'Université de ',
          'Universidad de ',
          'City of ',
          'Hotel ',
          'Klinikum ',
          'Stadtwerke ',
          'Banco ',
          'Banca ',
          'Ministry of ',
        ]) + word
      );
    if (roll < 0.98) return invented(random);
    return Array.from({ length: 2 + random.below(3) }, () => random.pick(LETTERS)).join('');
  }
}
