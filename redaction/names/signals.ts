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
  lookup,
} from "../lists/lexicon.ts";
import { labelsByRule } from "./by-rule.ts";
import { classOf } from "./classes.ts";
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
  /** Which lists of places have it. */
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
  /** Its label by the rules. */
  rule: number;
}

/** Beyond the ends of a message. */
export const OUTSIDE: Signals = {
  id: 2,
  shape: 15,
  names: 15,
  common: 15,
  terms: 127,
  places: 7,
  classes: 1 << 30,
  sense: 255,
  gap: 3,
  joint: 7,
  endings: [],
  length: 0,
  again: 0,
  rule: 9,
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
  const ruled = labelsByRule(text, tokens);
  const each = tokens.map((token, i) => {
    const hash = hashOf(token.word);
    return {
      id: vocabulary.has(hash) ? hash : 1,
      shape: shapeOf(token),
      names: namesOf(token.known),
      common: commonOf(token),
      terms:
        bits(token.known, [CLINICAL, SCIENCE, PROPER, EPONYM, ACRONYM]) +
        (isCompound(token, tokens[i + 1]) || isCompound(tokens[i - 1], token) ? 32 : 0),
      places: bits(token.known, [CITY, FACILITY]),
      classes: classOf(token.word),
      sense: token.sense * 4 + formOf(token.word),
      gap: gapOf(token.gap, tokens[i - 1]?.possessive === true),
      joint: jointOf(token.gap),
      endings: (token.known & (EVERYDAY | COMMON)) !== 0 ? NONE : endingsOf(token.word),
      length: Math.min(token.word.length, 9),
      rule: ruled[i] ?? 0,
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

const NONE: number[] = [];

function namesOf(known: number): number {
  if ((known & RARE_NAME) !== 0) return 9;
  return level(known, FIRST_NAME, TOP_FIRST_NAME) * 3 + level(known, SURNAME, TOP_SURNAME);
}

function isCompound(one: Token | undefined, two: Token | undefined): boolean {
  if (one === undefined || two === undefined || (two.gap !== " " && two.gap !== "-")) return false;
  if (!one.capital && ((one.known | two.known) & EPONYM) === 0) return false;
  return (lookup(`${one.word} ${two.word}`) & EPONYM) !== 0;
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
