import { MONTH, ORDINAL_WORD } from "./dates.ts";
import { all, pattern, when, where, type Rule } from "./rule.ts";
import { pieces } from "./signs.ts";

/** What a transcript writes in words: numbers read out digit by digit, dates and addresses as they are spoken. */

const DIGIT = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)";
const BETWEEN = "(?:[ ,.-]| - |, )";
const run = (least: number, most: number): string =>
  `(?<![\\p{L}\\p{N}])${DIGIT}(?:${BETWEEN}{1,2}${DIGIT}){${least - 1},${most - 1}}(?![\\p{L}\\p{N}])`;

/** Seven digits and more are a telephone or another number of somebody; nothing is counted or measured so. */
const phone = pattern(new RegExp(run(7, 20), "giu"), "phone", 0.7);
const extension = pattern(
  new RegExp(
    `(?<=\\b(?:ext|extension|pager|dial(?! nine (?:one one|eight eight))|press|desk|call|reach \\p{L}{2,6} (?:at|on))(?: number)?(?: is| at)? )${run(2, 6)}`,
    "giu",
  ),
  "phone",
  0.7,
);
const zip = pattern(new RegExp(`(?<=\\bzip(?: ?code)?(?: is| was|,)? )${run(5, 9)}`, "giu"), "geo", 0.8);
const last4 = pattern(
  new RegExp(
    `(?<=\\b(?:social(?: security)?|ssn|last four)(?: number)?(?: of \\p{L}{2,8})?(?: is| are| was| ends in| ending in|,)? )${run(4, 9)}`,
    "giu",
  ),
  "ssn",
  0.9,
);

const ONES = "(?:one|two|three|four|five|six|seven|eight|nine)";
const TEENS = "(?:ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen)";
const TENS = `(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -]${ONES})?)`;
const YEAR = `(?:(?:nineteen|twenty) (?:${TENS}|${TEENS}|oh ${ONES}|hundred)|two thousand(?: and)?(?: ${TEENS}| ${TENS}| ${ONES})?)`;
const DAY = `(?:${ORDINAL_WORD}|\\d{1,2}(?:st|nd|rd|th)?)`;
/** "march third nineteen fifty one", "the second of august", "june twenty second" */
const date = all(
  pattern(new RegExp(`(?<![\\w-])${MONTH} (?:the )?${DAY},? (?:of )?${YEAR}(?!\\w)`, "gi"), "date", 0.96),
  pattern(new RegExp(`(?<![\\w-])(?:the )?${DAY} of ${MONTH},? (?:of )?${YEAR}(?!\\w)`, "gi"), "date", 0.96),
  pattern(new RegExp(`(?<![\\w-])${MONTH},? (?:of )?${YEAR}(?!\\w)`, "gi"), "date", 0.9),
  pattern(
    new RegExp(`(?<![\\w-])(?:march|may) (?:the )?(?!second\\b)${ORDINAL_WORD}(?![\\w-])`, "gi"),
    "date",
    0.9,
  ),
);
/** "on the fourteenth", "an appointment the ninth": no floor, rib or grade follows. */
const day = pattern(
  new RegExp(
    `(?<=\\b(?:on|by|since|until|till|before|after|appointment|visit|surgery|scheduled|due|seen)(?: for| on)? )the (?!first\\b|second\\b|third\\b)${ORDINAL_WORD}(?=[.,;?!\\n]|$| (?:at|with|for|of|and|but|or|to|in the (?:morning|afternoon|evening)|please|thanks?|i|we|he|she|they)\\b)`,
    "gi",
  ),
  "date",
  0.7,
);

/** "ines dot vall at example dot org" */
const email = pattern(
  /(?<![\p{L}\p{N}])[\p{L}\p{N}]{1,32}(?: (?:dot|underscore|dash|hyphen) [\p{L}\p{N}]{1,32}){1,4} at [\p{L}\p{N}-]{1,32}(?: dot [\p{L}\p{N}-]{1,32}){0,3} dot (?:com|org|net|edu|gov|health|us|uk|io)(?![\p{L}\p{N}])/giu,
  "email",
  0.97,
);

export const spoken: Rule = all(
  when(
    pieces("zero| oh |oh |one|two|three|four|five|six|seven|eight|nine|double|triple"),
    where(
      new RegExp(`${DIGIT}[ ,.-]{1,3}${DIGIT}`, "i"),
      all(phone, when(pieces("zip"), zip), when(pieces("social|ssn|last four"), last4), extension),
    ),
  ),
  when(pieces("teen|twenty|thousand|march |may "), date),
  when(pieces("th |first |second |third "), day),
  when(pieces(" dot "), email),
);
