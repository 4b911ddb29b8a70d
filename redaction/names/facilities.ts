import { CITY, CLINICAL, COMMON, EVERYDAY, FACILITY, FIRST_NAME, SURNAME } from "../lists/lexicon.ts";
import { AT, GENERIC, LINKS, LOWER_NOUNS, NOUNS, STARTS, WEAK } from "./facility-words.ts";
import { phraseAt, words, type Take } from "./phrase.ts";
import { STATES } from "./cities.ts";
import { has, isAcronym, isHard, isWord, type Token } from "./tokens.ts";

const COMPASS = words(
  "north south east west northern southern eastern western new fort port mount mt st saint san santa los las el la le lake palm grand upper lower central greater downtown",
);

export function isListedFacility(tokens: readonly Token[], i: number, last: number): boolean {
  if (last > i) return true;
  const token = tokens[i];
  const before = tokens[i - 1];
  if (token === undefined || before === undefined) return false;
  if (token.gap === "-") return false;
  if (token.caps && token.word.length > 2 && !isAcronym(token)) return true;
  if (has(token, FIRST_NAME) && tokens[i + 1]?.capital === true && tokens[i + 1]?.gap === " ") return false;
  return (
    !token.initial &&
    /^ $/.test(token.gap) &&
    AT.has(before.word) &&
    !(isHard(token) && !token.caps && !token.capital)
  );
}

/** "St. Mary's", "Saint Joseph", "Mt. Zion": a place unless a wort, a street or a disease. */
export function saintAt(tokens: readonly Token[], i: number): number {
  const token = tokens[i];
  const next = tokens[i + 1];
  if (token === undefined || next === undefined || !token.capital || !next.capital || next.initial) return -1;
  if (token.code) return -1;
  if (!/^(?:st|saint|mt|mount|sts)$/.test(token.word) || !/^\.? $/.test(next.gap)) return -1;
  const after = tokens[i + 2];
  if (after !== undefined && /^(?:wort|street|avenue|disease|syndrome|dance|fire)$/.test(after.word))
    return -1;
  return i + 1;
}

