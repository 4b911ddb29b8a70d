import { ACRONYM, COMMON, ENGLISH, EVERYDAY, FIRST_NAME, SURNAME, lookup } from "./lexicon.ts";

/** Whether a word in lower case is everyday English. */
export function isCommonWord(word: string): boolean {
  const known = lookup(word);
  return (
    (known & (EVERYDAY | COMMON)) !== 0 || ((known & ENGLISH) !== 0 && (known & (FIRST_NAME | SURNAME)) === 0)
  );
}

/** Whether capitals are a clinical abbreviation. */
export function isClinicalAcronym(letters: string): boolean {
  return (lookup(letters.toLowerCase()) & ACRONYM) !== 0;
}
