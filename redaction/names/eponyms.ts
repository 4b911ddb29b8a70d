import { EPONYM, FIRST_NAME } from "../lists/lexicon.ts";
import { has, type Token } from "./tokens.ts";
import { EPONYM_NOUNS, EPONYM_WEAK_NOUNS, STANDALONE_EPONYMS, TITLES } from "./vocabulary.ts";

/**
 * Marks the tokens that name a sign, score or disease and no person: "Murphy sign", "Ehlers-Danlos syndrome",
 * "Lou Gehrig's disease", "early Alzheimer's".
 */
export function eponyms(tokens: readonly Token[]): ReadonlySet<number> {
  const kept = new Set<number>();
  tokens.forEach((token, i) => {
    if (!token.capital && !has(token, EPONYM)) return;
    const before = tokens[i - 1];
    if (before !== undefined && /^\.? $/.test(token.gap) && (TITLES.has(before.word) || given(before, token))) return;
    if (kept.has(i) || !stands(tokens, i)) return;
    kept.add(i);
    for (let j = i + 1; tokens[j]?.capital === true && joined(tokens[j]) && has(tokens[j] ?? token, EPONYM); j++) kept.add(j);
    for (let j = i - 1; j >= 0 && tokens[j]?.capital === true && joined(tokens[j + 1]) && has(tokens[j] ?? token, EPONYM); j--) kept.add(j);
  });
  return kept;
}

function given(before: Token, token: Token): boolean {
  return before.capital && has(before, FIRST_NAME) && !has(before, EPONYM) && token.gap === " ";
}

function stands(tokens: readonly Token[], i: number): boolean {
  const token = tokens[i];
  if (token === undefined) return false;
  const listed = has(token, EPONYM);
  if (STANDALONE_EPONYMS.has(token.word) && (token.possessive || /^(?:lyme|hodgkin|foley|doppler|holter|framingham|braden|glasgow|apgar|kawasaki|trendelenburg|valsalva|crohns?|alzheimers?|parkinsons?|cushings?|hodgkins|gram|takotsubo|kaposi|guillain|barre)$/.test(token.word))) return true;
  let j = i + 1;
  while (j < i + 4 && joined(tokens[j]) && (tokens[j]?.capital === true || tokens[j]?.word === "and")) {
    if (listed && nounAt(tokens, j, listed)) return true;
    j++;
  }
  return nounAt(tokens, j, listed) || (listed && nounAt(tokens, j + 1, listed) && !isPersonal(tokens[j]));
}

function nounAt(tokens: readonly Token[], j: number, listed: boolean): boolean {
  const noun = tokens[j];
  if (noun === undefined || !/^[ -]$/.test(noun.gap)) return false;
  if (listed) return EPONYM_NOUNS.has(noun.word) || EPONYM_WEAK_NOUNS.has(noun.word);
  return /^(?:syndrome|sign|reflex|criteria|score|scale|classification|maneuver|manoeuvre|phenomenon|triad|staging|stain|lymphoma|sarcoma|fracture|palsy|contracture|index|equation|formula|virus|disease)$/.test(noun.word) && tokens[j - 1]?.possessive !== true;
}

function isPersonal(token: Token | undefined): boolean {
  return token === undefined || /^(?:has|had|is|was|with|and|for|of|needs|called|reports)$/.test(token.word);
}

function joined(token: Token | undefined): boolean {
  return token !== undefined && /^(?: |-| - )$/.test(token.gap);
}
