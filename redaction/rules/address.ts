import { all, pattern, when, where, type Rule } from "./rule.ts";
import { anyOf, beyondAscii, both, digits, either, digit, letterThenDigit, pieces } from "./signs.ts";

export const STATES =
  "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming|Puerto Rico|District of Columbia";
export const STATE_CODES =
  "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|VI|GU";
const STREET =
  "(?:Street|Str|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Parkway|Pkwy|Circle|Cir|Highway|Hwy|Way|Trail|Trl|Turnpike|Tpke|Alley|Aly|Plaza|Plz|Loop|Crescent|Cres|Close|Crossing|Xing|Expressway|Expy|Freeway|Fwy|Path|Pike|Point|Pt|Ridge|Rdg|Row|Run|Walk|Mews|Heights|Hts|Cove|Cv|Bend|Branch|Broadway|Gardens|Gdns|Grove|Green|Hill|Hollow|Landing|Manor|Meadows?|Mill|Mount|Oval|Park|Pass|Rue|Shore|Springs?|Station|Stravenue|Summit|Track|Valley|View|Village|Vista|Camp|Canyon|Center|Centers|Club|Common|Corner|Course|Creek|Crest|Dale|Divide|Estate|Fall|Falls|Ferry|Field|Fields|Flat|Ford|Forest|Forge|Fork|Fort|Garden|Gateway|Glen|Harbor|Haven|Inlet|Island|Isle|Junction|Key|Knoll|Lake|Lakes|Land|Light|Lock|Lodge|Mall|Mission|Motorway|Neck|Orchard|Overpass|Passage|Pines?|Plain|Plains|Port|Prairie|Radial|Ramp|Ranch|Rapid|Rest|River|Route|Shoal|Skyway|Spur|Squares|Stream|Throughway|Trace|Tunnel|Underpass|Union|Via|Viaduct|Ville|Wall|Wells|Calle|Avenida|Marg|Nagar)";
const COMPASS = "(?:[NSEW]\\.?|[NS]\\.?[EW]\\.?|North|South|East|West|North(?:east|west)|South(?:east|west))";
const UNIT =
  "(?:,? ?(?:apt|apartment|suite|ste|unit|flat|bldg|building|floor|fl|room|rm|lot|space|trlr|#)\\.? ?#?[A-Z0-9-]{1,6}\\b)";
const WORD = "(?:[\\p{L}\\d][\\p{L}\\d'.-]{0,24})";

