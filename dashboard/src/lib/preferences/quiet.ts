import type { QuietHours } from "../api/preferences.ts";
import { TIME_OF_DAY } from "../contract.ts";

const DAY_MINUTES = 24 * 60;

/** How long quiet hours last, in minutes; they may run past midnight. 0 where they begin when they end. */
export function lengthOf({ start, end }: QuietHours): number {
  return (minutesOf(end) - minutesOf(start) + DAY_MINUTES) % DAY_MINUTES;
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** Checks quiet hours as they were typed; null when nothing is wrong with them. */
export function quietFault({ start, end }: QuietHours): string | null {
  if (!TIME_OF_DAY.test(start) || !TIME_OF_DAY.test(end))
    return "Enter both times, for example 22:00 and 07:00.";
  if (start === end) return "Quiet hours need to end at another time than they begin.";
  return null;
}

/** Quiet hours in words, e.g. "from 22:00 to 07:00 the next day (9 h)". */
export function quietWords(quiet: QuietHours): string {
  const length = lengthOf(quiet);
  const [hours, minutes] = [Math.floor(length / 60), length % 60];
  const span = [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`].filter(Boolean).join(" ");
  const later = minutesOf(quiet.end) <= minutesOf(quiet.start) ? " the next day" : "";
  return `from ${quiet.start} to ${quiet.end}${later} (${span})`;
}

/** The time zones that this browser knows, and `chosen`, even where the browser does not know it. */
export function timeZones(chosen: string): string[] {
  const known = new Set([...Intl.supportedValuesOf("timeZone"), "UTC", chosen]);
  return [...known].toSorted();
}

/** The time zone that this browser is in. */
export const ownTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
