import { locale as own } from "./language.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const TO_THE_SECOND = { hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;

const formats = new Map<string, Intl.DateTimeFormat>();

/** A format is costly to make: a list that scrolls would make thousands of the same. */
function formatOf(locale: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options]);
  const known = formats.get(key) ?? new Intl.DateTimeFormat(locale ?? own, options);
  formats.set(key, known);
  return known;
}

/** The whole moment with its zone, e.g. "Monday, 23 November 2026 at 14:02:11 CET". */
export function fullTime(iso: string, locale?: string, timeZone?: string): string {
  return formatOf(locale, { dateStyle: "full", timeStyle: "long", timeZone }).format(new Date(iso));
}

/** Hours and minutes as the reader's clock shows them. */
export function clockTime(at: number | string, locale?: string, timeZone?: string): string {
  return formatOf(locale, { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date(at));
}

/** Hours, minutes and seconds as the reader's clock shows them. */
export function exactClock(at: number | string, locale?: string, timeZone?: string): string {
  return formatOf(locale, { ...TO_THE_SECOND, timeZone }).format(new Date(at));
}

/** The time of day to the second; with the date where that is not today's. */
export function exactTime(iso: string, now: number, locale?: string, timeZone?: string): string {
  if (dayOf(Date.parse(iso), timeZone) === dayOf(now, timeZone)) return exactClock(iso, locale, timeZone);
  return formatOf(locale, { day: "numeric", month: "short", ...TO_THE_SECOND, timeZone }).format(
    new Date(iso),
  );
}

/** The time of day where that is today's, else as short as it stays clear. */
export function timeOfDay(iso: string, now: number, locale?: string, timeZone?: string): string {
  return dayOf(Date.parse(iso), timeZone) === dayOf(now, timeZone)
    ? clockTime(iso, locale, timeZone)
    : shortTime(iso, now, locale, timeZone);
}

/** The day that a clock there shows: YYYY-MM-DD. */
export const dayOf = (at: number, timeZone?: string): string =>
  formatOf("en-CA", { timeZone, dateStyle: "short" }).format(at);

/** As short as it stays clear: minutes ago, then the time of day, then the date with it. */
export function shortTime(iso: string, now: number, locale?: string, timeZone?: string): string {
  const at = Date.parse(iso);
  const age = now - at;
  if (age >= -MINUTE && age < MINUTE) return "just now";
  if (age >= 0 && age < 60 * MINUTE) return `${Math.floor(age / MINUTE)} min ago`;
  const day = (time: number): string => dayOf(time, timeZone);
  const clock = clockTime(at, locale, timeZone);
  if (day(at) === day(now)) return `today ${clock}`;
  if (day(at) === day(now - DAY)) return `yesterday ${clock}`;
  const sameYear = day(at).slice(0, 4) === day(now).slice(0, 4);
  const date = formatOf(locale, {
    day: "numeric",
    month: "short",
    ...(!sameYear && { year: "numeric" }),
    timeZone,
  }).format(new Date(at));
  return `${date}, ${clock}`;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The first moment of a day (YYYY-MM-DD), or of a later one, in the reader's time zone; null when it is no day. */
export function startOf(day: string, later: number): string | null {
  const [, year, month, date] = DATE.exec(day) ?? [];
  if (Number(month) > 12 || Number(date) > 31) return null;
  const start = new Date(Number(year), Number(month) - 1, Number(date) + later);
  return Number.isNaN(start.getTime()) ? null : start.toISOString();
}
