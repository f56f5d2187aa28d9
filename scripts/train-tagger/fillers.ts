/** What stands in the templates beside names and is not a name. */
export const weekdaysAndMonths: Record<string, readonly string[]> = {
  en: 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September October November December Mon Tue Thu Fri Jan Feb Aug Sept Oct Dec'.split(
    ' ',
  ),
  de: 'Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag Januar Februar März April Mai Juni Juli August September Oktober November Dezember'.split(
    ' ',
  ),
  fr: 'lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre novembre décembre'.split(
    ' ',
  ),
  es: 'lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre'.split(
    ' ',
  ),
  nl: 'maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart april mei juni juli augustus september oktober november december'.split(
    ' ',
  ),
  it: 'lunedì martedì mercoledì giovedì venerdì sabato domenica gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre'.split(
    ' ',
  ),
};
export const jobs = [
  'CEO',
  'CTO',
  'Head of Sales',
  'project manager',
  'Senior Developer',
  'nurse',
  'teacher',
  'Managing Director',
  'support agent',
  'Product Owner',
  'accountant',
  'Geschäftsführer',
  'ingénieur',
  'Director',
  'VP Engineering',
  'student',
  'account manager',
  'driver',
  'HR Manager',
  'Team Lead',
];

/** Organisations that everybody knows; the generated company names teach the forms. */
export const knownOrganisations = (
  'Google|Microsoft|Apple|Amazon|Facebook|Meta|Twitter|Netflix|IBM|Intel|Oracle|SAP|Siemens|Bosch|BMW|Volkswagen|Audi|Mercedes-Benz|Toyota|Honda|Nissan|Ford|General Motors|Tesla|Samsung|Sony|Nintendo|LG|Huawei|Xiaomi|Nokia|Ericsson|Philips|Shell|BP|Exxon|Total|Nestlé|Unilever|Coca-Cola|Pepsi|Starbucks|' +
  "McDonald's|Burger King|KFC|Subway|Walmart|Target|Costco|IKEA|Aldi|Lidl|Tesco|Sainsbury's|Carrefour|Zara|H&M|Nike|Adidas|Puma|Deutsche Bank|Commerzbank|HSBC|Barclays|Lloyds|BNP Paribas|Société Générale|Santander|BBVA|ING|Rabobank|UniCredit|Intesa Sanpaolo|JPMorgan|Goldman Sachs|Morgan Stanley|" +
  'Citibank|Bank of America|Wells Fargo|PayPal|Visa|Mastercard|American Express|Allianz|AXA|Deutsche Bahn|Lufthansa|Air France|KLM|British Airways|Ryanair|easyJet|Emirates|Delta|United Airlines|Boeing|Airbus|NASA|ESA|FBI|CIA|NSA|UN|United Nations|European Union|EU|NATO|WHO|UNICEF|Red Cross|Greenpeace|Amnesty International|' +
  'BBC|CNN|Fox News|New York Times|Guardian|Reuters|ZDF|ARD|Le Monde|El País|Uber|Lyft|Airbnb|Spotify|YouTube|Instagram|WhatsApp|LinkedIn|Reddit|TikTok|Snapchat|Slack|Zoom|GitHub|GitLab|Adobe|Salesforce|Accenture|Deloitte|KPMG|PwC|McKinsey|Vodafone|T-Mobile|AT&T|Verizon|Orange|Telekom|Telefónica|DHL|UPS|FedEx|Bayer|BASF|Pfizer|Roche|Novartis|' +
  'Harvard|MIT|Stanford|Oxford University|Cambridge University|ETH|Real Madrid|FC Barcelona|Manchester United|Arsenal|Chelsea|Liverpool FC|Bayern München|Juventus|Ajax|Lakers|Yankees|Red Sox|Labour|Tories|SPD|CDU|Democrats|Republicans|Congress|Senate|Parliament|Supreme Court|NHS|IRS|HMRC|FIFA|UEFA|NBA|NFL|Disney|Pixar|Marvel|Warner Bros|Universal'
).split('|');
export const countriesAlias = [
  'USA',
  'US',
  'U.S.',
  'UK',
  'U.K.',
  'UAE',
  'England',
  'Scotland',
  'Wales',
  'Northern Ireland',
  'Holland',
  'Europe',
  'Africa',
  'Asia',
  'South America',
  'North America',
  'Latin America',
  'Middle East',
  'Scandinavia',
  'Bavaria',
  'Catalonia',
  'Brittany',
  'Tuscany',
  'Sicily',
  'Texas',
  'NYC',
  'LA',
  'SF',
  'California',
  'Florida',
  'Ontario',
  'Queensland',
  'Bayern',
  'Hessen',
  'Sachsen',
  'Bretagne',
  'Normandie',
  'Provence',
  'Andalucía',
  'Cataluña',
  'Toscana',
  'Lombardia',
  'Zeeland',
  'Friesland',
  'Brabant',
  'Kerala',
  'Punjab',
];
/** Given names as people write them in chats, from common knowledge. */
export const chatNames =
  'Al Alex Andi Andy Angie Annie Ben Benny Beth Bob Bobby Cathy Charlie Chris Chuck Cindy Conny Dan Danny Dave Deb Debbie Don Donny Ed Eddie Ella Ellie Eva Fabi Flo Franzi Fred Freddy Gabi Geoff Gina Greg Gus Hanna Hans Ian Ida Izzy Jack Jake Jamie Jan Jeff Jen Jenny Jess Jessie Jim Jimmy Jo Joe Joey Johnny Jojo Jon Josh Josie Julie Kai Kat Kate Kathy Katie Ken Kenny Kim Kris Larry Lea Leah Lena Leni Leo Lex Libby Lili Lilly Lisa Liz Lizzie Lola Lou Louie Luca Luis Lulu Luna Maddie Maggie Mandy Manu Marc Matt Max Meg Mel Mia Mick Mike Mikey Milly Mimi Mo Molly Nadine Nat Nate Ned Nick Nicky Nico Nina Olli Ollie Pam Pat Patty Paula Pete Phil Ray Rich Rick Ricky Rob Robbie Robin Ron Ronnie Rosie Russ Sal Sally Sam Sammy Sandy Sara Seb Sepp Shaz Simon Sofie Steve Stevie Sue Susi Suzy Tammy Ted Teddy Tim Timmy Tina Toby Tom Tommy Toni Tony Uli Uwe Val Vicky Vince Will Wolfi Yoyo Zac Zoe'.split(
    ' ',
  );

