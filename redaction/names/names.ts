import type { Candidate } from "../kinds.ts";
import { CLINICAL, FIRST_NAME, PROPER, SURNAME, TOP_SURNAME } from "../lists/lexicon.ts";
import { grow } from "./grow.ts";
import { isSeed } from "./seeds.ts";
import { styleOf } from "./style.ts";
import { has, isAcronym, isHard, isWord, type Token } from "./tokens.ts";
import { EVERYDAY_NAMES, NOBODY } from "./vocabulary.ts";

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

/** "Brown and Kowalska": a possible surname, joined to a name. */
function pair(tokens: readonly Token[], free: (i: number) => boolean, named: Set<number>): void {
  for (let i = 1; i + 1 < tokens.length; i++) {
    const left = tokens[i - 1];
    const and = tokens[i];
    const right = tokens[i + 1];
    if (named.has(i - 1) === named.has(i + 1)) continue;
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
    const [last, first, middle] = [tokens[i - 1], tokens[i], tokens[i + 1]];
    if (first === undefined || last === undefined || !/^, ?$/.test(first.gap) || !free(i) || !free(i - 1))
      continue;
    if (!last.capital || !first.capital || last.possessive || first.code || last.code) continue;
    const initial = first.word.length === 1 && (middle?.gap ?? ".").startsWith(".");
    if (initial && named.has(i - 1)) named.add(i);
    if (
      first.word.length < 3 ||
      NOBODY.has(last.word) ||
      !isSurname(last, first) ||
      !isGiven(i, tokens, named)
    )
      continue;
    named.add(i - 1).add(i);
    if (middle !== undefined && middle.word.length === 1 && middle.capital && middle.gap === " ")
      named.add(i + 1);
  }
}

function isSurname(last: Token, first: Token): boolean {
  if (!isWord(last)) return last.word.length > 2 && !isAcronym(last);
  if (has(last, CLINICAL | PROPER) || last.caps !== first.caps) return false;
  return has(last, SURNAME) && (!isHard(last) || has(last, TOP_SURNAME));
}

function isGiven(i: number, tokens: readonly Token[], named: ReadonlySet<number>): boolean {
  const first = tokens[i];
  if (first === undefined) return false;
  if (has(first, FIRST_NAME) && (!isHard(first) || EVERYDAY_NAMES.has(first.word))) return true;
  return named.has(i) && !named.has(i + 1) && !isWord(first);
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
