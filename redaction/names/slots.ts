import { EPONYM } from "../lists/lexicon.ts";
import { isPlainSurname } from "./capitals.ts";
import type { Style } from "./style.ts";
import { has, isAbbreviated, isAcronym, isHard, isListed, isWord, type Token } from "./tokens.ts";
import {
  CREDENTIALS,
  EVERYDAY_NAMES,
  NOBODY,
  OPENERS,
  PARTICLES,
  PERSON_SLOTS,
  TITLES,
} from "./vocabulary.ts";

/** The kind of word, before another, that says that a person follows. */
export type Slot = "title" | "opener" | "person" | "none";

export function slotBefore(tokens: readonly Token[], i: number): Slot {
  const token = tokens[i];
  const before = tokens[i - 1];
  if (token === undefined || before === undefined) return "none";
  if (TITLES.has(before.word) && /^\.? ?$/.test(token.gap) && (before.capital || token.capital))
    return "title";
  if (/^(?:\.? |: ?|, | - ?|: ?"|, ?"| ")$/.test(token.gap) && OPENERS.has(before.word) && !before.possessive)
    return "opener";
  if (
    /^: ?"?$/.test(token.gap) &&
    (PERSON_SLOTS.has(before.word) ||
      /^(?:re|fw|fwd|cc|bcc|subject|member|user|sender|author|caller|reviewer|operator|mr|approver|requester|owner|driver|employee|tenant|lead)$/.test(
        before.word,
      ))
  )
    return "opener";
  if (/^\? ?(?:\w+: ?)?$/.test(token.gap) && /^(?:name|surname)$/.test(before.word)) return "opener";
  if (
    /^(?:is|was|are|:)$/.test(before.word) &&
    tokens[i - 2] !== undefined &&
    /^(?:name|names|surname|called)$/.test(tokens[i - 2]?.word ?? "")
  )
    return "opener";
  if (/^(?: |: ?|\. |: ?"|\()$/.test(token.gap) && PERSON_SLOTS.has(before.word) && !before.possessive)
    return token.gap === ". " && token.initial ? "none" : "person";
  return "none";
}

export function fills(token: Token, slot: Slot, style: Style): boolean {
  if (NOBODY.has(token.word) || (CREDENTIALS.has(token.word) && token.caps)) return false;
  if (slot === "title") return token.capital ? true : !isWord(token) || isListed(token);
  if (style.shouting) return !isHard(token) && !isAcronym(token);
  if (token.capital) {
    if (token.caps && (isAcronym(token) || (!isListed(token) && token.word.length < 6))) return false;
    if (slot === "opener") return !isWord(token) || isListed(token);
    return (
      !isAbbreviated(token) &&
      (!isWord(token) ||
        (!isHard(token) && isListed(token)) ||
        EVERYDAY_NAMES.has(token.word) ||
        (isPlainSurname(token) && !style.headline))
    );
  }
  return (
    !isWord(token) &&
    !isAcronym(token) &&
    token.word.length > 2 &&
    !PARTICLES.has(token.word) &&
    (isListed(token) || slot === "opener" || token.word.length > 3) &&
    !has(token, EPONYM)
  );
}
