import { cities, locale, peopleNames, type Locale, type LocaleName } from './lists.js';
import type { Random } from './random.js';
import { chatNames } from './fillers.js';

/** How often the names of a country appear; the languages of the templates come first, the rest of the world is never rare. */
const SHARES: readonly (readonly [LocaleName, number])[] = [
  ['en', 20],
  ['en_GB', 6],
  ['en_AU', 4],
  ['en_IE', 3],
  ['en_IN', 6],
  ['en_NG', 3],
  ['en_ZA', 3],
  ['en_GH', 2],
  ['de', 8],
  ['de_CH', 2],
  ['fr', 8],
  ['fr_BE', 3],
  ['es', 6],
  ['es_MX', 4],
  ['it', 8],
  ['nl', 6],
  ['nl_BE', 1],
  ['pt_BR', 3],
  ['pt_PT', 3],
  ['pl', 4],
  ['sv', 3],
  ['da', 3],
  ['nb_NO', 3],
  ['fi', 3],
  ['cs_CZ', 4],
  ['sk', 2],
  ['hu', 3],
  ['hr', 3],
  ['sl_SI', 2],
  ['sr_RS_latin', 2],
  ['ro', 3],
  ['tr', 4],
  ['vi', 4],
  ['id_ID', 3],
  ['lv', 2],
  ['af_ZA', 2],
  ['yo_NG', 2],
  ['zu_ZA', 2],
  ['cy', 1],
  ['uz_UZ_latin', 1],
];
const weighted = SHARES.flatMap(([name, share]) => Array.from({ length: share }, () => locale(name)));

/** Romanised names of languages that faker writes in their own script; common knowledge. */
const romanised: Locale = {
  given:
    'Wei Jing Xiu Mei Li Ming Hong Yan Jun Chen Hiroshi Yuki Sakura Haruto Kenji Akira Naoko Emi Takashi Yoko Min-jun Ji-hoon Seo-yeon Soo-jin Hyun Ahmed Mohammed Mohamed Muhammad Ali Omar Hassan Hussein Yusuf Ibrahim Khalid Abdullah Fatima Aisha Layla Zainab Mariam Noor Salma Amina Reza Farhad Shirin Leila Dariush Priya Rahul Amit Anjali Deepak Sunita Rajesh Kavita Arjun Lakshmi Dmitri Sergei Olga Natasha Ivan Svetlana Vladimir Yelena Oleksandr Oksana Taras Yael Moshe David Noam Avi Tamar Giorgi Nino Aram Anahit Nguyen Linh Somchai Malee Kwame Ama Chidi Ngozi Thabo Lerato Wanjiku Otieno Tariq Bilal Nadia Samir Rania'.split(
      ' ',
    ),
  surnames:
    'Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Lin Guo He Gao Luo Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Kim Lee Park Choi Jung Kang Cho Yoon Al-Sayed Haddad Khoury Mansour Nasser Saleh Rahman Khan Hussain Malik Chaudhry Hosseini Ahmadi Karimi Sharma Singh Kumar Gupta Patel Reddy Iyer Nair Mehta Ivanov Petrov Smirnova Volkova Kuznetsov Popov Shevchenko Kovalenko Cohen Levi Mizrahi Tran Pham Phan Mensah Owusu Okafor Adeyemi Nkosi Dlamini Mwangi Ochieng Abebe Tesfaye'.split(
      ' ',
    ),
  cities: [],
  regions: [],
};
const scripts: Record<string, readonly Locale[]> = {
  cyrillic: [locale('ru'), locale('ru'), locale('uk'), locale('mk')],
  greek: [locale('el')],
};
const OWN: Record<string, readonly Locale[]> = {
  de: [locale('de'), locale('de_AT'), locale('de_CH')],
  fr: [locale('fr'), locale('fr_BE'), locale('fr_CH')],
  es: [locale('es'), locale('es_MX')],
  nl: [locale('nl'), locale('nl_BE')],
  it: [locale('it')],
  pt: [locale('pt_BR'), locale('pt_PT')],
  pl: [locale('pl')],
  nordic: [locale('sv'), locale('da'), locale('nb_NO'), locale('fi')],
};

export interface Name {
  readonly given: string;
  readonly surname: string;
}

const ONSETS = 'b br c ch d dr f g gr h j k kl l m n p r s sch st t tr v w z'.split(' ');
const VOWELS = 'a e i o u ia ie ei ou y'.split(' ');
const CODAS = ['', '', '', 'n', 'r', 's', 'l', 'm', 'ck', 'nd', 'rt'];
const ENDINGS = [
  '',
  '',
  'son',
  'sen',
  'ski',
  'ez',
  'ini',
  'mann',
  'berg',
  'ova',
  'ic',
  'ou',
  'ard',
  'a',
  'o',
  'er',
  'ham',
  'ton',
];

/** A name that stands in no list: what the tagger must know by form and neighbours alone. */
export function invented(random: Random): string {
  let word = '';
  for (let syllables = 1 + random.below(2); syllables >= 0; syllables--) {
    word += random.pick(ONSETS) + random.pick(VOWELS) + random.pick(CODAS);
  }
  return capital(word + random.pick(ENDINGS));
}

export const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function source(random: Random, language: string): Locale {
  const script = scripts[language];
  if (script !== undefined) return random.pick(script);
  if (random.chance(0.02)) return random.pick(Object.values(scripts).flat());
  const own = OWN[language];
  if (own !== undefined && random.chance(0.6)) return random.pick(own);
  return random.chance(0.12) ? romanised : random.pick(weighted);
}

export function drawName(random: Random, language: string): Name {
  const from = source(random, language);
  const native = language === 'cyrillic' || language === 'greek';
  if (native) return { given: random.pick(from.given), surname: random.pick(from.surnames) };
  const roll = random.next();
  const given = roll < 0.08 ? random.pick(chatNames) : roll < 0.14 ? invented(random) : random.pick(from.given);
  const other = random.next();
  const surname =
    other < 0.25 ? random.pick(peopleNames) : other < 0.35 ? invented(random) : random.pick(from.surnames);
  return { given, surname };
}

/** Half of the draws come from the well-known places. */
const large = cities.filter((city) => city.population >= 100_000);
const huge = cities.filter((city) => city.population >= 1_000_000);

export function drawCity(random: Random, language: string): string {
  const script = scripts[language];
  if (script !== undefined || random.chance(0.02))
    return random.pick(random.pick(script ?? Object.values(scripts).flat()).cities);
  const own = OWN[language];
  const roll = random.next();
  if (own !== undefined && roll < 0.3) {
    const places = random.pick(own).cities;
    if (places.length > 0) return random.pick(places);
  }
  if (roll < 0.45) return random.pick(huge).name;
  if (roll < 0.65) return random.pick(large).name;
  if (roll < 0.95) return random.pick(cities).name;
  return invented(random);
}
