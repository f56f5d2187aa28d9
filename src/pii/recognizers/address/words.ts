// States, territories and military regions of the United States (USPS Publication 28, appendix B).
const STATES = new Set(
  `AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX
  UT VT VA WA WV WI WY PR GU VI AS MP AA AE AP`.split(/\s+/),
);

/** What a word can be in a street address, as bits: many words can be several things. */
export const Role = { suffix: 1, prefix: 2, unit: 4, country: 8, particle: 16 } as const;

// Lower case, without a final dot. A suffix follows the name of a street (Main Street), a prefix comes before it (rue Basse).
const ROLES: readonly (readonly [role: number, words: string])[] = [
  [
    Role.suffix,
    `street st avenue ave av road rd lane ln drive dr boulevard blvd way court ct place pl square sq terrace ter terr circle cir
    highway hwy parkway pkwy crescent cres close gardens gdns row mews grove hill hills walk alley loop trail trl path pike turnpike
    crossing plaza point ridge route expressway freeway causeway green greens park heights hts meadow meadows manor bend cove
    creek fork forks forge forges glen haven hollow island isle junction key knoll landing lodge mall mill mills mission motorway
    mount mountain orchard oval overpass pass passage pines plains port prairie ranch rapids shoal shore shores spring springs spur spurs
    station stream stravenue summit trace track trafficway tunnel union unions valley viaduct view views village villages ville
    vista wells wharf rise quay esplanade parade underpass skyway utca u út útja tér köz körút ulice sokak cad caddesi tee pst mnt`,
  ],
  [
    Role.prefix,
    `rue avenue av boulevard bd bld chemin impasse place allée quai cours route square passage sentier via viale piazza piazzale
    corso largo vicolo strada contrada calle avenida avda avd plaza paseo carrer ronda camino carretera ctra travesía glorieta rua
    travessa praça praceta alameda estrada beco ul ulica aleja aleje plac osiedle ulice nám náměstí třída ulitsa prospekt улица
    проспект бульвар переулок οδός λεωφόρος stradă bulevardul aleea trg šetalište jalan`,
  ],
  [
    Role.unit,
    `apt apartment suite ste unit flat room rm floor box bldg building wohnung whg appt appartement piso puerta interno scala lokal
    apto dept pobox postfach postbus apartado casilla psc postboks postilokero`,
  ],
  [
    Role.particle,
    `de del della dell di da do dos das du des la le les los las el van von der den dem zu zum zur am an im auf aan het ten ter op of the
    y e i und et na pod nad san santa saint st ste o d l nan`,
  ],
];

// Germanic and Nordic street names are one word with their kind: Gartenstraße, Kerkstraat, Storgatan, Mannerheimintie.
const ENDINGS = new Set(
  `straße strasse str gasse weg platz allee ring damm ufer chaussee steig stieg graben markt straat laan plein gracht kade dijk
  singel dreef steeg baan hof hove gatan gata gate gaten gatu vägen väg vagen gränd torget torvet stigen backen gade gaden vej vejen
  stræde veien vegen vei veg katu tie kuja polku raitti kaari puiestee maantee tee vegur gerði braut götu stígur stræti straeti`.split(
    /\s+/,
  ),
);
const SHORTEST_ENDING = 3;
const LONGEST_ENDING = 8;
const SHORTEST_NAME = 3;

const roles = new Map<string, number>();
for (const [role, words] of ROLES) for (const word of words.split(/\s+/)) addRole(word, role);
for (const name of countryNames()) addRole(name, Role.country);
const LONGEST_WORD = Math.max(...Array.from(roles.keys(), (word) => word.length));

/** The roles of a word without its final dot; 0 for a word that says nothing about addresses. */
export function rolesOf(word: string): number {
  return word.length > LONGEST_WORD ? 0 : (roles.get(word.toLowerCase()) ?? 0);
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

/** One-word names of the countries, as ICU knows them in the languages of the recognizers. */
function countryNames(): string[] {
  const letters = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  const names = ['usa', 'uk', 'england', 'scotland', 'wales'];
  for (const language of ['en', 'de', 'fr', 'es', 'nl', 'it']) {
    const display = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
    for (const code of codes) {
      const name = display.of(code);
      if (name !== undefined)
        names.push(
          ...name
            .toLowerCase()
            .split(/[\s,()-]+/)
            .filter((word) => word.length > 3),
        );
    }
  }
  return names;
}
