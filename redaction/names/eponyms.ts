import { CITY, EPONYM, FIRST_NAME, SURNAME, TOP_FIRST_NAME, TOP_SURNAME } from "../lists/lexicon.ts";
import { has, isHard, isWord, type Token } from "./tokens.ts";
import {
  EPONYM_NOUNS,
  EPONYM_WEAK_NOUNS,
  INSTRUMENTS,
  NOBODY,
  PERSON_VERBS,
  STANDALONE_EPONYMS,
  TITLES,
} from "./vocabulary.ts";

/**
 * Marks the tokens that name a sign, score or disease and no person: "Murphy sign", "Ehlers-Danlos syndrome",
 * "Lou Gehrig's disease", "early Alzheimer's". Those that merely stand before a plain word or a number, as a person
 * may too, are `kept` but not `firm`.
 */
export function eponyms(tokens: readonly Token[]): { kept: ReadonlySet<number>; firm: ReadonlySet<number> } {
  const kept = new Set<number>();
  const weak = new Set<number>();
  tokens.forEach((token, i) => {
    if (token.capital && INSTRUMENTS.has(token.word)) titled(tokens, i, kept);
    if (!token.capital && !has(token, EPONYM)) return;
    if (has(token, EPONYM) && !has(token, FIRST_NAME | SURNAME | CITY) && token.word.length > 3) kept.add(i);
    const before = tokens[i - 1];
    if (before !== undefined && /^\.? $/.test(token.gap) && (TITLES.has(before.word) || given(before, token)))
      return;
    if (tokens[i + 1]?.word === "wort") kept.add(i - 1).add(i);
    if (kept.has(i) || !(stands(tokens, i) || isGenus(tokens, i))) return;
    kept.add(i);
    if (!isGenus(tokens, i) && !standsFirmly(tokens, i)) weak.add(i);
    for (
      let j = i + 1;
      tokens[j]?.capital === true && joined(tokens[j]) && has(tokens[j] ?? token, EPONYM);
      j++
    )
      kept.add(j);
    for (
      let j = i - 1;
      j >= 0 && tokens[j]?.capital === true && joined(tokens[j + 1]) && has(tokens[j] ?? token, EPONYM);
      j--
    )
      kept.add(j);
  });
  const firm = new Set([...kept].filter((i) => !weak.has(i)));
  return { kept, firm: new Set([...firm, ...pairsWith(tokens, firm)]) };
}

/** "Kernig and Brudzinski": what is named together with a sign is one, but for names that many bear. */
function pairsWith(tokens: readonly Token[], firm: ReadonlySet<number>): Set<number> {
  const more = new Set<number>();
  for (const i of firm)
    for (const [other, and] of [
      [i - 2, i - 1],
      [i + 2, i + 1],
    ] as const) {
      const one = tokens[other];
      if (one === undefined || !/^(?:and|or)$/.test(tokens[and]?.word ?? "")) continue;
      if (one.capital && has(one, EPONYM) && !has(one, TOP_SURNAME | TOP_FIRST_NAME)) more.add(other);
    }
  return more;
}

/** "Escherichia coli": a genus before its species. */
function isGenus(tokens: readonly Token[], i: number): boolean {
  const [genus, species] = [tokens[i], tokens[i + 1]];
  if (
    genus === undefined ||
    species === undefined ||
    species.capital ||
    species.gap !== " " ||
    genus.possessive
  )
    return false;
  if (
    genus.word.length < 5 ||
    species.word.length < 4 ||
    has(genus, FIRST_NAME) ||
    isHard(species) ||
    has(species, FIRST_NAME | SURNAME)
  )
    return false;
  return (
    /(?:a|um|us|is|er|as|es|ia|on)$/.test(genus.word) &&
    /(?:i|us|is|a|um|ae|ens|ile|e|ans|or)$/.test(species.word)
  );
}

