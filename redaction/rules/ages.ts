import { when, where, type Rule } from "./rule.ts";
import { digits, either, pieces } from "./signs.ts";

const TENS = "ninety";
const WORDS = `(?:${TENS}(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |one )hundred(?:[- ](?:and )?(?:one|two|three|four|five|six|seven|eight|nine|ten))?)`;
const NUMBER = `(?:9\\d|1[0-2]\\d)(?:\\.\\d)?`;
const AFTER =
  "(?: ?- ?|\\s?)(?:years?|yrs?|y)(?:(?: ?- ?|\\s)olds?|\\s?\\/\\s?o|\\.?\\s?o\\.?)?\\b|(?: ?- ?|\\s?)(?:yo|y\\.o\\.|y\\/o|yof|yom|yoF|yoM|something|th birthday|(?:st|nd|rd|th) birthday)\\b";
const PATTERNS = [
  // 93-year-old, 93 yo, ninety-three years old; "for 93 years" alone is a duration
  new RegExp(
    `(?<![\\w.,/-])(?:${NUMBER}|${WORDS})(?=${AFTER})(?!\\s?-?(?:years?|yrs?|y)\\b(?!\\s?-?\\s?(?:old|o\\b|\\/|of age|,|\\.|\\)|$|male|female|man|woman|lives?\\b|living\\b|from\\b|[MF]\\b)))`,
    "gi",
  ),
  // aged 93, age: 93, turned 93
  new RegExp(
    `(?<=\\b(?:aged?|turn(?:s|ed|ing)?|age (?:is|was|of)|aged at|over the age of)[ :=-]{1,3})(?:${NUMBER}|${WORDS})(?![\\w+%]|[.,/-]\\d| ?(?:mg|days?|hours?|weeks?|months?|minutes?|degrees))`,
    "gi",
  ),
  // she is 93, patient was ninety-one
  new RegExp(
    `(?<=\\b(?:he|she|patient|pt|who|man|woman|mother|father|grandmother|grandfather|husband|wife) (?:is|was|just turned|turned|will be|turns) |\\b(?:he'?s|she'?s) )(?:${NUMBER}|${WORDS})(?=[,;)]|\\.(?!\\d)|$| (?:and|with|who|but|now|today|years)\\b)`,
    "gi",
  ),
  // "[NAME], 93," once the name is redacted
  /(?<=\[NAME\], )(?:9\d|1[01]\d)(?=[,.;)](?!\d)|$| (?:with|from|who|is|lives|has|fell|in)\b)/g,
  // "[NAME] is 93,", "[NAME] by the door is 93,"
  /(?<=\[NAME\](?: (?:in|by|at|near|from) (?:the )?\p{L}{2,12})? is )(?:9\d|10\d)(?=,|\.(?!\d)|;|$| (?:and|now|today|years)\b)/gu,
  // "[NAME] (93)"
  /(?<=\[NAME\] \()(?:9\d|10\d)(?=\))/g,
  // 93M, 93 F with …; not a temperature
  new RegExp(
    `(?<![\\w.,/°-])(?<!(?:temp(?:erature)?|T)[ :]{0,2})(?:9\\d|1[01]\\d)(?= ?[MF]\\b(?! ?(?:temp|degrees))|[ -](?:m|f|male|female|man|woman|lady|gentleman)\\b)`,
    "g",
  ),
];

const numbers: Rule = (text, found) => {
  for (const regex of PATTERNS) {
    regex.lastIndex = 0;
    for (let hit = regex.exec(text); hit !== null; hit = regex.exec(text)) {
      const end = hit.index + hit[0].length;
      if (!isFahrenheit(text, hit.index, end))
        found.push({ start: hit.index, end, kind: "age90", score: 0.95 });
    }
  }
};

/** Ages over 89, which Safe Harbor lets stand only as "90 or older". The number alone is taken. */
export const ages: Rule = when(
  either(digits(2), pieces("ninety|hundred")),
  where(/9\d|1[0-2]\d|ninety|hundred/i, numbers),
);

/** What makes an age of 100 F and more, which is a fever far more often: a person before it, or her story after it. */
const WOMAN_BEFORE = /(?:\b(?:a|an|pt|patient|resident|lady|female|old)|\[NAME\],|\p{Lu}\p{Ll}+,) ?$/u;
const WOMAN_AFTER =
  /^ ?F[,;]? (?:with|w\/|c\/o|s\/p|h\/o|hx|pmh|presents?|presenting|admitted|from|who|found|brought|p\/w|lives|in|here|DNR|full code)/i;

/** "Patient was 104 F on arrival": a temperature, unless the words after it speak of a woman. */
function isFahrenheit(text: string, start: number, end: number): boolean {
  const value = Number(text.slice(start, end));
  if (!(value >= 94 && value <= 110) || !/^ ?F\b/i.test(text.slice(end, end + 3))) return false;
  const before = text.slice(Math.max(0, start - 24), start);
  if (
    value >= 100 &&
    value < 108 &&
    !WOMAN_BEFORE.test(before) &&
    !WOMAN_AFTER.test(text.slice(end, end + 24))
  )
    return true;
  if (
    /\b(?:was|is|of|to|at|over|above|below|under|than|reached|hit|spiked|temp\w*|fever|febrile|tmax|now|t)[ :=]{0,2}$|[<>=]\s?$/i.test(
      before,
    )
  )
    return true;
  return /^ ?F[,;.]? (?:on arrival|oral\w*|axillary|rectal|tympanic|overnight|at|today|tonight|now|this|or|and (?:chills|rigors))\b/i.test(
    text.slice(end, end + 24),
  );
}
