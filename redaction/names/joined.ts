import { EPONYM, FIRST_NAME, RARE_NAME, SURNAME } from "../lists/lexicon.ts";
import { isOther } from "./other.ts";
import type { Token } from "./tokens.ts";
import { words } from "./words.ts";

const NAME = 1;
const PLACE = 2;
const FACILITY = 3;

/** Capitals that stand before a name without being part of it. */
const DAYS = words(
  "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december today tonight tomorrow yesterday",
);
/** What makes the name or the place before it a place of care. */
const CARE = words("hospital clinic hospice pharmacy infirmary rehab rehabilitation healthcare");

/** Adds what a name that was found is joined to: words before it, the other part of a field, the last of a list, a place of care. */
export function takeJoined(text: string, tokens: readonly Token[], labels: Uint8Array): void {
  for (let i = 1; i < tokens.length; i++)
    if (labels[i] === 0 && isPlaceOfCare(tokens, labels, i))
      for (let at = i, label = labels[i - 1]; at === i || labels[at] === label; at--) labels[at] = FACILITY;
  for (let i = tokens.length - 1; i >= 0; i--)
    if (
      labels[i] === 0 &&
      (isOtherComponent(tokens, labels, i) ||
        isOtherName(tokens, labels, i) ||
        isMiddleInitial(tokens, labels, i))
    )
      labels[i] = NAME;
  for (let i = 4; i < tokens.length; i++)
    if (labels[i] === 0 && isLastOfList(text, tokens, labels, i)) labels[i] = NAME;
}

/** "Obradović Hospice", "Red Wing Urgent Care" */
function isPlaceOfCare(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (before === undefined || token === undefined || !token.capital || token.gap !== " ") return false;
  if (before.possessive || !before.capital || before.caps !== token.caps) return false;
  if (labels[i - 1] !== NAME && labels[i - 1] !== PLACE) return false;
  return CARE.has(token.word) || (token.word === "urgent" && next?.word === "care");
}

/** "QUEST^PLUM" where one of them is a name. */
function isOtherComponent(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const [before, token, after] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || !token.capital || token.code || token.word.length < 2) return false;
  return (
    (token.gap === "^" && labels[i - 1] === NAME && before?.capital === true) ||
    (after?.gap === "^" && labels[i + 1] === NAME && after.capital)
  );
}

/** "we could not reach Star Mills": a word that is a name too, with a capital that nothing else explains, before a name. */
function isOtherName(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const [before, token, next] = [tokens[i - 1], tokens[i], tokens[i + 1]];
  if (token === undefined || next === undefined || labels[i + 1] !== NAME || next.gap !== " ") return false;
  if (!token.capital || token.caps || token.code || token.initial || token.possessive) return false;
  if (!next.capital || next.caps || token.word.length < 2 || DAYS.has(token.word)) return false;
  if ((token.known & (FIRST_NAME | SURNAME | RARE_NAME)) === 0 || isOther(token)) return false;
  return !(before?.capital === true && token.gap === " " && labels[i - 1] !== NAME);
}

/** "BLANCO,PIERCE N MRN": one capital after a surname, a comma and a first name. */
function isMiddleInitial(tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const [first, token] = [tokens[i - 1], tokens[i]];
  if (first === undefined || token === undefined || labels[i - 1] !== NAME || labels[i - 2] !== NAME)
    return false;
  return (
    token.word.length === 1 && token.capital && !token.code && token.gap === " " && /^, ?$/.test(first.gap)
  );
}

/** "Weber, Capin, Myrer." */
function isLastOfList(text: string, tokens: readonly Token[], labels: Uint8Array, i: number): boolean {
  const [one, token] = [tokens[i - 1], tokens[i]];
  if (one === undefined || token === undefined || token.gap !== ", " || one.gap !== ", ") return false;
  if (labels[i - 1] !== NAME || labels[i - 2] !== NAME) return false;
  if (!token.capital || token.caps || token.camel || token.code || token.plain || isOther(token))
    return false;
  return (token.known & EPONYM) === 0 && /^\s*(?:[.;)\n]|$)/.test(text.slice(token.close, token.close + 4));
}
