import type { Unanswered, UnansweredCounts } from "../api/unanswered.ts";
import type { UnansweredState } from "../contract.ts";
import type { Tone } from "../ui/tone.ts";
import { shown } from "../language.ts";

/** Where an alert stands that nobody acknowledged. */
export const STATE_WORDS: Record<UnansweredState, string> = {
  unreached: "Nobody has seen it",
  waiting: "Steps to come",
  exhausted: "Rules used up",
};

/** What goes on meanwhile. */
export const MEANWHILE: Record<UnansweredState, string> = {
  unreached: "Its steps go on all the same.",
  waiting: "It was seen, but not acknowledged.",
  exhausted: "The last resort is told every 10 minutes.",
};

export const STATE_TONES: Record<UnansweredState, Tone> = {
  unreached: "bad",
  waiting: "warn",
  exhausted: "bad",
};

/** For whom an alert is: a person, by name, or all to whom a broadcast went. */
export const recipientWords = ({ user_id, name }: Unanswered): string =>
  name ?? user_id ?? "everybody of a broadcast";

type Told = Unanswered["told"][number];

/** What one of the people who were told has done so far. */
export function toldWords({ seen, acknowledged }: Told): string {
  if (acknowledged) return shown("acknowledged");
  return seen ? "has seen it" : "has not seen it";
}

/** How many alerts wait, over all territories. */
export const sumOf = (counts: readonly UnansweredCounts[]): number =>
  counts.reduce((sum, { waiting, exhausted, unreached }) => sum + waiting + exhausted + unreached, 0);

/** How many alerts of one territory wait, by state: "2: nobody has seen it". States without one are left out. */
export const countWords = (counts: UnansweredCounts): string[] =>
  (["unreached", "exhausted", "waiting"] as const).flatMap((state) =>
    counts[state] > 0 ? [`${counts[state]}: ${STATE_WORDS[state].toLowerCase()}`] : [],
  );

/** What tidying a list up does, e.g. "Take 2 away, show 1 more". */
export function tidyWords(gone: number, arrived: number): string {
  const parts = [gone > 0 ? `take ${gone} away` : "", arrived > 0 ? `show ${arrived} more` : ""];
  const text = parts.filter((part) => part !== "").join(", ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
