import { all, pattern, when, where, type Rule } from "./rule.ts";
import { anyOf, both, digit, digits, either, pieces } from "./signs.ts";

/** All elements of dates but the year (45 CFR 164.514(b)(2)(i)(C)): a bare year, a time of day and a weekday stay. */

export const MONTH =
  "(?:jan(?:uary)?|feb(?:r?uary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const WEEKDAY = "(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\\.?,? ?)";
const DAY = "(?:0?[1-9]|[12]\\d|3[01])";
export const ORDINAL_WORD =
  "(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth|thirtieth|twenty[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirty[- ]first)";
const ORDINAL = `(?:${DAY} ?(?:st|nd|rd|th)|${ORDINAL_WORD})`;
const YEAR = "(?:(?:19|20)\\d\\d|'\\d\\d)";
const ISO_TIME = "(?:[T ]\\d{2}:?\\d{2}(?::?\\d{2})?(?:\\.\\d{1,9})?(?:Z|[+-]\\d{2}:?\\d{2})?(?!\\d))?";

/** Any month or ordinal at all. */
const NAMED = new RegExp(`(?<![a-z])${MONTH}(?![a-z])|\\d ?(?:st|nd|rd|th)|day,? the `, "i");
/** Their signs. */
const named = pieces("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec");
const ordinal = pieces("0st|0nd|0rd|0th|0 st|0 nd|0 rd|0 th");

const re = (source: string, flags = "gi") => new RegExp(source, flags);

/** 3/4/2025, 04-03-25, 4.3.2025, 2025-03-04T10:20Z, 17-Feb-2023, 3/2021 */
const numeric = all(
  when(
    both(digits(4), anyOf("/.-")),
    pattern(
      re(
        `(?<![\\d./-])(?<!\\bv(?:er(?:sion)?)?\\.? ?)\\d{1,2} ?([/.-]) ?\\d{1,2} ?\\1 ?(?:(?:1[89]|2[01])\\d\\d|'?\\d{2})(?![\\d]|[/-]\\d|\\.\\d)`,
      ),
      "date",
      0.9,
      (match) => {
        const [a = 0, b = 0] = match.match(/\d+/g)?.map(Number) ?? [];
        return a > 0 && b > 0 && Math.min(a, b) <= 12 && Math.max(a, b) <= 31;
      },
    ),
  ),
  when(
    both(digits(6), anyOf("/.-")),
    pattern(
      re(`(?<![\\d./-])(?:1[89]|2[01])\\d\\d([/.-])(?:0?[1-9]|1[0-2])\\1${DAY}${ISO_TIME}(?![\\d]|[/-]\\d)`),
      "date",
      0.95,
    ),
  ),
  when(
    both(digits(6), anyOf("/-")),
    pattern(
      re(`(?<![\\d./-])\\d\\d([/-])(?:0[1-9]|1[0-2])\\1(?:0[1-9]|[12]\\d|3[01])(?![\\d/-])`),
      "date",
      0.8,
    ),
  ),
  when(
    both(digits(5), anyOf("/-")),
    pattern(
      re(`(?<![\\d./-])(?:1[0-2]|0?[1-9])[/-](?:19|20)\\d\\d(?![\\d/-])(?! ?(?:mg|mcg|ml|units))`),
      "date",
      0.8,
    ),
  ),
  when(
    both(digits(6), anyOf("/-")),
    pattern(
      re(`(?<![\\d./-])(?:19|20)\\d\\d[/-](?:1[0-2]|0[1-9])(?![\\d/-])`),
      "date",
      0.8,
      (match) => !/^20\d\d-(?:0[1-9]|1[0-2])$/.test(match) || Number(match.slice(5)) > 0,
    ),
  ),
  when(
    digits(8),
    pattern(
      re(`(?<![\\w.])(?:19|20)\\d\\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])(?:T?\\d{4,6})?(?!\\w)`),
      "date",
      0.6,
    ),
  ),
  when(
    named,
    all(
      pattern(
        re(`(?<![\\w/-])${DAY}[ ./-]{0,2}${MONTH}[ ./,-]{0,2}(?:${YEAR}|\\d{2})(?![\\w%])`),
        "date",
        0.95,
      ),
      pattern(re(`(?<![\\w/-])${MONTH}[./-]${DAY}[/,-]{1,2} ?(?:${YEAR}|\\d{2})(?![\\w%])`), "date", 0.95),
      pattern(re(`(?<![\\w/-])(?:${YEAR})[ ./-]${MONTH}[ ./-]${DAY}(?![\\w])`), "date", 0.95),
    ),
  ),
);