export function facilityAt(tokens: readonly Token[], i: number, take: Take): void {
  const noun = tokens[i];
  if (noun === undefined || noun.code) return;
  let from = i;
  let proper = 0;
  for (let j = i - 1; j >= 0 && j > i - 9; j--) {
    const token = tokens[j];
    const next = tokens[j + 1];
    if (
      token === undefined ||
      next === undefined ||
      !/^(?: |-| & |\. | - |\+|\/|')$/.test(next.gap) ||
      (next.initial && next.gap !== ". " && next.gap !== " - ")
    )
      break;
    if (next.gap === ". " && !/^(?:st|mt|ft|med|univ|gen|ste|dr)$/.test(token.word)) break;
    if (token.code) break;
    if (!token.capital) {
      if (
        !noun.capital ||
        !/^(?:of|the|and|for|de|la|del|at)$/.test(token.word) ||
        !capitalBefore(tokens, j) ||
        token.word === "at" ||
        token.word === "for"
      )
        break;
      const other = tokens[tokens[j - 1]?.capital === true ? j - 1 : j - 2];
      if (other === undefined || !(NOUNS.has(other.word) || token.word !== "and")) break;
      continue;
    }
    if (STARTS.has(token.word) && !(token.word === "our" && next.word === "lady")) break;
    if (isAcronym(token) && token.caps && !noun.capital && !has(token, FACILITY)) break;
    if (!(GENERIC.has(token.word) || has(token, CLINICAL)) || (token.possessive && token.capital)) proper++;
    from = j;
  }
  let to = i;
  let nouns = 1;
  for (let j = i + 1; j < tokens.length && j < i + 9; j++) {
    const token = tokens[j];
    const before = tokens[j - 1];
    if (token === undefined || before === undefined || token.code || token.initial) break;
    if (NOUNS.has(token.word) && /^(?: |\.? | - |-)$/.test(token.gap) && (token.capital || !noun.capital)) {
      to = j;
      nouns++;
      continue;
    }
    if (!noun.capital) break;
    const city = token.gap === " " ? phraseAt(tokens, j, CITY, 3) : -1;
    if (city > j) {
      to = j = city;
      continue;
    }
    if (
      token.capital &&
      /^(?: | - |-| & |\/)$/.test(token.gap) &&
      !before.possessive &&
      (NOUNS.has(before.word) || LINKS.has(before.word) || j > to) &&
      !isVerb(token) &&
      !STARTS.has(token.word)
    ) {
      if (
        isWord(token) &&
        !has(token, CITY | SURNAME) &&
        !GENERIC.has(token.word) &&
        !/^(?:partners|system|systems|network|group|services|alliance|trust|north|south|east|west|department|dept|unit|pavilion|tower|building|village|plaza)$/.test(
          token.word,
        )
      )
        break;
      to = j;
      if (LINKS.has(before.word)) proper++;
      continue;
    }
    const next = tokens[j + 1];
    if (
      LINKS.has(token.word) &&
      token.gap === " " &&
      next !== undefined &&
      next.gap === " " &&
      (next.capital || (next.word === "the" && tokens[j + 2]?.capital === true))
    ) {
      if (/^(?:and|in|at|for|of)$/.test(token.word) && isStop(next, token.word)) break;
      continue;
    }
    break;
  }
  const before = tokens[from - 1];
  const weak = WEAK.has(noun.word) && nouns < 2 && !(to > i);
  if (from === i) {
    if (!noun.capital || to === i || proper === 0) return;
  }
  if (!noun.capital) {
    if (from === i || proper === 0) return;
    if (LOWER_NOUNS.has(noun.word) || !WEAK.has(noun.word)) take(from, to, "facility", 0.65);
    return;
  }
  if (proper === 0) {
    const cued =
      before !== undefined &&
      /^(?:at|to|from|visit|in)$/.test(before.word) &&
      /^(?:hospital|general|county|city)$/.test(noun.word) &&
      !/^(?:outpatient|inpatient|day|ambulatory|emergency|acute|specialty)$/.test(tokens[from]?.word ?? "");
    if (cued) take(from, to, "facility", 0.6);
    return;
  }
  if (
    weak &&
    /^(?:general|gen|health|medical|med|medicine|nursing|imaging|radiology|cardiology|oncology|dermatology|pediatrics|surgery|wellness|university|college|school|institute|foundation|associates|center|centre|manor|lodge|campus|memorial)$/.test(
      noun.word,
    ) &&
    !strong(tokens, from, i)
  )
    return;
  take(from, to, "facility", 0.65);
}

/** A capital stands before the link at `j`, or before two of them ("of the"). */
function capitalBefore(tokens: readonly Token[], j: number): boolean {
  const [before, further] = [tokens[j - 1], tokens[j - 2]];
  if (before?.capital === true) return true;
  return (
    before !== undefined &&
    LINKS.has(before.word) &&
    before.gap === " " &&
    tokens[j]?.gap === " " &&
    further?.capital === true
  );
}

/** Before a weak noun, at least one capital that is no plain word, or a place to be at. */
function strong(tokens: readonly Token[], from: number, i: number): boolean {
  const before = tokens[from - 1];
  if (before !== undefined && /^(?:at|to|from|visit|near|in)$/.test(before.word)) return true;
  for (let j = from; j < i; j++) {
    const token = tokens[j];
    if (
      token !== undefined &&
      (STATES.has(token.word) || has(token, CITY | FACILITY | SURNAME) || !isWord(token)) &&
      !(has(token, EVERYDAY | COMMON) && !has(token, CITY) && !STATES.has(token.word)) &&
      !has(token, CLINICAL)
    )
      return true;
  }
  return false;
}

/** Begins a sentence without being part of the name: "Visit", "Our" (but "Our Lady"). */
function isVerb(token: Token): boolean {
  return token.initial && STARTS.has(token.word);
}

function isStop(token: Token, link: string): boolean {
  if (link === "of") return false;
  if (link === "in" || link === "at") return !has(token, CITY) && isWord(token) && !COMPASS.has(token.word);
  return !(
    NOUNS.has(token.word) ||
    /^(?:clinics|women|womens|children|childrens|research|wellness)$/.test(token.word)
  );
}
