import { ACRONYM, EPONYM, FIRST_NAME, TOP_FIRST_NAME, TOP_SURNAME } from "../lists/lexicon.ts";
import type { Token } from "./tokens.ts";
import { PERSON_VERBS, TITLES } from "./vocabulary.ts";

const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/** Symbols of elements, vital signs and laboratory values that are also short names or letters. */
const SYMBOLS = words(
  "t p r k na ca mg cl fe zn pb hg cu li se cr al mn co as hb hgb hct plt bg bs bp hr rr map cvp icp gcs ef va iop fev cpp pip ph be wt ht bmi bsa gfr tsh",
);
/** Words for things that are weighed, timed or counted and that are surnames as well. */
const THINGS = words(
  "case code order unit sample study room subject donor client monitor device patient bed rate dose volume weight level count culture specimen line drain pump tube",
);
/** What numbers are of. */
const UNITS = words(
  "mg mcg ug ng ml dl kg lb lbs oz mm cm mmol meq mmhg bpm units unit doses dose tablets tabs drops puffs weeks week days day hours hrs hour minutes mins min seconds sec months month years yrs year percent points times beats",
);
/** Parts of a building, with their number or letter. */
const PARTS = words(
  "bay bed box cabinet cart drawer fridge locker pump rack room rm shelf slot tray tower wing pod zone level floor hall station suite ward unit pavilion",
);
const COMPASS = words("west east north south");
/** How bad a leak of a valve is: "MR severe" speaks of no Mr. */
const GRADES = words("severe moderate mild trace trivial none");

/** A person stands after these, or a title does. */
const OF_PEOPLE = words(
  "nurse rn np aide tech cna surgeon physician attending provider pharmacist therapist intern fellow sister call page ask tell remind notify text",
);

const NUMBER = /^\+{0,2}(?:: ?| ?[=<>] ?| |-)?\d/;
const GRADE = /^ (?:[IVX]{1,4}|[A-D])(?![\p{L}\p{N}])/u;
const WAS = /^(?: (?:was|is|at)|:) \d/;

/**
 * Whether a word is the label of the number, grade or letter beside it ("Fe 22", "Weber B", "5 West", "Sample was
 * 250 mL"), so that it names nobody, unless a title or a first name stands before it.
 */
export function isMeasure(text: string, tokens: readonly Token[], i: number, shouting: boolean): boolean {
  const [before, token] = [tokens[i - 1], tokens[i]];
  if (token === undefined) return false;
  if (before?.text === "MR" && GRADES.has(token.word)) return true;
  const joined = before !== undefined && /^\.? $/.test(token.gap);
  if (joined && (TITLES.has(before.word) || OF_PEOPLE.has(before.word))) return false;
  if (joined && before.capital && (before.known & FIRST_NAME) !== 0) return false;
  const after = text.slice(token.close, token.close + 12);
  if (COMPASS.has(token.word))
    return /(?:^|[^\p{N}])\d{1,2} $/u.test(text.slice(Math.max(0, token.start - 4), token.start));
  if (UNITS.has(token.word) && !token.capital && /\d ?$/.test(token.gap)) return true;
  if (PARTS.has(token.word) && (NUMBER.test(after) || GRADE.test(after))) return true;
  if (THINGS.has(token.word) && WAS.test(after)) return true;
  if (SYMBOLS.has(token.word) && token.word.length < 4 && NUMBER.test(after)) return true;
  if (
    (token.known & EPONYM) !== 0 &&
    (token.known & TOP_FIRST_NAME) === 0 &&
    token.capital &&
    isGraded(text, tokens, i)
  )
    return true;
  return token.caps && !shouting && (token.known & ACRONYM) !== 0 && before?.caps !== true;
}

/** "Please note: Babinski." An eponym that opens a field and is not said to do, or addressed as, what people are. */
export function isSign(text: string, tokens: readonly Token[], i: number): boolean {
  const [token, next] = [tokens[i], tokens[i + 1]];
  if (token === undefined || !token.initial || (token.known & EPONYM) === 0) return false;
  if ((token.known & (TOP_SURNAME | FIRST_NAME)) !== 0) return false;
  if (/^\s*(?:[.;)\n]|$)/.test(text.slice(token.close, token.close + 4))) return true;
  return next?.gap === " " && !next.capital && !PERSON_VERBS.has(next.word);
}

/** A number or a grade follows, or the second half of a score's double name and then one: "Child-Pugh B". */
function isGraded(text: string, tokens: readonly Token[], i: number): boolean {
  const [token, next] = [tokens[i], tokens[i + 1]];
  if (token === undefined) return false;
  const end = next?.gap === "-" && (next.known & EPONYM) !== 0 ? next.close : token.close;
  const after = text.slice(end, end + 12);
  return NUMBER.test(after) || GRADE.test(after);
}
