import type { Candidate } from "../kinds.ts";
import { CLINICAL, EVERYDAY, FIRST_NAME, PROPER, SURNAME, TOP_SURNAME } from "../lists/lexicon.ts";
import { isSeed, styleOf, type Style } from "./seeds.ts";
import { has, isAcronym, isHard, isListed, isWord, type Token } from "./tokens.ts";
import { EVERYDAY_NAMES, NOBODY, PARTICLES, SURNAME_STOP } from "./vocabulary.ts";

/**
 * Names of people. Words that are names by themselves are found first, then grown over the words beside them, then
 * looked for everywhere in the message. `taken` are tokens that something else claims (a place, an eponym).
 */
export function findNames(
  text: string,
  tokens: readonly Token[],
  taken: ReadonlySet<number>,
  found: Candidate[],
): void {
  const style = styleOf(tokens);
  const free = (i: number) => !taken.has(i);
  const named = new Set<number>();
  tokens.forEach((_, i) => {
    if (free(i) && isSeed(tokens, i, style)) named.add(i);
  });
  for (const i of [...named]) grow(tokens, i, style, free, named);
  pair(tokens, free, named);
  if (!style.headline) list(tokens, free, named);
  reversed(tokens, free, named);
  propagate(tokens, free, named);
  emit(text, tokens, named, found);
}

/** Takes the capitals, particles and initials that belong to the name at `i`. */
function grow(
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
  if (style.shouting || !seed.capital)
    return !isWord(token)
      ? !isAcronym(token) && token.word.length > 2
      : has(token, SURNAME) && !isHard(token) && !NOBODY.has(token.word);
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

/** "Brown and Kowalska": what can be a surname, joined to a name. */
function pair(tokens: readonly Token[], free: (i: number) => boolean, named: Set<number>): void {
  for (let i = 1; i + 1 < tokens.length; i++) {
    const left = tokens[i - 1];
    const and = tokens[i];
    const right = tokens[i + 1];
    if (
      left === undefined ||
      right === undefined ||
      !/^(?:and|or|y)$/.test(and?.word ?? "") ||
      and?.gap !== " " ||
      right.gap !== " "
    )
      continue;
    if (!left.capital || !right.capital || left.code || right.code || left.caps !== right.caps) continue;
    const weak = (token: Token) =>
      has(token, SURNAME | FIRST_NAME) && !NOBODY.has(token.word) && !has(token, CLINICAL | PROPER);
    if (named.has(i - 1) && !named.has(i + 1) && free(i + 1) && weak(right)) named.add(i + 1);
    if (named.has(i + 1) && !named.has(i - 1) && free(i - 1) && weak(left)) named.add(i - 1);
  }
}

/** "King, Bell and Marsh": three or more capitals in a row that can all be surnames. */
function list(tokens: readonly Token[], free: (i: number) => boolean, named: Set<number>): void {
  for (let i = 0; i < tokens.length; i++) {
    const run: number[] = [];
    let inner = 0;
    for (let j = i; ; j++) {
      const token = tokens[j];
      if (
        token === undefined ||
        !free(j) ||
        !token.capital ||
        token.caps ||
        token.code ||
        !has(token, SURNAME) ||
        has(token, CLINICAL | PROPER)
      )
        break;
      run.push(j);
      if (j > i && !token.initial) inner++;
      const next = tokens[j + 1];
      if (next?.word === "and" && /^,? $/.test(next.gap)) j++;
      else if (!/^, $/.test(next?.gap ?? "")) break;
    }
    if (run.length > 2 && inner > 1) for (const j of run) named.add(j);
    if (run.length > 1) i += run.length - 1;
  }
}

/** "Doe, Jane Q." and "Doe, J.", where either half is a name already or both could be. */
function reversed(tokens: readonly Token[], free: (i: number) => boolean, named: Set<number>): void {
  for (let i = 1; i < tokens.length; i++) {
    const last = tokens[i - 1];
    const first = tokens[i];
    if (first === undefined || last === undefined || !/^, ?$/.test(first.gap) || !free(i) || !free(i - 1))
      continue;
    if (!last.capital || !first.capital || last.possessive || first.code || last.code) continue;
    const surname =
      (has(last, SURNAME) && !isHard(last)) || (!isWord(last) && last.word.length > 2 && !isAcronym(last));
    const given =
      (has(first, FIRST_NAME) && (!isHard(first) || EVERYDAY_NAMES.has(first.word))) ||
      (named.has(i) && !named.has(i + 1) && !isWord(first));
    const initial = first.word.length === 1 && (tokens[i + 1]?.gap ?? ".").startsWith(".");
    if ((surname || (has(last, SURNAME) && last.caps === first.caps && !NOBODY.has(last.word))) && given) {
      named.add(i - 1).add(i);
      const middle = tokens[i + 1];
      if (middle !== undefined && middle.word.length === 1 && middle.capital && middle.gap === " ")
        named.add(i + 1);
    } else if (initial && named.has(i - 1)) named.add(i);
  }
}

/** A name found once is a name wherever it stands, unless it is an everyday word there. */
function propagate(tokens: readonly Token[], free: (i: number) => boolean, named: Set<number>): void {
  const words = new Set<string>();
  for (const i of named) {
    const token = tokens[i];
    if (token !== undefined && token.word.length > 2) words.add(token.word);
  }
  tokens.forEach((token, i) => {
    if (named.has(i) || !words.has(token.word) || token.code) return;
    if (token.capital ? free(i) && (!token.initial || !isHard(token)) : !isWord(token)) named.add(i);
  });
}

/** One candidate for each run of named tokens that stand together. */
function emit(text: string, tokens: readonly Token[], named: ReadonlySet<number>, found: Candidate[]): void {
  let span: Candidate | undefined;
  tokens.forEach((token, i) => {
    if (!named.has(i)) {
      span = undefined;
      return;
    }
    const dotted = token.word.length === 1 && text.charAt(token.end) === "." ? 1 : 0;
    if (
      span !== undefined &&
      /^(?:[ .'-]{1,2}|, ?| \(?"|" )$/.test(token.gap) &&
      tokens[i - 1]?.possessive !== true
    )
      span.end = token.end + dotted;
    else {
      span = { start: token.start, end: token.end + dotted, kind: "name", score: 0.6 };
      found.push(span);
    }
  });
}