/** German writes every noun with a capital; these are none but nouns. Slot {G}. */
export const germanNouns =
  'Abend Abfahrt Abteilung Adresse Akte Alltag Amt Anfang Anfrage Angebot Angst Anhang Anlage Anruf Antrag Antwort Anzahl Apfel Arbeit Arbeitsplatz Arm Arzt Aufgabe Auftrag Auge Ausgabe Auskunft Ausweis Auto Bad Bahn Ball Bank Bauch Baum Bedarf Beginn Beispiel Bein Beitrag Benutzer Bericht Berg Beruf Bescheid Beschwerde Besprechung Besuch Betrag Betrieb Bett Bewerbung Bild Bildschirm Bitte Blatt Blume Boden Brief Brille Brot Bruder Brücke Buch Buchung Büro Bus Chef Computer Dach Dame Dank Datei Daten Datum Dienst Ding Dokument Dorf Drucker Ecke Eingang Einkauf Einladung Eltern Ende Entscheidung Entwurf Erfahrung Erfolg Ergebnis Essen Euro Fahrer Fahrrad Fall Familie Farbe Fehler Feier Fenster Ferien Film Firma Fisch Flasche Flug Formular Foto Frage Freund Freundin Frist Frühstück Fuß Garten Gast Gebäude Gebühr Gehalt Geld Gerät Geschäft Geschenk Gespräch Gesundheit Glas Glück Gott Grund Gruppe Gutschein Haar Hand Handy Haus Heft Heizung Hemd Herz Hilfe Himmel Hof Hose Hund Idee Information Jahr Kaffee Karte Kasse Katze Keller Kind Kirche Klasse Kleid Koffer Kollege Kollegin Konto Kopf Kosten Kuchen Kunde Kundin Küche Lager Lampe Land Laptop Leben Lehrer Leistung Leute Licht Liebe Lieferung Lied Liste Lösung Luft Lust Mail Mann Markt Maschine Meinung Meldung Mensch Messer Miete Mitarbeiter Mittag Mitte Monat Morgen Musik Mutter Nachmittag Nachricht Nacht Name Nase Netz Nummer Ordner Ordnung Paket Papier Park Passwort Pause Plan Platz Polizei Post Preis Problem Produkt Programm Projekt Prüfung Punkt Quittung Rabatt Radio Rat Raum Rechner Rechnung Regal Regen Regel Reise Reparatur Rest Rückgabe Ruhe Sache Saft Salz Schaden Schiff Schlüssel Schluss Schrank Schreiben Schritt Schuh Schule Schwester See Seite Sekunde Server Sicherheit Sinn Sitzung Sommer Sonne Spaß Spiel Sprache Stadt Stelle Stift Stimme Straße Strom Stück Stuhl Stunde System Tag Tasche Tasse Team Teil Telefon Termin Test Text Tier Tisch Titel Tochter Ton Treffen Treppe Tür Uhr Umzug Unfall Unterlagen Unterschrift Urlaub Ursache Vater Verkauf Versand Versicherung Vertrag Video Vogel Vorschlag Wagen Wahl Wald Wand Ware Wasser Weg Wein Welt Werk Wetter Wind Winter Woche Wohnung Wort Wunsch Zahl Zahlung Zeichen Zeit Zeitung Zettel Ziel Zimmer Zug Zugang Zukunft Zustand'.split(
    ' ',
  );

/** Capitals that name no organisation. Slot {B}. */
export const acronyms =
  'API PDF SQL HTML CSS JSON XML URL HTTP HTTPS SSH VPN DNS IP TCP CPU GPU RAM SSD USB HDMI LED LCD TV DVD CD PC OS UI UX QA CI CD PR MR ETA FAQ FYI ASAP RSVP TBD TBA TODO WIP EOD KPI ROI SLA NDA CV HR IT ID PIN TAN SMS MMS GPS ATM VAT GDP DIY AKA BTW IMO IMHO LOL OMG WTF IDK BRB TTYL AFAIK TIL DM GIF JPG PNG ZIP CSV DOC XLS PPT AI ML UTC GMT CET EST PST AM PM OK DSGVO AGB PLZ IBAN BIC TVA HT RDV SVP RIB CP NIF DNI IVA CIF BTW KVK CAP IVA'.split(
    ' ',
  );
