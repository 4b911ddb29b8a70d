import { lookup } from "../lists/lexicon.ts";
import type { Token } from "./tokens.ts";

/** Takes the tokens `from` to `to` (both included) as a place; with null they are a state, which may stay. */
export type Take = (from: number, to: number, kind: "facility" | "geo" | null, score: number) => void;

/** A set of words written as one line. */
export const words = (list: string): ReadonlySet<string> => new Set(list.split(" "));

/** The last token of the longest listed phrase that begins at `i`, or −1. */
export function phraseAt(tokens: readonly Token[], i: number, flag: number, most: number): number {
  const first = tokens[i];
  if (first === undefined || !first.capital || first.code) return -1;
  let phrase = first.word;
  let last = (lookup(phrase) & flag) !== 0 ? i : -1;
  for (let j = i + 1; j < i + most; j++) {
    const token = tokens[j];
    const before = tokens[j - 1];
    if (token === undefined || before === undefined || !/^(?: |-|\. | & |\+|')$/.test(token.gap)) break;
    phrase += (before.possessive ? "'s" : "") + token.gap + token.word;
    if ((lookup(phrase) & flag) !== 0 || (token.possessive && (lookup(`${phrase}'s`) & flag) !== 0)) last = j;
  }
  return last;
}
