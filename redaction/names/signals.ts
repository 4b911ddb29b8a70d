import {
  ACRONYM,
  CITY,
  CLINICAL,
  COMMON,
  ENGLISH,
  EPONYM,
  EVERYDAY,
  FACILITY,
  FIRST_NAME,
  PROPER,
  RARE_NAME,
  SCIENCE,
  SURNAME,
  TOP_FIRST_NAME,
  TOP_SURNAME,
  isSlipOf,
  lookupPair,
} from "../lists/lexicon.ts";
import { classOf } from "./classes.ts";
import { eponyms } from "./eponyms.ts";
import { NOUNS } from "./facility-words.ts";
import { styleOf } from "./style.ts";
import type { Token } from "./tokens.ts";

/** Facts about a token, as small numbers: features are made of them. */
export interface Signals {
  /** The word's hash where it is one of the model's vocabulary, 1 where it is any other. */
  id: number;
  /** Capitals, and whether it begins a sentence or touches a digit. */
  shape: number;
  /** Which lists of names have it. */
  names: number;
  /** How common a word of English it is. */
  common: number;
  /** Which lists of terms have it, and whether it is part of a listed term of several words. */
  terms: number;
  /** Which lists of places have it, and whether it is part of a listed place of several words. */
  places: number;
  /** Its classes of words. */
  classes: number;
  /** The kind of thing, deed or property that it means, and its ending. */
  sense: number;
  /** The text before it. */
  gap: number;
  /** How that text joins it to the token before. */
  joint: number;
  /** Its ending, and its groups of three letters, where it is no common word. */
  endings: number[];
  length: number;
  /** Whether it stands elsewhere in the message. */
  again: number;
  /** Whether it is part of the name of a sign, a score or a disease, as far as a rule can tell. */
  sign: number;
  /** Whether no list has it, and it is a word of everyday or clinical English with a slip of the fingers. */
  slip: number;
  /** Its place among the capitals that it stands among, and how many these are. */
  run: number;
  /** How many words further the kind of a place of care follows: 0 for none. */
  ahead: number;
}

/** Beyond the ends of a message. */
export const OUTSIDE: Signals = {
  id: 2,
  shape: 15,
  names: 15,
  common: 15,
  terms: 127,
  places: 15,
  classes: 1 << 30,
  sense: 255,
  gap: 3,
  joint: 7,
  endings: [],
  length: 0,
  again: 0,
  sign: 3,
  slip: 3,
  run: 31,
  ahead: 7,
};

/** A message's signals: each token's, the style it is written in, and the text after the last token. */
export interface Sentence {
  each: Signals[];
  style: number;
  tail: number;
}

/** The bits of a style. */
export const SHOUTING = 1;
export const QUIET = 2;

/** `vocabulary`: the hashes of the words that the model knows. */
export function signalsOf(tokens: readonly Token[], text: string, vocabulary: ReadonlySet<number>): Sentence {
  const { shouting, quiet, headline, foreign } = styleOf(tokens);
  const style = (shouting ? 1 : 0) | (quiet ? 2 : 0) | (headline ? 4 : 0) | (foreign ? 8 : 0);
  const seen = new Map<string, number>();
  for (const { word } of tokens) seen.set(word, (seen.get(word) ?? 0) + 1);
  const signs = eponyms(tokens);
  const runs = runsOf(tokens);
  const pairs = pairsOf(tokens);
  const each = tokens.map((token, i) => {
    const hash = hashOf(token.word);
    return {
      id: vocabulary.has(hash) ? hash : 1,
      shape: shapeOf(token),
      names: namesOf(token.known),
      common: commonOf(token),
      terms:
        bits(token.known, [CLINICAL, SCIENCE, PROPER, EPONYM, ACRONYM]) +
        (((pairs[i] ?? 0) | (pairs[i + 1] ?? 0)) & EPONYM ? 32 : 0),
      places:
        bits(token.known, [CITY, FACILITY]) +
        (((pairs[i] ?? 0) | (pairs[i + 1] ?? 0)) & (CITY | FACILITY) ? 4 : 0),
      classes: classOf(token.word),
      sense: token.sense * 4 + formOf(token.word),
      gap: gapOf(token.gap, tokens[i - 1]?.possessive === true),
      joint: jointOf(token.gap),
      endings: (token.known & (EVERYDAY | COMMON)) !== 0 ? NONE : endingsOf(token.word),
      length: Math.min(token.word.length, 9),
      sign: signs.has(i) ? 1 : 0,
      slip: token.plain ? 0 : isSlip(token) ? 2 : 1,
      run: runs[i] ?? 0,
      ahead: aheadOf(tokens, i),
      again: token.word.length > 2 && (seen.get(token.word) ?? 0) > 1 ? 1 : 0,
    };
  });
  const last = tokens.at(-1);
  return {
    each,
    style,
    tail: last === undefined ? 3 : gapOf(text.slice(last.close, last.close + 8), last.possessive),
  };
}

