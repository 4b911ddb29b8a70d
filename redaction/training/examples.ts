import { readdirSync, readFileSync } from "node:fs";
import { corpus } from "../corpus/corpus.ts";
import { PLACEHOLDERS, type Span } from "../kinds.ts";
import { normalize } from "../normalize.ts";
import { fill, type Case, type Filled } from "./fill.ts";
import { parse, type Part } from "./template.ts";
import type { Random } from "./random.ts";

/** A template, and the style that it belongs to. */
export interface Template {
  style: string;
  parts: Part[];
}

/** Styles that write values in another form than they are made in. */
const CASES: Record<string, Case> = {
  chat: "lower",
  texts: "lower",
  dictation: "lower",
  typos: "lower",
  alerts: "upper",
  printouts: "upper",
};

export function templates(): Template[] {
  const written = ["templates", "frames", "classes", "languages"].flatMap((folder) => {
    const url = new URL(`${folder}/`, import.meta.url);
    return readdirSync(url)
      .filter((file) => file.endsWith(".txt"))
      .sort()
      .flatMap((file) =>
        readFileSync(new URL(file, url), "utf8")
          .split("\n")
          .filter((line) => line.trim() !== "")
          .map((line) => ({ style: `${folder}/${file.slice(0, -4)}`, parts: parse(line) })),
      );
  });
  return [
    ...written,
    ...phrases().flatMap((phrase, i) =>
      [
        ...FRAMES.filter((_, at) => at % 3 === i % 3).map((frame) => frame.replace("%", () => phrase)),
        `TEAM: ${phrase.toUpperCase()} SINCE NOON`,
      ].map((line) => ({ style: "phrases/clinical", parts: parse(line) })),
    ),
    ...corpus().map(({ file, text, spans }) => ({
      style: `corpus/${file.slice(0, -4)}`,
      parts: partsOf(text, spans),
    })),
  ];
}

/** Clinical phrases that identify nobody, wherever they stand. */
export function phrases(): string[] {
  const text = readFileSync(new URL("../corpus/phrases/clinical.txt", import.meta.url), "utf8");
  return text.split("\n").filter((line) => line !== "");
}

/** What stands around a phrase while the model learns it. */
const FRAMES = [
  "%",
  "Note for the team: % since this morning.",
  "{name:Ms. @last}, %, bed @bed",
  "% - to discuss",
  "Seen at {@time}: %",
  "{name:@first @last}: % again",
];

function partsOf(text: string, spans: readonly Span[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const { start, end, kind } of spans) {
    parts.push({ kind: undefined, pieces: [{ text: text.slice(at, start) }] });
    parts.push({ kind, pieces: [{ text: text.slice(start, end) }] });
    at = end;
  }
  return [...parts, { kind: undefined, pieces: [{ text: text.slice(at) }] }];
}

/**
 * A message from a template: now and then two in one, in all lower case, in all capitals, or without its last full stop.
 */
export function exampleOf({ style, parts }: Template, random: Random): Filled {
  const filled = fill(parts, random, CASES[style.replace(/^.*\//, "")] ?? "kept");
  const text = normalize(filled.text).text;
  return text.length === filled.text.length ? { ...filled, text } : filled;
}

/** How many messages are read in lower case, in capitals, and with slips of the fingers. */
const LOWER = 0.18;
const UPPER = 0.11;
const SLIPS = 0.06;

/** The same message as others would write it: in lower case, in capitals. */
export function recased(filled: Filled, random: Random): Filled {
  const at = random.next();
  if (at < LOWER) return { ...filled, text: sameLength(filled.text, filled.text.toLowerCase()) };
  if (at < LOWER + UPPER) return { ...filled, text: sameLength(filled.text, filled.text.toUpperCase()) };
  return filled;
}

/** The same message typed in haste: in one word of six two letters change places. */
export function slipped(filled: Filled, random: Random): Filled {
  if (!random.chance(SLIPS)) return filled;
  const text = filled.text.replace(/(?<=\p{L})\p{Ll}{2}(?=\p{L}{1,12}\b)/gu, (pair) =>
    random.chance(1 / 6) ? pair.charAt(1) + pair.charAt(0) : pair,
  );
  return { ...filled, text };
}

/** The same message once some of its identifiers are redacted: it is read again like that. */
export function masked(filled: Filled, random: Random): Filled {
  const out: Filled = { text: "", spans: [], slots: [] };
  let at = 0;
  const move = (end: number): void => {
    const shift = out.text.length - at;
    out.text += filled.text.slice(at, end);
    for (const slot of filled.slots)
      if (at <= slot.start && slot.end <= end)
        out.slots.push({ start: slot.start + shift, end: slot.end + shift });
    at = end;
  };
  for (const span of filled.spans) {
    move(span.start);
    if (random.chance(0.7)) {
      out.text += PLACEHOLDERS[span.kind];
      at = span.end;
    } else {
      const start = out.text.length;
      move(span.end);
      out.spans.push({ ...span, start, end: out.text.length });
    }
  }
  move(filled.text.length);
  return out;
}

/** Two messages in one. */
export function joined(one: Filled, other: Filled, random: Random): Filled {
  const text = `${one.text}${random.pick([" ", ". ", "\n", " - ", "; ", ", "])}`;
  const moved = <T extends { start: number; end: number }>(span: T): T => ({
    ...span,
    start: span.start + text.length,
    end: span.end + text.length,
  });
  return {
    text: text + other.text,
    spans: [...one.spans, ...other.spans.map(moved)],
    slots: [...one.slots, ...other.slots.map(moved)],
  };
}

function sameLength(text: string, other: string): string {
  return other.length === text.length ? other : text;
}
