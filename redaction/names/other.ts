import { ACRONYM, CLINICAL, FOREIGN, PROPER } from "../lists/lexicon.ts";
import type { Token } from "./tokens.ts";
import { NOBODY, OPENERS, PARTICLES, PERSON_SLOTS, TITLES } from "./vocabulary.ts";

/** A title, a role, a greeting, or a word that lists know as something else than a name. */
export function isOther({ word, known }: Token): boolean {
  return (
    (known & (ACRONYM | CLINICAL | PROPER | FOREIGN)) !== 0 ||
    TITLES.has(word) ||
    OPENERS.has(word) ||
    NOBODY.has(word) ||
    PERSON_SLOTS.has(word) ||
    PARTICLES.has(word)
  );
}
