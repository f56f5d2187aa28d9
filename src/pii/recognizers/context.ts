/** A subject that words near a match can speak of: a phone, a passport, an order … */
export type Subject = keyof typeof WORDS;

// Lower case, one word each, in the languages in which chats name these things. Words that say that a number is something
// else than personal data stand under `other`.
const WORDS = {
  phone: `phone phones telephone telephones tel tels telefon telefonnummer telefono teléfono téléphone telefoon telefoonnummer
    telefone telefonicznie mobile mobil mobilnummer mobiel móvil celular cell cellphone cellular handy handynummer portable
    gsm landline festnetz fax telefax hotline helpline pager sms text texted whatsapp wa viber signal telegram facetime call calls
    called calling caller dial dialing ring rang answering answer message messages voicemail voicemails reach reachable rufnummer
    anrufen ruf appeler appelle appelez llama llámame llamar bel bellen chiama chiamami chiamare zadzwoń ligue contact
    desk office direct ext extension numéro número numer nummer hmu kontakt cellulare komórka telnr téléphonique`,
  card: `card cards cc visa mastercard maestro amex american express discover diners jcb unionpay debit credit kreditkarte karte
    carte tarjeta carta creditcard cartão cvv cvc pan`,
  bic: `bic swift`,
  bank: `iban bank account swift bic transfer wire konto kontonummer überweisung banque virement banco cuenta conto rekening
    bankleitzahl correspondent beneficiary routing`,
  ssn: `ssn ssns social security soc socialsecurity sozialversicherungsnummer`,
  tax: `itin tin tax taxpayer steuer steuerid steuernummer steueridentifikationsnummer idnr tfn irs fiscal codice steuerliche
    identifikationsnummer abn acn pan cpf cadastro receita`,
  health: `nhs health medicare patient gesundheit krankenkasse hospital gp insurance`,
  national: `insee nir sécu sécurité sociale vitale dni nie nif documento identidad bsn burgerservicenummer sofinummer pesel
    personnummer pnr samordningsnummer aadhaar aadhar uidai uid nino national insurance identity identification citizen id
    ahv codice fiscale personalausweis ausweis`,
  passport: `passport passports passeport reisepass reisepassnummer pasaporte passaporto passaporte paspoort paszport pass
    passnummer travel`,
  licence: `license licence licenses licences driver drivers driving dl führerschein führerscheinnummer permis
    conducir patente rijbewijs carnet körkort cnh fahrerlaubnis`,
  birth: `born birth birthday birthdate dob geboren geburtsdatum geburtstag geb né née naissance nacimiento nacido nacida
    nascita nato nata geboortedatum geboren urodzenia urodzony urodzona född födelsedatum nascimento nasceu bday`,
  user: `username usernames login handle nick nickname screenname screen twitter instagram insta ig tiktok snapchat telegram discord
    github gitlab skype mastodon bluesky linkedin twitch psn xbox gamertag benutzername nutzername benutzerkonto utilisateur usuario
    nome utente gebruikersnaam user`,
  place: `address addresses adresse adressen anschrift dirección direccion indirizzo adres endereço adress live lives lived wohne
    wohnt wohnhaft wohnen habite vivo vive woon woont located shipping deliver delivered delivery billing mailing reside resides
    residence residing abito mieszka mieszkam bor moro domicilio wohnadresse lieferadresse rechnungsadresse postadresse`,
  postcode: `zip zipcode postcode postal post plz postleitzahl cp code codes cap codice código kod pocztowy postnummer eircode pin
    pincode`,
  network: `ip ipv4 ipv6 address host server dns gateway addr connecting connect client subnet netmask proxy ping local src dst source
    destination loopback unspecified listen`,
  site: `website site websites sites domain domains homepage url urls web webpage link`,
  secret: `password passwords passwd passphrase passcode pwd pw passwort kennwort contraseña parola wachtwoord hasło senha lösenord
    motdepasse secret secrets token tokens apikey api key keys pin pass clave parola mot kennung bearer basic authorization client auth access`,
  other: `order orders invoice bestellung bestellnummer rechnung rechnungsnummer ticket tickets tracking shipment sendungsnummer
    reference ref case issue version build release serial model sku isbn issn ean upc part item product article artikel
    transaction txn receipt quote po pr commit id uuid job batch page port error code line chapter room flight gate booking
    facture commande pedido factura ordine fattura bestelling factuur confirmation`,
} as const;

/** One bit for each subject. */
const SUBJECTS = Object.keys(WORDS) as Subject[];
const bitOf = new Map<Subject, number>(SUBJECTS.map((subject, index) => [subject, 1 << index]));

/** The bit of a subject in `ContextWord.subjects` and `Scan.subjects`. */
export function subjectBit(subject: Subject): number {
  return bitOf.get(subject) ?? 0;
}

/** A word of the text that speaks of one subject or several. */
export interface ContextWord {
  readonly start: number;
  readonly end: number;
  readonly subjects: number;
}

// The words are looked up by a rolling hash of their lower-cased UTF-16 units, so that the scan of a text allocates nothing.
// Equal hashes would join the subjects of two words; the spec shows that no two words of the table meet.
const TABLE_SIZE = 1 << 13;
const hashes = new Int32Array(TABLE_SIZE);
const subjectsAt = new Int32Array(TABLE_SIZE);

/** One step of the hash (FNV-1a, 32 bit, on UTF-16 units). */
export function hashStep(hash: number, unit: number): number {
  return Math.imul(hash ^ lower(unit), 0x01000193);
}

/** Where the hash of a word starts. */
export const HASH_START = 0x811c9dc5 | 0;

/** The subjects of the word with this hash, as bits; 0 when it is none of ours. */
export function subjectsOf(hash: number): number {
  let slot = (hash ^ (hash >>> 15)) & (TABLE_SIZE - 1);
  while (subjectsAt[slot] !== 0) {
    if (hashes[slot] === hash) return subjectsAt[slot] ?? 0;
    slot = (slot + 1) & (TABLE_SIZE - 1);
  }
  return 0;
}

for (const subject of SUBJECTS) {
  for (const word of WORDS[subject].split(/\s+/)) {
    let hash = HASH_START;
    for (let unit = 0; unit < word.length; unit += 1) hash = hashStep(hash, word.charCodeAt(unit));
    let slot = (hash ^ (hash >>> 15)) & (TABLE_SIZE - 1);
    while (subjectsAt[slot] !== 0 && hashes[slot] !== hash) slot = (slot + 1) & (TABLE_SIZE - 1);
    hashes[slot] = hash;
    subjectsAt[slot] = (subjectsAt[slot] ?? 0) | subjectBit(subject);
  }
}

/** ASCII and Latin-1 capitals to small letters; other scripts stand in the table as they are written most. */
function lower(unit: number): number {
  const capital = (unit >= 0x41 && unit <= 0x5a) || (unit >= 0xc0 && unit <= 0xde && unit !== 0xd7);
  return capital ? unit + 0x20 : unit;
}
