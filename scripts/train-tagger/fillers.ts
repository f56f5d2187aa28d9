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
