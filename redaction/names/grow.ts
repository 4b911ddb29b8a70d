import { CLINICAL, EVERYDAY, FIRST_NAME, PROPER, SURNAME, TOP_SURNAME } from "../lists/lexicon.ts";
import type { Style } from "./style.ts";
import { has, isAbbreviated, isAcronym, isHard, isListed, isWord, type Token } from "./tokens.ts";
import { EVERYDAY_NAMES, NOBODY, PARTICLES, SURNAME_STOP } from "./vocabulary.ts";

/** Takes the capitals, particles and initials that belong to the name at `i`. */
export function grow(
  tokens: readonly Token[],
  i: number,
  style: Style,
  free: (i: number) => boolean,
  named: Set<number>,
): void {
  const seed = tokens[i];
  if (seed === undefined) return;
  for (let j = i + 1, steps = 0; steps < 5 && free(j) && follows(tokens, j, seed, style); j++, steps++)
    named.add(j);
  for (let j = i - 1, steps = 0; steps < 4 && free(j) && precedes(tokens, j, seed, style); j--, steps++)
    named.add(j);
}

function follows(tokens: readonly Token[], j: number, seed: Token, style: Style): boolean {
  const token = tokens[j];
  const before = tokens[j - 1];
  if (token === undefined || before === undefined || before.possessive || token.code) return false;
  if (!/^(?: |-|\. ?| \(?"|'|" ?| \()$/.test(token.gap)) return false;
  if (
    token.gap.startsWith(".") &&
    before.word.length > 1 &&
    !/^(?:wm|chas|geo|jos|thos|st)$/.test(before.word)
  )
    return false;
  if (token.word.length === 1 && !seed.capital) {
    const next = tokens[j + 1];
    return (
      /^[a-z]$/.test(token.text) &&
      /^(?:\. ?| )$/.test(next?.gap ?? "") &&
      next !== undefined &&
      !isHard(next) &&
      next.word.length > 2 &&
      (!isWord(next) || has(next, SURNAME))
    );
  }
  if (token.word.length === 1)
    return (
      token.capital &&
      token.text !== "I" &&
      (token.gap === " " || token.gap.startsWith(".") || token.gap === "-")
    );
  if (PARTICLES.has(token.word) && token.gap !== "-") {
    let k = j + 1;
    while (
      k < j + 3 &&
      tokens[k]?.capital === false &&
      PARTICLES.has(tokens[k]?.word ?? "") &&
      tokens[k]?.gap === " "
    )
      k++;
    const next = tokens[k];
    return (
      next !== undefined &&
      /^ ?$/.test(next.gap) &&
      (next.capital ? !NOBODY.has(next.word) : !seed.capital && !isWord(next) && next.word.length > 2) &&
      (token.word.length > 1 || /^[ey]$/.test(token.text))
    );
  }
  if (token.gap === "-" && (!isHard(token) || isListed(token) || (token.capital && has(seed, FIRST_NAME))))
    return true;
  if (
    style.shouting &&
    has(seed, FIRST_NAME) &&
    before === seed &&
    has(token, SURNAME) &&
    !has(token, EVERYDAY | CLINICAL | PROPER)
  )
    return true;
  if (
    !seed.capital &&
    !token.capital &&
    before === seed &&
    has(seed, FIRST_NAME) &&
    has(token, TOP_SURNAME) &&
    !has(token, CLINICAL | PROPER) &&
    !SURNAME_STOP.has(token.word)
  )
    return true;
  if (style.shouting || !seed.capital)
    return !isWord(token)
      ? !isAcronym(token) && token.word.length > 2
      : has(token, SURNAME) &&
          !isHard(token) &&
          !isAcronym(token) &&
          !isAbbreviated(token) &&
          !NOBODY.has(token.word);
  if (!token.capital || (token.caps && !seed.caps && (isAcronym(token) || !isListed(token)))) return false;
  if (NOBODY.has(token.word)) return false;
  if (!isHard(token)) return true;
  if (PARTICLES.has(before.word)) return true;
  if (
    has(seed, FIRST_NAME) &&
    before === seed &&
    !isHard(seed) &&
    !style.headline &&
    !has(token, CLINICAL | PROPER | EVERYDAY)
  )
    return tokens[j + 1]?.capital !== true || tokens[j + 1]?.gap !== " ";
  return (
    (has(token, SURNAME) || EVERYDAY_NAMES.has(token.word)) &&
    !/^(?:hospital|clinic|center|health|street|road)$/.test(token.word)
  );
}

function precedes(tokens: readonly Token[], j: number, seed: Token, style: Style): boolean {
  const token = tokens[j];
  const next = tokens[j + 1];
  if (token === undefined || next === undefined || token.code || token.possessive) return false;
  if (!/^(?: |-|\. ?| "|" )$/.test(next.gap) || (next.gap.startsWith(".") && token.word.length > 1))
    return false;
  if (token.word.length === 1)
    return (
      token.capital &&
      !(token.text === "I" && next.gap === " ") &&
      !(token.text === "A" && token.initial && next.gap === " ")
    );
  if (PARTICLES.has(token.word) && !/^(?:y|e|d|o|de|do|das|st)$/.test(token.word))
    return token.capital || (j > 0 && tokens[j - 1]?.capital === true && token.gap === " ");
  if (next.gap === "-" && token.capital) return true;
  if (style.shouting || !seed.capital)
    return (
      has(token, FIRST_NAME) &&
      (!isHard(token) || (EVERYDAY_NAMES.has(token.word) && has(seed, SURNAME))) &&
      !isAcronym(token) &&
      next.gap === " "
    );
  if (!token.capital || NOBODY.has(token.word) || token.caps) return false;
  if (next.word.length === 1 && has(token, FIRST_NAME)) return true;
  if (has(token, FIRST_NAME) && (!isHard(token) || EVERYDAY_NAMES.has(token.word)))
    return !(token.initial && /^(?:will|may|mark|page|grant|bill|can)$/.test(token.word));
  return !isHard(token);
}