const street = all(
  pattern(
    new RegExp(
      `(?<![\\p{L}\\p{N}/.-])(?:[1-9]\\d{0,5}(?:-\\d{1,4})?[A-Z]?(?: 1/2)?|One|Two|Three),? (?!(?:is|was|are|were|has|have|had|with|and|for|from|the|then|to|in|of|at|on|by|or)\\b)(?:${COMPASS} )?(?:${WORD} ){1,4}?${STREET}(?![\\p{L}\\p{N}])(?: (?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Parkway|Pkwy|Circle|Cir|Place|Pl|Terrace|Trail|Highway|Hwy)(?![\\p{L}\\p{N}]))?\\.?(?: ${COMPASS}(?![\\p{L}]))?${UNIT}{0,2}`,
      "giu",
    ),
    "geo",
    0.85,
    isStreet,
  ),
  when(
    pieces("0st|0nd|0rd|0th"),
    pattern(
      new RegExp(
        `(?<![\\p{L}\\p{N}])(?:\\d{1,3}(?:st|nd|rd|th)|${COMPASS} (?:${WORD} ){0,1}?(?:\\d{1,3}(?:st|nd|rd|th))) (?:street|st|avenue|ave|road|rd|blvd|boulevard|place|pl|drive|dr|court|ct)\\b\\.?(?: (?:clinic|office|hospital|branch|location|site|campus|pharmacy|practice)\\b)?(?: ${COMPASS}(?![\\p{L}]))?`,
        "giu",
      ),
      "geo",
      0.7,
    ),
  ),
  pattern(
    /(?<!\w)[1-9]\d{0,5} (?:[NSEW]\.? )?(?:Broadway|Park Ave(?:nue)?|(?:County|State|Farm|Rural) (?:Road|Rd|Route|Highway|Hwy) \d{1,5}|Highway \d{1,4}|Hwy \d{1,4}|US-?\d{1,3}|Route \d{1,4})\b/gi,
    "geo",
    0.8,
  ),
  when(
    pieces("box"),
    all(
      pattern(/(?<!\w)(?:P\.? ?O\.? ?|Post Office |Postal )Box:? ?#?\d{1,7}[A-Z]?\b/gi, "geo", 0.95),
      pattern(/(?<!\w)(?:RR|R\.R\.|HC|Rural Route|PSC|CMR|Unit) ?#?\d{1,4},? Box \d{1,6}\b/gi, "geo", 0.9),
    ),
  ),
  pattern(
    /(?<!\w)(?:apt|apartment|suite|ste|flat)\.? ?#? ?[A-Z]?-?\d{1,5}[A-Z]?\b(?! ?(?:h|hrs?|hours?|min|minutes|days?|weeks?|cm|mm|%)\b)/gi,
    "geo",
    0.7,
  ),
);

/** "Maple Grove Avenue", without a number. */
const road = when(
  pieces("street|avenue|boulevard|blvd|lane|parkway|pkwy|highway"),
  pattern(
    /(?<![\p{L}\p{N}])(?:\p{Lu}[\p{L}'-]{1,20} ){1,3}(?:Street|Avenue|Boulevard|Blvd|Lane|Parkway|Pkwy|Highway)\b/gu,
    "geo",
    0.6,
  ),
);

/** "100 mg St …" and "5 days Way …" are no streets: the word after the number must not be a unit or a verb. */
function isStreet(match: string): boolean {
  const words = match.split(" ");
  const first = words[1] ?? "";
  if (
    /^(?:mg|mcg|ml|g|kg|mm|cm|units?|days?|weeks?|hours?|hrs?|months?|years?|yrs?|yo|year-old|tabs?|tablets?|doses?|times?|patients?|of|in|on|at|to|and|or|the|x|pts?|beds?|points?|minutes?|mins?|percent|male|female|man|woman|am|pm)$/i.test(
      first,
    )
  )
    return false;
  if (
    /\b(?:is|was|are|were|has|have|had|with|and|for|from|the|then|to|in|of|at|on|by|or|mg|ml)\b/i.test(
      words.slice(1).join(" "),
    )
  )
    return false;
  return (
    /\p{Lu}/u.test(match) ||
    /(?:street|st|avenue|ave|road|rd|blvd|boulevard|drive|lane|ln|court|way|parkway|pkwy|terrace|place|circle|square|crescent)\.?(?: ?\W.*)?$/i.test(
      match,
    )
  );
}

const AFTER_STATE = new RegExp(`\\b(?:${STATE_CODES}|${STATES})(?:[,.]? {1,2}|\\^)$`);

/** ZIP codes: dropped whole, so that no population table is relied on. */
const zip = all(
  pattern(/(?<=[ ^])\d{5}(?:-\d{4})?(?!\w)/g, "geo", 0.9, (_, text, start) =>
    AFTER_STATE.test(text.slice(Math.max(0, start - 24), start)),
  ),
  when(
    pieces("zip|post|pin"),
    pattern(
      /(?<=\b(?:zip|zipcode|postal|post ?code|pin ?code)(?: ?codes?)?"?(?: (?:is|was|of|area|in))?[ :#="]{1,4})\d{3,5}(?:-?\d{4})?(?!\w)/gi,
      "geo",
      0.95,
    ),
  ),
  pattern(/(?<![\w.-])\d{5}-\d{4}(?![\w]|-\d)/g, "geo", 0.8),
  pattern(/^\s{0,8}\d{5}\s{0,8}$/g, "geo", 0.6),
);

/** Postcodes of Britain and Canada. */
const postcode = pattern(
  /(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d)(?!\w)/g,
  "geo",
  0.7,
);

/** Words near which five digits are where somebody lives or a service goes. */
const HOME =
  /\b(?:liv(?:es?|ed|ing)|mov(?:es?|ed|ing)|resid\w*|call(?:er|s)?|visits?|deliver\w*|address|home|outreach|van|ship\w*|mail\w*|born|relocat\w*|commut\w*|neighbou?rhood|area|program|route|driv\w*|transport\w*|covers?|covering|serv(?:es?|ing)|zip)\b/i;
const COUNTED =
  /\b(?:wbc|platelets?|plt|counts?|cpt|codes?|dose|ck|bnp|ferritin|copies|load|units|volume|cost|paid|balance|charge|total|claim|order|id|#|no)\b[^.;\n]{0,16}$/i;
const bareZip = pattern(
  /(?<=\[LOCATION\][,)]{0,2} \(?|\b(?:in|to|from|near|covers?|covering|serves?|serving|and|or|of|van:|route:) )\d{5}(?![\w%$/:^]|[.,-]\d| ?(?:mg|mcg|ml|units?|copies|cells|steps|dollars|miles|per)\b)/g,
  "geo",
  0.6,
  (match, text, start) => {
    const before = text.slice(Math.max(0, start - 60), start);
    return (
      before.includes("[LOCATION]") || (HOME.test(before) && !COUNTED.test(before) && !match.endsWith("000"))
    );
  },
);
/** "19482 today, 19480 tomorrow": after one of them the others of the sentence. */
const furtherZip = pattern(
  /(?<=\[LOCATION\][^.\n]{0,24} )\d{5}(?=[ ,.;)]|$)(?! ?(?:mg|mcg|ml|units?|copies|cells|steps))/g,
  "geo",
  0.5,
);

/** "Address on file: …, 88123" */
const addressed = pattern(
  /(?<=\b(?:address|lives at|residence)\b[^.;\n]{0,60}, )\d{5}(?![\w%$/:^]|[.,-]\d)/gi,
  "geo",
  0.6,
);
/** "Marlow Heights (Tansy) 04417": what stands in brackets between the parts of an address. */
const bracketed = pattern(
  /(?<=\[LOCATION\],? \()\p{Lu}[\p{L}' -]{1,30}(?=\),? (?:\[LOCATION\]|\d{5}(?!\d)))/gu,
  "geo",
  0.6,
);

const coordinates = all(
  pattern(
    /(?<![\w.])-?\d{1,3}\.\d{4,10}°? ?[NSEW]?,? {0,2}-?\d{1,3}\.\d{4,10}°? ?[NSEW]?(?!\w|\.\d)/g,
    "geo",
    0.9,
  ),
  pattern(
    /(?<![\w.])\d{1,3}° ?\d{1,2}' ?(?:\d{1,2}(?:\.\d{1,4})?" ?)?[NSEW](?:,? ?\d{1,3}° ?\d{1,2}' ?(?:\d{1,2}(?:\.\d{1,4})?" ?)?[NSEW])?/g,
    "geo",
    0.9,
  ),
);

export const address: Rule = all(
  when(
    either(digit, pieces("one|two|three|box|apt")),
    where(/\d|\bone\b|\btwo\b|\bthree\b|\bbox\b|\bapt\b/i, street),
  ),
  road,
  when(pieces("000"), all(zip, when(digits(5), where(/\d{5}/, all(bareZip, furtherZip, addressed))))),
  when(letterThenDigit, where(/[A-Z]\d/, postcode)),
  when(both(anyOf("("), pieces("location")), bracketed),
  when(either(pieces("0 0000"), beyondAscii), where(/\d\.\d{4}|°/, coordinates)),
);