/** A slash or dash pair is a date only where the words before it speak of one: "on 10/6", not "pain 5/10". */
const PAIR_AFTER =
  "\\b(?:on|by|since|from|until|till?|thru|through|before|after|dated?|as of|due|appt|appointment|visit|seen|admi(?:t|tted|ssion)|adm|d/?c(?:'?d)?|discharged?|dos|dob|born|birthday|birth ?date|scheduled|surgery|f/?u|follow-?up|exp(?:ires)?|starting|started|start|ending|last|next|between|and|to|for|week of|(?:mon|tues?|wednes|thurs|fri|satur|sun)(?:day)?|lmp|edd|drawn|signed|offered|declined|ends?|ended|collected|inserted|faxed|vaccinated|(?:e-?mail|letter|note|message|memo|fax|report|scan|labs?|results?) (?:of|from))(?: (?:for|on|date|is|was|the|of)){0,2}[ :,(]{1,3}";
const PAIR =
  "(?:0?[1-9]|1[0-2])[/-](?:0?[1-9]|[12]\\d|3[01])(?:(?:-| ?- ?| to )(?:(?:0?[1-9]|1[0-2])/)?(?:0?[1-9]|[12]\\d|3[01]))?(?![\\d/%]|\\.\\d|-\\d| ?(?:pain|scale|strength|tab|tablets?|pills?|caps|mg|mcg|ml|units?|doses?|hours?|hrs?|min|days?|weeks?|wks?|months?|mos?|years?|yrs?|on the|positive|criteria|points?|episodes?|times|x\\b|bpm|mm|cm|in\\b|full|normal|intensity|severity|puffs?|drops|of\\b))";
const SCORE =
  /\b(?:pain|scores?|scale|strength|rated|rating|intensity|severity|apgar|gcs|murmur|motor|ratio|mood|anxiety)\b[^.;\n]*$/i;
const isPair = (match: string, text: string, start: number): boolean =>
  match.includes("/") && !SCORE.test(text.slice(Math.max(0, start - 60), start));
const CUE = re(`${PAIR_AFTER}$`, "i");
const cued = pattern(
  re(PAIR),
  "date",
  0.75,
  (match, text, start) => CUE.test(text.slice(Math.max(0, start - 40), start)) && isPair(match, text, start),
);
/** After "in clinic", "ER" and the like, once another pair of the message is a date. */
const further = pattern(
  re(`(?<![\\w./-])${PAIR}`),
  "date",
  0.6,
  (match, text, start) =>
    (isPair(match, text, start) && !/\/(?:5|10)(?!\d)/.test(match)) ||
    (isPair(match, text, start) &&
      /\b(?:er|ed|clinic|pcp|office|here|icu|or|w\/|with|visit)[ ,]{1,2}$/i.test(
        text.slice(Math.max(0, start - 10), start),
      )),
);
/** Things that are counted, measured or graded as two numbers with a slash. */
const RATIO =
  /\b(?:day|bp|b\/p|vision|acuity|va|o[dsu]|murmur|grade|stage|nodes?|margins?|cultures?|bottles?|apgars?|gcs|strength|motor|reflex(?:es)?|dtrs?|pulses?|type|level|ratio|bed|room|rm|unit|page|part|rate|peep|ps|fio2|settings?|lot|edema|score[ds]?|scale|rated|pain|mood|anxiety|energy|birads|bi-rads|phq|gad|mmse|moca|cam|nihss|titers?|sig|tabs?|tablets?|caps|films?|patch|inhaler|concentration|strength|version|v|chapter|question|item|step|slide|case|image|series|vs|about|approximately|times|x|family|power|grip|of|all|only|passed|criteria|segments?|lobes?|levels?|stools?|scored?|sibling|siblings|gravida|para|alarms?|chairs?|beds?|slots?|staffed|filled|full|open|used|complete|answered|checked)[ :,=-]{1,3}$/i;
/** Anywhere a month and a day may stand, unless they can be a part of something or a grade. */
const loose = pattern(
  re(`(?:^|(?<=[\\s,(]))${PAIR}(?=$|[\\s,;:.)?!])`, "gim"),
  "date",
  0.5,
  (match, text, start) =>
    isPair(match, text, start) &&
    !/^(?:1\/[2-8]|2\/[235]|3\/[45])(?!\d)/.test(match) &&
    !/\/(?:5|10)(?!\d)/.test(match) &&
    !RATIO.test(text.slice(Math.max(0, start - 24), start)) &&
    !/^ (?:\p{L}+ ){0,2}(?:criteria|nodes?|positive|negative|murmurs?|films?|systolic|diastolic|bottles|correct|beds?|pts|patients|lobes|met|present|stairs|steps|sets|done|checks?)\b/iu.test(
      text.slice(start + match.length, start + match.length + 32),
    ),
);

const pair: Rule = (text, found, signs) => {
  const before = found.length;
  cued(text, found, signs);
  loose(text, found, signs);
  if (found.length > before) further(text, found, signs);
};

