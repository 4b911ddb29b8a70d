import {
  CITY,
  CLINICAL,
  EPONYM,
  FIRST_NAME,
  PROPER,
  RARE_NAME,
  SURNAME,
  TOP_FIRST_NAME,
  TOP_SURNAME,
} from "../lists/lexicon.ts";
import { has, isAbbreviated, isAcronym, isHard, isListed, isWord, type Token } from "./tokens.ts";
import { EVERYDAY_NAMES, PERSON_SLOTS, PERSON_VERBS } from "./vocabulary.ts";

/** Lower case: a listed name that is no word, a pair, or first names seldom used as words. */
export function isLowerName(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (
    token === undefined ||
    token.word.length < 4 ||
    isAcronym(token) ||
    has(token, CLINICAL | PROPER) ||
    /[-/]$/.test(token.gap)
  )
    return false;
  const surname = next !== undefined && next.gap === " " && !next.capital && !next.code && has(next, SURNAME);
  if (has(token, FIRST_NAME)) {
    if (!isWord(token)) return !has(token, EPONYM) || surname;
    if (LOWER_NAMES.has(token.word)) return true;
    if (surname && !isHard(token) && !isHard(next)) return true;
    if (
      surname &&
      has(token, TOP_FIRST_NAME) &&
      ((!isWord(next) && next.word.length > 3) ||
        (before !== undefined &&
          token.gap === " " &&
          PERSON_SLOTS.has(before.word) &&
          EVERYDAY_NAMES.has(token.word) &&
          has(next, TOP_SURNAME) &&
          !has(next, CLINICAL | PROPER)))
    )
      return true;
  }
  if (has(token, SURNAME) && !isWord(token) && token.word.length > 4 && !has(token, EPONYM | CITY))
    return true;
  return (
    isStrange(token) &&
    (token.possessive ||
      (next?.gap === " " &&
        (isStrange(next) || (!next.capital && isListed(next) && !isHard(next) && !isAcronym(next)))) ||
      (token.gap === " " && isStrange(before)) ||
      (token.initial && next?.gap === " " && PERSON_VERBS.has(next.word)))
  );
}

/** In lower case and in no list at all. */
function isStrange(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    !token.capital &&
    !token.code &&
    !token.camel &&
    token.word.length > 3 &&
    (token.known & ~(SURNAME | FIRST_NAME | TOP_SURNAME | TOP_FIRST_NAME | RARE_NAME)) === 0 &&
    !isWord(token) &&
    !isAbbreviated(token)
  );
}

/** First names that dictionaries list as words too, but messages hardly use so. */
const LOWER_NAMES: ReadonlySet<string> = new Set(
  "john timothy peter henry carl roger terry benjamin larry billy louis bobby johnny jimmy tony kyle troy derrick lewis hector brent charlie eugene franklin nelson morris perry homer cesar kelvin noel spencer josh phil maxwell brock graham romeo clement nancy jessica betty helen dorothy ruth sharon michelle laura deborah cynthia angela melissa brenda amy anna rebecca kathleen pamela martha debra amanda stephanie carolyn christine janet catherine frances joyce diane alice julie teresa doris evelyn jean cheryl mildred katherine joan ashley judith andrea jacqueline wanda maria margaret susan linda barbara elizabeth jennifer".split(
    " ",
  ),
);

/** All capitals in a message that is not: a listed name of some length, a pair of them, or a long unknown. */
export function isCapsName(tokens: readonly Token[], i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || isAcronym(token)) return false;
  const pair = (first: Token | undefined, last: Token | undefined) =>
    first?.caps === true &&
    last?.caps === true &&
    /^,? $/.test(last.gap) &&
    ((has(first, TOP_FIRST_NAME) && has(last, TOP_SURNAME) && !isAcronym(first) && !isAcronym(last)) ||
      (has(first, TOP_SURNAME) && has(last, TOP_FIRST_NAME) && last.gap === ", "));
  if (pair(token, next) || pair(before, token)) return true;
  if (isHard(token)) return false;
  if (!isListed(token))
    return (
      !isWord(token) &&
      token.word.length > 5 &&
      !isAbbreviated(token) &&
      !/^[-/]$/.test(next?.gap ?? "") &&
      !/[-/(]$/.test(token.gap) &&
      !/^(?:trial|study|score|regimen|protocol|criteria|therapy|system|scale|chemo|server|file|message|error|mode|variable|table|api)$/.test(
        next?.word ?? "",
      )
    );
  if (has(token, FIRST_NAME) && !isWord(token) && token.word.length > 3) return true;
  const paired = [before, next].some(
    (other) =>
      other?.caps === true && other.word.length > 2 && isListed(other) && !isHard(other) && !isAcronym(other),
  );
  return token.word.length > 4 && !isWord(token) ? true : paired && token.word.length > 2;
}

export function isShoutedName(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined || isAcronym(token) || isHard(token) || token.word.length < 3) return false;
  if (!isWord(token)) return token.word.length > 3 || has(token, FIRST_NAME);
  return (
    has(token, FIRST_NAME) &&
    (LOWER_NAMES.has(token.word) ||
      (tokens[i + 1] !== undefined &&
        has(tokens[i + 1] ?? token, SURNAME) &&
        !isHard(tokens[i + 1] ?? token)))
  );
}
