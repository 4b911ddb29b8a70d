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
import type { Word, WordSignals } from "./word.ts";

/** Facts about a token: features are made of them. */
export interface Signals extends Omit<WordSignals, "hash"> {
  /** The word's hash where it is one of the model's vocabulary, 1 where it is any other. */
  id: number;
  /**
   * Capitals, and whether it begins a sentence or touches a digit; where the whole message is in one case, which says
   * nothing, only the latter.
   */
  shape: number;
  /** As of the word, and whether it is part of a listed term of several words. */
  terms: number;
  /** As of the word, and whether it is part of a listed place of several words. */
  places: number;
  /** The text before it. */
  gap: number;
  /** How that text joins it to the token before. */
  joint: number;
  /** Whether it stands elsewhere in the message. */
  again: number;
  /** Whether it is part of the name of a sign, a score or a disease, as far as a rule can tell. */
  sign: number;
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
  usage: 31,
  bearers: 127,
  run: 31,
  ahead: 7,
};

/** A message's signals: each token's, the style it is written in, and the text after the last token. */
export interface Sentence {
  each: Signals[];
  /** The tokens that name a sign, a score or a disease for certain. */
  firm: ReadonlySet<number>;
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
  for (let i = 0; i < tokens.length; i++) {
    const word = tokens[i]?.word ?? "";
    if (word.length > 2) seen.set(word, (seen.get(word) ?? 0) + 1);
  }
  const { kept: signs, firm } = eponyms(tokens);
  const runs = runsOf(tokens);
  const pairs = pairsOf(tokens);
  const each = tokens.map((token, i) => {
    const word = (token.of.signals ??= wordSignalsOf(token.of));
    const pair = (pairs[i] ?? 0) | (pairs[i + 1] ?? 0);
    return {
      id: vocabulary.has(word.hash) ? word.hash : 1,
      shape: shapeOf(token, shouting, quiet),
      names: word.names,
      common: word.common,
      terms: word.terms + ((pair & EPONYM) !== 0 ? 32 : 0),
      places: word.places + ((pair & (CITY | FACILITY)) !== 0 ? 4 : 0),
      classes: word.classes,
      sense: word.sense,
      gap: gapOf(token.gap, tokens[i - 1]?.possessive === true),
      joint: jointOf(token.gap),
      endings: word.endings,
      length: word.length,
      sign: signs.has(i) ? 1 : 0,
      slip: word.slip,
      usage: word.usage,
      bearers: word.bearers,
      run: runs[i] ?? 0,
      ahead: aheadOf(tokens, i),
      again: token.word.length > 2 && (seen.get(token.word) ?? 0) > 1 ? 1 : 0,
    };
  });
  const last = tokens.at(-1);
  return {
    each,
    firm,
    style,
    tail: last === undefined ? 3 : gapOf(text.slice(last.close, last.close + 8), last.possessive),
  };
}

function wordSignalsOf(word: Word): WordSignals {
  return {
    hash: hashOf(word.word),
    names: namesOf(word.known),
    common: commonOf(word),
    terms: bits(word.known, [CLINICAL, SCIENCE, PROPER, EPONYM, ACRONYM]),
    places: bits(word.known, [CITY, FACILITY]),
    classes: classOf(word.word),
    sense: word.sense * 4 + formOf(word.word),
    endings: (word.known & (EVERYDAY | COMMON)) !== 0 ? NONE : endingsOf(word.word),
    length: Math.min(word.word.length, 9),
    slip: word.plain ? 0 : isSlip(word) ? 2 : 1,
    usage: word.usage,
    bearers: word.lastRank * 8 + word.firstRank,
  };
}

function isSlip({ word, known }: Word): boolean {
  return (
    word.length > 2 &&
    (known & (FIRST_NAME | SURNAME | CITY)) === 0 &&
    isSlipOf(word, word.length === 3 ? EVERYDAY : EVERYDAY | COMMON | CLINICAL)
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
    const one = tokens[i - 1];
    const two = tokens[i];
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

function commonOf({ known, plain }: Word): number {
  if ((known & EVERYDAY) !== 0) return 4;
  if ((known & COMMON) !== 0) return 3;
  if ((known & ENGLISH) !== 0) return 2;
  return plain ? 1 : 0;
}

function shapeOf(
  { text, capital, caps, initial, code, camel }: Token,
  shouting: boolean,
  quiet: boolean,
): number {
  const single = text.length === 1;
  if ((shouting && (caps || (single && capital))) || (quiet && !capital && !camel))
    return 16 + (single ? 2 : initial ? 1 : 0) + (code ? 8 : 0);
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

/** The end of a gap as a hash: its last six signs, where digits in a row are one, and spaces. */
function gapOf(gap: string, possessive: boolean): number {
  if (gap === " ") return possessive ? 5 : 4;
  let from = gap.length;
  for (let signs = 0; signs < 6 && from > 0; signs++) {
    from--;
    if (isDigit(gap, from)) while (from > 0 && isDigit(gap, from - 1)) from--;
    else if (gap.charCodeAt(from) === 32) while (from > 0 && gap.charCodeAt(from - 1) === 32) from--;
  }
  let hash = FIRST;
  if (possessive) hash = step(hash, 39);
  for (let i = from; i < gap.length; i++) {
    if (isDigit(gap, i)) {
      if (!isDigit(gap, i - 1) || i === from) hash = step(hash, 48);
    } else if (gap.charCodeAt(i) !== 32 || gap.charCodeAt(i - 1) !== 32 || i === from)
      hash = step(hash, gap.charCodeAt(i));
  }
  return mixed(hash) | 8;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code > 47 && code < 58;
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
  const { length } = word;
  const out = [
    hashOfPart(word, length - 4, length, HYPHEN, 0),
    hashOfPart(word, length - 3, length, HYPHEN, 0),
    hashOfPart(word, length - 2, length, HYPHEN, 0),
    hashOfPart(word, 0, 3, 0, HYPHEN),
  ];
  for (let i = -1; i + 3 <= length + 1 && i < 15; i++)
    out.push(hashOfPart(word, i, i + 3, i < 0 ? CARET : 0, i + 3 > length ? DOLLAR : 0));
  return out;
}

const HYPHEN = 45;
const CARET = 94;
const DOLLAR = 36;

/** The hash of a part of a word, with a sign before and after it unless that is 0. */
function hashOfPart(word: string, from: number, to: number, before: number, after: number): number {
  let hash = before === 0 ? FIRST : step(FIRST, before);
  for (let i = Math.max(from, 0); i < to && i < word.length; i++) hash = step(hash, word.charCodeAt(i));
  return mixed(after === 0 ? hash : step(hash, after));
}

/** FNV-1a over UTF-16 units. */
export function hashOf(word: string): number {
  let hash = FIRST;
  for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i));
  return mixed(hash);
}

const FIRST = 0x811c9dc5;
const step = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);
const mixed = (hash: number): number => (hash ^ (hash >>> 15)) >>> 0;