function isSlip({ word, known }: Token): boolean {
  return (
    word.length > 3 &&
    (known & (FIRST_NAME | TOP_SURNAME | CITY)) === 0 &&
    isSlipOf(word, EVERYDAY | COMMON | CLINICAL)
  );
}

/** For each token 8 times the number of capitals in its run, four at most, and its place in it, three at most. */
function runsOf(tokens: readonly Token[]): Uint8Array {
  const runs = new Uint8Array(tokens.length);
  for (let from = 0; from < tokens.length;) {
    let to = from + 1;
    if (isInRun(tokens[from])) while (to < tokens.length && isInRun(tokens[to]) && isJoined(tokens[to])) to++;
    if (isInRun(tokens[from]))
      for (let i = from; i < to; i++) runs[i] = 4 * Math.min(to - from, 4) + Math.min(i - from, 3);
    from = to;
  }
  return runs;
}

const isInRun = (token: Token | undefined): boolean => token !== undefined && token.capital && !token.code;
const isJoined = (token: Token | undefined): boolean =>
  token !== undefined && (token.gap === " " || token.gap === "-" || token.gap === ". ") && !token.initial;

/** "Cedar Point Home Care": how far off the noun is, four words at most, with nothing but spaces between. */
function aheadOf(tokens: readonly Token[], i: number): number {
  for (let far = 1; far < 5; far++) {
    const token = tokens[i + far];
    if (token === undefined || (token.gap !== " " && token.gap !== " & " && token.gap !== "-")) return 0;
    if (NOUNS.has(token.word)) return far;
  }
  return 0;
}

const NONE: number[] = [];

function namesOf(known: number): number {
  if ((known & RARE_NAME) !== 0) return 9;
  return level(known, FIRST_NAME, TOP_FIRST_NAME) * 3 + level(known, SURNAME, TOP_SURNAME);
}

/** What each token is known as together with the one before it: "Ann Arbor", "Kaplan-Meier". */
function pairsOf(tokens: readonly Token[]): Uint16Array {
  const pairs = new Uint16Array(tokens.length + 1);
  for (let i = 1; i < tokens.length; i++) {
    const [one, two] = [tokens[i - 1], tokens[i]];
    if (one === undefined || two === undefined || (two.gap !== " " && two.gap !== "-")) continue;
    if ((one.known & two.known & EVERYDAY) === 0 || one.capital) pairs[i] = lookupPair(one.word, two.word);
  }
  return pairs;
}

/** Whether a word ends as a past, as something under way, or as a plural. */
function formOf(word: string): number {
  return word.endsWith("ed") ? 1 : word.endsWith("ing") ? 2 : word.endsWith("s") ? 3 : 0;
}

function level(known: number, listed: number, top: number): number {
  return (known & top) !== 0 ? 2 : (known & listed) !== 0 ? 1 : 0;
}

function bits(known: number, flags: readonly number[]): number {
  let out = 0;
  for (const flag of flags) out = out * 2 + ((known & flag) !== 0 ? 1 : 0);
  return out;
}

function commonOf({ known, plain }: Token): number {
  if ((known & EVERYDAY) !== 0) return 4;
  if ((known & COMMON) !== 0) return 3;
  if ((known & ENGLISH) !== 0) return 2;
  return plain ? 1 : 0;
}

function shapeOf({ text, capital, caps, initial, code, camel }: Token): number {
  const form = caps
    ? 4
    : camel
      ? capital
        ? 5
        : 7
      : capital
        ? text.length === 1
          ? 3
          : initial
            ? 1
            : 2
        : text.length === 1
          ? 6
          : 0;
  return form + (code ? 8 : 0);
}

/** A gap without its letters' case: digits as 0, at most six signs. */
function gapOf(gap: string, possessive: boolean): number {
  if (gap === " ") return possessive ? 5 : 4;
  return hashOf((possessive ? "'" : "") + gap.replace(/\d+/g, "0").replace(/ +/g, " ").slice(-6)) | 8;
}

function jointOf(gap: string): number {
  if (gap === " ") return 0;
  if (gap === "" || gap === "'") return 1;
  if (gap === "-") return 2;
  if (gap === ", " || gap === ",") return 3;
  if (/^\. ?$/.test(gap)) return 4;
  if (/^[/^&+ ]+$/.test(gap)) return 5;
  return /\d/.test(gap) ? 6 : 7;
}

function endingsOf(word: string): number[] {
  const out = [
    hashOf(`-${word.slice(-4)}`),
    hashOf(`-${word.slice(-3)}`),
    hashOf(`-${word.slice(-2)}`),
    hashOf(`${word.slice(0, 3)}-`),
  ];
  const marked = `^${word}$`;
  for (let i = 0; i + 3 <= marked.length && i < 16; i++) out.push(hashOf(marked.slice(i, i + 3)));
  return out;
}

/** FNV-1a over UTF-16 units. */
export function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