/** "Edinburgh Postnatal Depression Scale": the capitals before a noun for a test, a body or a rule. */
function titled(tokens: readonly Token[], i: number, kept: Set<number>): void {
  let words = 0;
  let from = i;
  while (
    from > 0 &&
    tokens[from]?.gap === " " &&
    tokens[from - 1]?.capital === true &&
    tokens[from - 1]?.caps === false
  ) {
    from--;
    const token = tokens[from];
    if (token !== undefined && isHard(token)) words++;
  }
  if (words > 0) for (let j = from; j < i; j++) kept.add(j);
}

function given(before: Token, token: Token): boolean {
  return before.capital && has(before, FIRST_NAME) && !has(before, EPONYM) && token.gap === " ";
}

/** Whether what is named after somebody stands as such, or as what it might be as well as a person. */
function stands(tokens: readonly Token[], i: number): boolean {
  return standsFirmly(tokens, i) || standsBeforeWord(tokens, i);
}

function standsFirmly(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined) return false;
  const listed = has(token, EPONYM);
  if (
    STANDALONE_EPONYMS.has(token.word) &&
    (token.possessive ||
      /^(?:lyme|hodgkin|foley|doppler|holter|framingham|braden|glasgow|apgar|kawasaki|trendelenburg|valsalva|crohns?|alzheimers?|parkinsons?|cushings?|hodgkins|gram|takotsubo|kaposi|guillain|barre)$/.test(
        token.word,
      ))
  )
    return true;
  let j = i + 1;
  while (j < i + 4 && joined(tokens[j]) && (tokens[j]?.capital === true || tokens[j]?.word === "and")) {
    if (listed && nounAt(tokens, j, listed)) return true;
    j++;
  }
  if (
    tokens[i - 1]?.word === "of" &&
    /^(?:loop|circle|islets?|ampulla|ligament|sphincter|nodes?|tunnel|canal|pouch|foramen|angle|crypts?|organ|space|sinus|line|triangle|valve|tetralogy|fissure|zone|duct|glands?|cells?|angle|point|fascia)$/.test(
      tokens[i - 2]?.word ?? "",
    )
  )
    return true;
  return nounAt(tokens, j, listed) || (listed && nounAt(tokens, j + 1, listed) && !isPersonal(tokens[j]));
}

/** "Murphy negative", "Gleason 7" */
function standsBeforeWord(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined || !has(token, EPONYM)) return false;
  let j = i + 1;
  while (j < i + 4 && joined(tokens[j]) && (tokens[j]?.capital === true || tokens[j]?.word === "and")) j++;
  const noun = tokens[j];
  if (
    !has(token, TOP_SURNAME | TOP_FIRST_NAME) &&
    noun !== undefined &&
    /^[ -]$/.test(noun.gap) &&
    !noun.capital &&
    !isPersonal(noun) &&
    isWord(noun)
  )
    return true;
  if (
    (!has(token, TOP_SURNAME | TOP_FIRST_NAME) || STANDALONE_EPONYMS.has(token.word)) &&
    /^ \d/.test(noun?.gap ?? "")
  )
    return true;
  return false;
}

function nounAt(tokens: readonly Token[], j: number, listed: boolean): boolean {
  const noun = tokens[j];
  if (noun === undefined || !/^[ -]$/.test(noun.gap)) return false;
  if (listed)
    return [noun.word, noun.word.replace(/s$/, "")].some(
      (word) => EPONYM_NOUNS.has(word) || EPONYM_WEAK_NOUNS.has(word),
    );
  return (
    /^(?:syndrome|sign|reflex|criteria|score|scale|classification|maneuver|manoeuvre|phenomenon|triad|staging|stain|lymphoma|sarcoma|fracture|palsy|contracture|index|equation|formula|virus|disease)$/.test(
      noun.word,
    ) && tokens[j - 1]?.possessive !== true
  );
}

function isPersonal(token: Token | undefined): boolean {
  return (
    token === undefined ||
    PERSON_VERBS.has(token.word) ||
    NOBODY.has(token.word) ||
    /^(?:called|after|before|about|until|since|yesterday|at|on|in|to|from|by|an|the|who|today|tomorrow|tonight|now|again|re|regarding|because|while|next|via|per|into|over|not)$/.test(
      token.word,
    )
  );
}

function joined(token: Token | undefined): boolean {
  return token !== undefined && /^(?: |-| - )$/.test(token.gap);
}
