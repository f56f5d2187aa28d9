/*
 * Words that are names and something else besides, in the languages that the tagger knows: "will" is no Will. Alone, they
 * are taken for a name only where their capital letter can mean nothing else.
 */
const ORDINARY = new Set(
  // English
  (
    'a able about abel ace act adore after again age all alpha also amber an and angel any apple april arch are arrow art ' +
    'as ash at august autumn away baby bad bailey baker ball bank banks barber baron basil bay be bean bear beau beck bell ' +
    'berry best beth big bill bird bishop black blair blake block bloom blue blunt bond bones book booth boss both bowl ' +
    'bow box boy branch brand brave bread bridge bright brook brooks brown buck bud bull burn burns bush butcher butler ' +
    'by call camp can candy cane cannon card carpenter carry case cash castle chance chandler charity chase chip christian ' +
    'church city clay clear clerk cliff close coal coleman college colt come constant cook coral corn could country court ' +
    'cox crane creed crisp cross crow cruise curry daily daisy dale dame dash dawn day days deal dean dear december deep ' +
    'destiny dial did diamond dick dig do doe dot double dove downs drake draw drew drum dry duke dusty each early earl east ' +
    'easter ebony eden elder else emerald english ever every eve faith fair fall farmer fast father favor fee fern field fife ' +
    'fine finish first fish fisher fitch flint flower flowers ford forest forever forrest foster fountain fox frank freed free ' +
    'freeman fresh friend frost fry full fuller gale game gardener garden gay gene general gentle gift gill ginger glad glass ' +
    'go gold golden good goodman gore grace grand grant grave graves gray great green grey griffin grim ground grove ' +
    'guest guide guy hail hale hall ham hammer hand hard hardy harmony harp hart has have haven hawk hay hazel head heart ' +
    'heath heather heaven hello help her herb here hi high hill him his hobby hogg holiday holly holmes home honor hood hook ' +
    'hope horn house how howl huge hunt hunter hush i if in iris iron is island it ivory ivy jade jam jasmine jay ' +
    'jet jewel job jolly joy june just justice keen keep key kid kind king kitty knife knight know lace lake lamb ' +
    'lance land lane large lark last late law lay leaf lee left leigh let liberty light like lily little lock long lord lot ' +
    'lovely love low luck lucky lynch mace magnolia mail main major man many march marina mark market marks marsh marshal ' +
    'marshall mason mat matter may me meadow meet melody mercy merit merry miles mill miller mills mine mint miss mister ' +
    'mobile monday monk moody moon moor moore more morning moss most mother mountain much mud my myrtle nash neat neck never ' +
    'new news nice nick night no noble north not november now number oak ocean october off old olive on one only opal or ' +
    'order our out own page paige palm pansy park parker parks pat patience paul peace peach pearl penny people pepper perry ' +
    'person pet piece pike pine piper place please plum poll pond poor pope porter post potter pound powers pray precious ' +
    'presley price pride priest prince prior prose prudence queen quick quinn rain ray reach read ready reading reason red reed ' +
    'regal reign rest rice rich richer ridge right ring river rivers road rob robin rock rocket rod roller roman room root ' +
    'rose round rowan royal ruby rue rush russet rusty sad sadler sage said salt sand sandy saturday saw say ' +
    'scout sea see self senior september sharp she shepherd short should sky slate small smart smile smith snow so some ' +
    'son song south spring square star starling steel stern sterling stone storm story strange street strong sue summer sun ' +
    'sunday sunny swan sweet swift tailor tanner tate taylor team temple ten than thank thanks that the then there they ' +
    'thing this thorn thorne thursday tiger tiny to today told too tower town trace travel tree trey trinity true trust ' +
    'tuesday tucker turner two under up us van very vice victor victory violet virginia wade walker wall walls ward ware was ' +
    'washington waters way we weaver webb webber wednesday weeks well wells went were west what wheat wheel wheeler when where ' +
    'while white who why wild wilder will wills win window wing winter wise with wolf wolfe wonder wood woods wool work worth ' +
    'would wright yes york you young your ' +
    // German
    'aber acker alle als alt auch auf aus bach bad bauer baum bei beim berg bis blau blume böhm brand brauer braun breit bruch ' +
    'bruder busch da das dem den der des dick die du dunkel ein eine engel er es fischer fleischer frei freitag freund fromm ' +
    'frost frueh früh fuchs für ganz gärtner gast gerne groß gross gruber grün gut hahn hallo hart hase haus heilig heim heiß ' +
    'held herbst herr herz hier himmel hirsch hirte hof hoch holz ich ihr im jäger ja jung junge kaiser kalt kann keller ' +
    'kirsch klein klug knecht koch könig kraft krank kraus krieg krug kuhn kunst kunz kurz lang lange laut leicht lieb linde ' +
    'löwe mai maler mann mark markt mehr mein meister mit montag morgen müller nacht nein neu neumann nicht noch nun oder ' +
    'ohne oft pfeifer pfeil recht reich reiter richter ritter rose roth rot sander sauer schäfer scharf schmidt schmied schneider ' +
    'schön schreiber schulz schuster schütz schwarz see sie sommer sonne sonntag specht stark stein stern still stolz storch ' +
    'strauß sturm tag teufel thema tief und unter vogel vogt vom von voll wagner wald warm wasser weber weiß weiss wer wie winter ' +
    'wir wirt wo wolf wolke zimmer zu zum ' +
    // French
    'ange aimé au aube aurore avec avril beau belle bien blanc blanche bon bonjour bonne boucher boulanger brun ce cerise chef ' +
    'cher chevalier clair claire clémence comme constance court dans de des désiré deux doux du elle en est et fleur fleury ' +
    'forêt fort france franc garde grand gros hier humbert il jardin je jeune joie jour juste la le leblanc les leur long ' +
    'lundi maire mais marchand mardi marin merci mercier merle meunier mon moreau moulin ne noble noël noir nous olive on ' +
    'ou par paris pas perle petit pour prince prudence prune qui renard rivière roi rose rousseau roux rue sage samedi ' +
    'sans se soleil sur toi tout très tu un une vert vigne ville violette vous ' +
    // Spanish, Italian, Dutch
    'abril agosto alba alegría alma amado amor ángel angeles aurora bello bianco blanca blanco bosco bravo bruno buenos calle ' +
    'camino campo campos cara caro casa castillo che cielo ciudad clara concepción conti costa cruz de del día dolores domingo ' +
    'dulce el esperanza estrella felice ferrari fiore flor flores fonte fontana franco fuente gallo gentile gracia gracias ' +
    'grande guerra guerrero herrero hola iglesia il la las leal león libero lo longo los lucero luna luz mar marino mercedes ' +
    'mi milagros molina monte montes moreno negro no nieves nuevo olmo oliva padre pastor paz pena peña perla piedad pilar pino ' +
    'plaza por prado primo que ramos rey reyes ríos rojo romano rosa rossi rubio ruiz sal salvador santo santos segundo serena ' +
    'serra sierra silva sol soledad si sí suerte tierra toro torre torres tu un una valle vega vera verde vidal viola vita y ya ' +
    'bakker beer berg blauw boer bos brand brouwer de dekker den dijk een en groen groot haan hart heer het hoek ik jong kamp ' +
    'klein kok koning kort kuiper lang meer meijer mulder nee niet ook oud prins ridder roos schipper slager smit stam van visser ' +
    'vos vrij water wit wolf zee zijn zon zwart'
  ).split(' '),
);

/** @param word in lower case */
export const isOrdinary = (word: string): boolean => ORDINARY.has(word);
