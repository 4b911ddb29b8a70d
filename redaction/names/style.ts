import { EVERYDAY, FIRST_NAME } from "../lists/lexicon.ts";
import { has, isAcronym, isHard, isListed, isWord, type Token } from "./tokens.ts";

/** How the message is written, which says what a capital means. */
export interface Style {
  /** (Nearly) all capitals: a capital says nothing. */
  shouting: boolean;
  /** No capitals at all. */
  quiet: boolean;
  /** Most words begin with one, as in a heading. */
  headline: boolean;
  /** Hardly any word is English. */
  foreign: boolean;
}

export function styleOf(tokens: readonly Token[]): Style {
  let long = 0;
  let caps = 0;
  let capitals = 0;
  let inner = 0;
  let strange = 0;
  let plain = 0;
  for (const token of tokens) {
    if (!token.capital) {
      if (
        ROMANCE.has(token.word) ||
        (token.word.length > 3 && !isWord(token) && !isListed(token) && !isAcronym(token))
      )
        strange++;
      else if (has(token, EVERYDAY)) plain++;
    }
    if (token.word.length < 4) continue;
    long++;
    if (token.caps) caps++;
    if (token.capital) capitals++;
    if (token.capital && !token.initial && isHard(token) && !has(token, FIRST_NAME)) inner++;
  }
  return {
    shouting: long > 1 && caps >= 0.7 * long,
    quiet: capitals === 0,
    headline: long > 3 && inner >= 0.45 * long,
    foreign: strange > 1 && plain === 0,
  };
}

const ROMANCE: ReadonlySet<string> = new Set(
  "de del la el los las da do dos das em com por para que le les et un una und der die das mit von con sin".split(
    " ",
  ),
);
