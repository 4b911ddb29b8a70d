import { dayOf, startOf } from "../time.ts";

/** Days that a question may be about. */
const MOST_DAYS = 31;
const DAY = 86_400_000;

/** The day of this many days before a moment, as the reader's calendar has it: "2026-03-02". */
export function dayBefore(now: number, days: number): string {
  const moment = new Date(now);
  return dayOf(moment.setDate(moment.getDate() - days));
}

/** What is wrong with a time; null where nothing is. */
export function rangeFault(from: string, to: string): string | null {
  const start = startOf(from, 0);
  const end = startOf(to, 1);
  if (start === null || end === null || start >= end) return "Choose a first and a last day.";
  // An hour more or less where the clocks change.
  return Date.parse(end) - Date.parse(start) > (MOST_DAYS + 0.5) * DAY ? "Choose 31 days at most." : null;
}
