import type { TrialResult } from "../api/redactions.ts";

/** A word of a name or a place, and what spoke for it and against it, the weightiest first. */
export interface Account {
  word: string;
  signals: string[];
}

/** Tells of each word in a text why it was taken out. */
export const accounts = (text: string, why: TrialResult["why"]): Account[] =>
  why.map(({ start, end, reasons }) => ({
    word: text.slice(start, end),
    signals: reasons.map(
      ({ signal, weight }) => `${signal} (${weight > 0 ? "for" : "against"}, ${Math.abs(weight)})`,
    ),
  }));
