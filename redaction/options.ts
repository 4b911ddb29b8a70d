import type { Kind, Span } from "./kinds.ts";
import type { Known } from "./known/known.ts";
import type { Word } from "./names/why.ts";

/** Changes whenever the same text may be redacted differently. */
export const VERSION = "4";

export interface Options {
  /** Identifiers the sender knows to be in the text; redacted whatever `kinds` says. */
  known?: readonly Known[];
  /** What a territory always hides, like `known`: its wards, its staff's initials. */
  hidden?: readonly Known[];
  /** What a territory never hides where it stands whole: words that are taken for names, places or codes. */
  kept?: readonly string[];
  /** The kinds to redact; all of them unless given. */
  kinds?: readonly Kind[];
  /** Whether to redact names of hospitals, clinics and practices; on unless false. */
  facilities?: boolean;
  /** A territory's own patterns, checked with `lintPattern`. */
  patterns?: readonly Pattern[];
  /** Whether to say which signals spoke for the names and places that were found. */
  explain?: boolean;
}

/** A territory's own identifier: the source of a regular expression and the kind that its matches are. */
export interface Pattern {
  kind: Kind;
  source: string;
}

export interface Redaction {
  text: string;
  spans: Span[];
  /** Which rules redacted, and how many spans of each kind they found. Holds nothing of the text. */
  rules: { version: string; counts: Record<string, number> };
  /** The words of names and places and what spoke for each; only where the options ask for it. */
  why?: Word[];
}

export function counts(spans: readonly Span[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (const { kind } of spans) out[kind] = (out[kind] ?? 0) + 1;
  return out;
}

/** Whether the options ask for this kind. */
export function wants(kind: Kind, { kinds, facilities }: Options): boolean {
  if (kind === "facility" && facilities === false) return false;
  return kinds === undefined || kinds.includes(kind);
}
