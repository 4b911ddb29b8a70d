import type { Rule } from "../rules/rule.ts";
import { eponyms } from "./eponyms.ts";
import { findNames } from "./names.ts";
import { findPlaces } from "./places.ts";
import { tokenize } from "./tokens.ts";

/** Names of people, facilities and cities: what words, not figures, give away. */
export const people: Rule = (text, found) => {
  const tokens = tokenize(text);
  const kept = eponyms(tokens);
  const taken = findPlaces(text, tokens, kept, found);
  findNames(text, tokens, new Set([...kept, ...taken]), found);
};
