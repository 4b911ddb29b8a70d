import type { QuietDays, QuietHours } from "../api/preferences.ts";
import { TIME_OF_DAY, WEEKDAYS } from "../contract.ts";
import type { Weekday } from "../contract.ts";

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

export const WEEKDAY_WORDS: Record<Weekday, string> = {
  MO: "Monday",
  TU: "Tuesday",
  WE: "Wednesday",
  TH: "Thursday",
  FR: "Friday",
  SA: "Saturday",
  SU: "Sunday",
};

/** How a weekday is quiet: as every day is, not at all, the whole day, or by hours of its own. */
export type DayChoice = "same" | "none" | "all" | "own";

/** A weekday as it is edited. */
export interface Day extends QuietHours {
  weekday: Weekday;
  choice: DayChoice;
}

const ALL_DAY: QuietHours = { start: "00:00", end: "24:00" };
const isAllDay = ({ start, end }: QuietHours): boolean => start === ALL_DAY.start && end === ALL_DAY.end;

/** The week as it is edited; days that have no hours of their own begin with those of every day. */
export const daysFrom = (days: QuietDays, every: QuietHours): Day[] =>
  WEEKDAYS.map((weekday) => {
    const hours = days[weekday];
    if (hours === undefined) return { weekday, choice: "same", ...every };
    if (hours === null) return { weekday, choice: "none", ...every };
    return isAllDay(hours) ? { weekday, choice: "all", ...every } : { weekday, choice: "own", ...hours };
  });

/** The same as preferences hold it. */
export function daysTo(days: readonly Day[]): QuietDays {
  const quiet: QuietDays = {};
  for (const { weekday, choice, start, end } of days)
    if (choice !== "same")
      quiet[weekday] = choice === "none" ? null : choice === "all" ? ALL_DAY : { start, end };
  return quiet;
}

/** The days that are not as every day is, in words, e.g. "Saturday all day"; empty where there are none. */
export const dayWords = (days: readonly Day[]): string =>
  days
    .filter(({ choice }) => choice !== "same")
    .map((day) => {
      const name = WEEKDAY_WORDS[day.weekday];
      if (day.choice === "none") return `${name} none`;
      return day.choice === "all" ? `${name} all day` : `${name} ${quietWords(day)}`;
    })
    .join(", ");

/** The time zones that this browser knows, and `chosen`, even where the browser does not know it. */
export function timeZones(chosen: string): string[] {
  const known = new Set([...Intl.supportedValuesOf("timeZone"), "UTC", chosen]);
  return [...known].toSorted();
}

/** The time zone that this browser is in. */
export const ownTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;
