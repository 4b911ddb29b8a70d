import { kindAt, LETTER, letterAt, NUMBER, partOfWordAt } from "../chars.ts";
import { ACRONYM, CLINICAL, COMMON, EVERYDAY, FIRST_NAME, PROPER, SURNAME } from "../lists/lexicon.ts";
import { Words, type Word } from "./word.ts";

/** A word of the message, without a possessive ending, and the facts that decide whether it is a name. */
export interface Token extends Omit<Word, "signals"> {
  of: Word;
  start: number;
  end: number;
  /** Where the next token's gap begins: `end`, or after the possessive ending. */
  close: number;
  possessive: boolean;
  /** First in its sentence, line, quotation or field. */
  initial: boolean;
  /** The text between it and the token before. */
  gap: string;
  /** Part of a code: touches a digit, an underscore, an @ or the like. */
  code: boolean;
}

const SENTENCE = /[.!?;:\n\r"“”|*•>]|^ - ?$|^- $|\(\s*$|\] *$/;
const ABBREVIATION =
  /^(?:dr|drs|mr|mrs|ms|mx|prof|st|mt|ft|sr|jr|rev|hon|vs|pt|pts|no|nr|approx|dept|hosp|univ|med|gen|ctr|attn|tel|ph|sra|srta|mevr|dhr|mgmt|rec|w|dx|hx|rx|tx|ste|ave|apt|eg|ie|etc|cf|al|fig|inc|ltd|co|gov|sgt|lt|capt|col|maj|assoc|ins|ref|mem|messrs|fr)$/;

/** The words of `text` in order. */
export function tokenize(text: string, words: Words = new Words()): Token[] {
  const tokens: Token[] = [];
  let last: Token | undefined;
  for (let start = 0; start < text.length;) {
    if (letterAt(text, start) === 0) {
      start++;
      continue;
    }
    const end = endOfWord(text, start);
    const of = words.of(text.slice(start, end));
    const possessive = text.charCodeAt(end) === APOSTROPHE && isPossessive(of.text, text, end);
    const gap = text.slice(last?.close ?? 0, start);
    const token: Token = {
      of,
      text: of.text,
      word: of.word,
      start,
      end,
      close: possessive ? end + (isS(text.charCodeAt(end + 1)) ? 2 : 1) : end,
      possessive,
      capital: of.capital,
      caps: of.caps,
      initial: last === undefined || begins(gap, last),
      gap,
      code: (gap !== " " && isCode(text, gap, start)) || isCodeSign(text, end),
      camel: of.camel,
      known: of.known,
      sense: of.sense,
      usage: of.usage,
      lastRank: of.lastRank,
      firstRank: of.firstRank,
      plain: of.plain,
    };
    tokens.push(token);
    last = token;
    start = token.close;
  }
  return tokens;
}

const APOSTROPHE = 39;
const isS = (code: number): boolean => code === 115 || code === 83;

/** Where the word that begins at `start` ends: an apostrophe belongs to it where letters follow that are no lone "s". */
function endOfWord(text: string, start: number): number {
  let at = start + letterAt(text, start);
  for (;;) {
    for (let size = partOfWordAt(text, at); size > 0; size = partOfWordAt(text, at)) at += size;
    if (text.charCodeAt(at) !== APOSTROPHE) return at;
    const size = letterAt(text, at + 1);
    if (size === 0 || (isS(text.charCodeAt(at + 1)) && letterAt(text, at + 2) === 0)) return at;
    at += 1 + size;
  }
}

function isCodeSign(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return (kindAt(text, at) & NUMBER) !== 0 || code === 95 || code === 64 || code === 92 || code === 61;
}

function isPossessive(match: string, text: string, end: number): boolean {
  return (
    (isS(text.charCodeAt(end + 1)) && letterAt(text, end + 2) === 0) ||
    (match.endsWith("s") && (kindAt(text, end + 1) & LETTER) === 0)
  );
}

function isCode(text: string, gap: string, start: number): boolean {
  if (gap.endsWith("-")) return (kindAt(text, start - 2) & NUMBER) !== 0;
  if ((kindAt(text, start - 1) & NUMBER) !== 0) return true;
  return (
    /[_/\\#=<>~]$/.test(gap) &&
    !/(?:^|[^\p{L}\p{N}])\p{L}{1,12}\/$/u.test(text.slice(Math.max(0, start - 14), start))
  );
}

function begins(gap: string, last: Token): boolean {
  if (gap === " " || !SENTENCE.test(gap)) return false;
  if (!/^\.[ ]*$/.test(gap)) return true;
  return !(last.word.length === 1 || ABBREVIATION.test(last.word));
}

export const has = (token: Token, flag: number): boolean => (token.known & flag) !== 0;

/** In a list of words that are not names, whatever else it is. */
export const isWord = (token: Token): boolean => token.plain;
/** A word that is seldom a name: everyday or clinical, or the proper name of something else. */
export const isHard = (token: Token): boolean => has(token, EVERYDAY | COMMON | CLINICAL | PROPER);
export const isListed = (token: Token): boolean => has(token, FIRST_NAME | SURNAME);
export const isAcronym = (token: Token): boolean => has(token, ACRONYM);
