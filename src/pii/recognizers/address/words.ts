/** What a word can be in a street address, as bits: many words can be several things. */
export const Role = {
  /** Follows the name of a street: Main Street. */
  suffix: 1,
  /** Follows the name of a street now and then, and much else: Harbour View. */
  rareSuffix: 2,
  /** Comes before the name of a street: via Roma. */
  prefix: 4,
  /** Comes before the name of a street, behind the number: 12, rue Basse. */
  numberedPrefix: 8,
  /** Comes before the number of a flat, a suite, a box. */
  unit: 16,
  country: 32,
  /** May stand inside a name: rue de la Paix. */
  particle: 64,
  /** Stands before numbers that are no house numbers: May 12, Chapter 3. */
  counted: 128,
} as const;

// Lower case, without a final dot.
const ROLES: readonly (readonly [role: number, words: string])[] = [
  [
    Role.suffix,
    `street st avenue ave av road rd lane ln drive dr boulevard blvd way court ct place pl square sq terrace ter terr circle cir
    highway hwy parkway pkwy crescent cres close gardens gdns row mews grove hill walk alley loop trail trl turnpike crossing expressway
    freeway causeway esplanade parade underpass quay utca u út útja tér köz körút ulice sokak cad caddesi tee mnt`,
  ],
  [
    Role.rareSuffix,
    `hills path pike plaza point ridge route green greens park heights hts meadow meadows manor bend cove creek fork forks forge
    forges glen haven hollow island isle junction key knoll landing lodge mall mill mills mission motorway mount mountain orchard oval
    overpass pass passage pines plains port prairie ranch rapids shoal shore shores spring springs spur spurs station stream summit trace
    track tunnel union unions valley viaduct view views village villages ville vista wells wharf rise street stravenue`,
  ],
  [
    Role.prefix,
    `via viale piazza piazzale corso largo vicolo strada contrada calle avenida avda avd paseo carrer ronda camino carretera ctra
    travesía glorieta rua travessa praça praceta alameda estrada beco ul ulica aleja aleje plac osiedle nám náměstí třída ulitsa prospekt
    улица проспект бульвар переулок οδός λεωφόρος stradă bulevardul aleea trg šetalište jalan`,
  ],
  [
    Role.prefix | Role.numberedPrefix,
    `rue avenue av boulevard bd bld chemin impasse place allée quai cours route square passage sentier rua calle ul ulica`,
  ],
  [
    Role.unit,
    `apt apartment suite ste unit flat room rm floor box bldg building wohnung whg appt appartement piso puerta interno scala lokal
    apto dept postfach postbus apartado casilla psc postboks`,
  ],
  [
    Role.particle,
    `de del della dell di da do dos das du des la le les los las el van von der den dem zu zum zur am an im auf aan het ten ter op of the
    y e i und et na pod nad san santa saint st ste o d l nan`,
  ],
  [
    Role.counted,
    `january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct
    nov dec januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre
    décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno
    luglio settembre ottobre dicembre januari februari maart mei augustus monday tuesday wednesday thursday friday saturday sunday
    mon tue wed thu fri sat sun montag dienstag mittwoch donnerstag freitag samstag sonntag top chapter version article part section
    step phase level page volume vol episode season round race group team table figure line act scene track number no nr day week
    year years days minutes hours miles km since before after until from by about over under only just at in on and or`,
  ],
];

// States, territories and military regions of the United States (USPS Publication 28, appendix B).
const STATES = new Set(
  `AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX
  UT VT VA WA WV WI WY PR GU VI AS MP AA AE AP`.split(/\s+/),
);

// Germanic and Nordic street names are one word with their kind: Gartenstraße, Kerkstraat, Storgatan, Mannerheimintie.
const ENDINGS = new Set(
  `straße strasse str gasse weg platz allee damm ufer chaussee steig stieg graben markt straat laan plein gracht kade dijk singel
  dreef steeg baan hof hove gatan gata gaten gatu vägen väg vagen gränd torget torvet stigen backen gade gaden vej vejen stræde veien
  vegen vei veg katu tie kuja polku raitti kaari puiestee maantee vegur gerði braut götu stígur stræti straeti`.split(
    /\s+/,
  ),
);
const SHORTEST_ENDING = 3;
const LONGEST_ENDING = 8;
const SHORTEST_NAME = 3;

// "United" and "islands" name no country by themselves.
const COMMON =
  /^(?:united|islands?|saint|north|south|central|western|outlying|republic|states|and|the|new|city|state|world|european|union)$/;

const roles = new Map<string, number>();
for (const [role, words] of ROLES) for (const word of words.split(/\s+/)) addRole(word, role);
for (const name of countryNames()) addRole(name, Role.country);
const LONGEST_WORD = Math.max(...Array.from(roles.keys(), (word) => word.length));

// Most words of a chat share neither first letter nor length with a word of the table, and need no look-up.
const beginnings = new Uint8Array(1024);
for (const word of roles.keys()) beginnings[slotOf(word, word.length)] = 1;

/** The roles of a word without its final dot; 0 for a word that says nothing about addresses. */
export function rolesOf(word: string): number {
  const length = word.length;
  if (length > LONGEST_WORD || beginnings[slotOf(word, length)] === 0) return 0;
  return roles.get(word.toLowerCase()) ?? 0;
}

/** Where the first letter and the length of a word are noted; capitals and small letters of ASCII share a slot. */
function slotOf(word: string, length: number): number {
  return ((word.charCodeAt(0) & 31) << 5) | (length & 31);
}

/** Whether a word is the abbreviation of a state of the United States. */
export function isState(word: string): boolean {
  return STATES.has(word);
}

/** Whether a word ends like the one-word name of a street. */
export function isCompound(word: string): boolean {
  const plain = word.toLowerCase();
  const longest = Math.min(LONGEST_ENDING, plain.length - SHORTEST_NAME);
  for (let length = SHORTEST_ENDING; length <= longest; length += 1) {
    if (ENDINGS.has(plain.slice(-length))) return true;
  }
  return false;
}

function addRole(word: string, role: number): void {
  roles.set(word, (roles.get(word) ?? 0) | role);
}

/** The words of the names of the countries, as ICU knows them in the languages of the recognizers. */
function countryNames(): string[] {
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  const names = ['usa', 'uk', 'england', 'scotland', 'wales'];
  for (const language of ['en', 'de', 'fr', 'es', 'nl', 'it']) {
    const display = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
    for (const code of codes) names.push(...wordsOf(display.of(code) ?? ''));
  }
  return names;
}

function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[\s,()-]+/)
    .filter((word) => word.length > 3 && !COMMON.test(word));
}