/** March 4, 2025; 4th of March; Mar 4th '25; March fourth; March 2025; Monday the 4th */
const worded = all(
  pattern(
    re(
      `(?<![\\w-])${WEEKDAY}?(?:the )?${MONTH}(?:,? ?|-)(?:the )?(?:${ORDINAL}|${DAY})(?!\\d)(?:,? ?(?:of )?(?:${YEAR}|\\d{2}(?=[.)]?$))(?!\\d))?(?:(?: ?- ?| to | through | and )${DAY}(?:st|nd|rd|th)?(?!\\d)(?:,? ?(?:${YEAR})(?!\\d))?)?(?![\\w%]| ?(?:mg|mcg|ml|units?|tabs?|tablets?)\\b)`,
    ),
    "date",
    0.95,
    notVerb,
  ),
  pattern(
    re(
      `(?<![\\w/-])${WEEKDAY}?(?:the )?(?:${ORDINAL}|${DAY})(?:(?: ?- ?| to | and )(?:${ORDINAL}|${DAY}))?(?:,? |-)(?:day )?(?:of )?(?:the month of )?${MONTH}(?:,? ?(?:of )?${YEAR}(?!\\d))?(?!\\w)`,
    ),
    "date",
    0.95,
    notVerb,
  ),
  pattern(re(`(?<![\\w-])${MONTH}(?:,? ?(?:of )?|-)(?:${YEAR})(?!\\w)`), "date", 0.95),
  pattern(
    re(
      `(?<=\\b(?:${MONTH} ?\\d{1,2}(?:st|nd|rd|th)?,? ?(?:and|to|or|through|&|-) ?|(?:on|by|since|from|until|till|before|after|for|through) (?:the )?))(?:${ORDINAL})(?! ?(?:\\w+ )?(?:floors?|ave(?:nue)?|st(?:reet)?|percentile|doses?|grade|ribs?|fingers?|toe|digit|degree|day|week|month|year|trimester|time|line|generation|attempt|visit|opinion|stage|step|half|quarter|place|round|cycle|shift|person|nerve|metatarsal|metacarpal|intercostal|ventricle|cranial|infusion|injection|appointment|set|one|cause|party|hand|try|pass|page|in|most|and|or|thing|part)\\b)(?![\\w-])`,
    ),
    "date",
    0.7,
    (match) => /\d/.test(match),
  ),
  pattern(re(`(?<![\\w-])${WEEKDAY}(?:the )(?:${ORDINAL})(?!\\w)`), "date", 0.85),
);

/** "may 5" and "march 12" in lower case are more often verbs. */
function notVerb(match: string): boolean {
  return (
    !/^(?:the )?(?:may|march|mar|sun|sat|second)\b|\b(?:may|march|mar)$/.test(match) ||
    /\d(?:st|nd|rd|th)|(?:19|20)\d\d|\bof\b/.test(match)
  );
}

/** A month by itself, where it stands for a date: "since March", "early June", "Admitted: October". */
const month = all(
  pattern(
    re(
      `(?<=\\b(?:in|since|until|till|by|last|next|early|late|mid|this|from|during|of|through|to|and|before|after|between|end of|beginning of|around|every|for)[ -])(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\b(?!-| (?:\\p{Lu}|be\\b|have\\b))`,
      "gu",
    ),
    "date",
    0.6,
  ),
  pattern(
    /(?<![\w-])(?:January|February|July|September|October|November|December)\b(?! \p{Lu})/gu,
    "date",
    0.6,
  ),
);

const HOLIDAY = pattern(
  /(?<![\w-])(?:Christmas(?: Eve| Day)?|Thanksgiving(?: Day)?|New Year'?s(?: Eve| Day)|Independence Day|Fourth of July|4th of July|Memorial Day|Labor Day|Veterans Day|Columbus Day|Presidents'? Day|Halloween|Valentine'?s Day|Mother'?s Day|Father'?s Day|Boxing Day|Good Friday|Easter(?: Sunday| Monday)?|Diwali|Cinco de Mayo)(?:,? (?:19|20)\d\d)?(?!\w)/g,
  "date",
  0.7,
);

const HOLIDAYS = pieces(
  "christmas|thanksgiving|new year|independence|of july|memorial d|labor d|veterans d|columbus d|presidents|halloween|valentine|mother s d|mothers d|father s d|fathers d|boxing d|good fri|easter|diwali|cinco",
);

/** After a label that wants a date, anything that could be one. */
const labelled = pattern(
  re(
    `(?<=\\b(?:d\\.?o\\.?b\\.?|d\\.?o\\.?d\\.?|birth ?(?:date|day)|date of (?:birth|death|service|admission|discharge|surgery|visit)|born(?: on)?|dos|dod|doa|lmp|edd|birthdate|expir(?:y|ation)(?: date)?|exp(?: date)?)(?: (?:is|was|of|on|=))? ?[:#=(-]{0,2} ?)(?:\\d{1,4}(?:[ ./-]{1,3}\\d{1,4}){1,2}|\\d{6}|\\d{8})(?!\\w)`,
  ),
  "date",
  0.9,
);

export const dates: Rule = all(
  when(digit, all(numeric, when(anyOf("/"), pair))),
  when(both(digits(2), pieces("dob|dod|dos|d o|do |birth|date of|born|doa|lmp|edd|exp")), labelled),
  when(either(named, ordinal, both(pieces("day"), pieces(" the "))), where(NAMED, all(worded, month))),
  when(HOLIDAYS, HOLIDAY),
);
