import type { Candidate } from "../kinds.ts";
import { eponyms } from "./eponyms.ts";
import { findNames } from "./names.ts";
import { findPlaces } from "./places.ts";
import type { Token } from "./tokens.ts";

/**
 * What each token is by the rules set by hand: 0 nothing, 1 a name, 2 a place, 3 a facility, 4 an eponym's sign or
 * score.
 */
export function labelsByRule(text: string, tokens: readonly Token[]): Uint8Array {
  const kept = eponyms(tokens);
  const found: Candidate[] = [];
  const taken = findPlaces(text, tokens, kept, found);
  findNames(text, tokens, new Set([...kept, ...taken]), found);
  const labels = new Uint8Array(tokens.length);
  found.sort((a, b) => a.start - b.start);
  let at = 0;
  for (const [i, token] of tokens.entries()) {
    while (at < found.length && (found[at]?.end ?? 0) <= token.start) at++;
    const here = found[at];
    if (here === undefined || here.start >= token.end) {
      if (kept.has(i)) labels[i] = 4;
      continue;
    }
    labels[i] = here.kind === "name" ? 1 : here.kind === "geo" ? 2 : 3;
  }
  return labels;
}
