import type { Candidate } from "../kinds.ts";
import { CITY, FACILITY } from "../lists/lexicon.ts";
import { cityAt } from "./cities.ts";
import { facilityAt, isListedFacility, saintAt } from "./facilities.ts";
import { LOWER_NOUNS, NOUNS } from "./facility-words.ts";
import { phraseAt, type Take } from "./phrase.ts";
import { has, type Token } from "./tokens.ts";

/**
 * Facilities, cities and neighbourhoods. Returns the tokens they take; those in `kept` are never theirs.
 */
export function findPlaces(
  text: string,
  tokens: readonly Token[],
  kept: ReadonlySet<number>,
  found: Candidate[],
): Set<number> {
  const taken = new Set<number>();
  const take: Take = (from, to, kind, score) => {
    const first = tokens[from];
    const last = tokens[to];
    if (first === undefined || last === undefined) return;
    for (let i = from; i <= to; i++) taken.add(i);
    if (kind !== null) found.push({ start: first.start, end: last.close, kind, score });
  };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || taken.has(i) || kept.has(i)) continue;
    if (!token.capital && !has(token, CITY) && !NOUNS.has(token.word) && !LOWER_NOUNS.has(token.word))
      continue;
    const saint = saintAt(tokens, i);
    if (saint > i) take(i, saint, "facility", 0.7);
    if (NOUNS.has(token.word)) facilityAt(tokens, i, take);
    else if (LOWER_NOUNS.has(token.word) && !token.capital) facilityAt(tokens, i, take);
    if (taken.has(i)) continue;
    const listed = phraseAt(tokens, i, FACILITY, 4);
    if (listed >= i && isListedFacility(tokens, i, listed)) take(i, listed, "facility", 0.7);
    if (!taken.has(i)) cityAt(text, tokens, i, take);
  }
  return taken;
}
