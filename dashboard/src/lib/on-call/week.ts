import { locale as own } from "../language.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Days that are shown at a time. */
export const DAYS = 7;

/** What a zone's clock shows at a moment, YYYY-MM-DDTHH:MM. */
export function wallOf(at: Date, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
  }).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** How far a zone's clock is ahead of UTC at a moment; ms. */
function offsetOf(at: number, zone: string): number {
  const minute = Math.floor(at / MINUTE) * MINUTE;
  return Date.parse(`${wallOf(new Date(minute), zone)}Z`) - minute;
}

/** A moment at which a zone's clock shows a time, YYYY-MM-DDTHH:MM; null for what is no time. Of a time that comes twice, one of both. */
export function momentOf(wall: string, zone: string): Date | null {
  const utc = Date.parse(`${wall}Z`);
  if (Number.isNaN(utc)) return null;
  const guess = utc - offsetOf(utc, zone);
  return new Date(utc - offsetOf(guess, zone));
}

/** A day some days later, YYYY-MM-DD. */
export const daysLater = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00Z`) + days * DAY).toISOString().slice(0, 10);

/** The Monday of a moment's week by a zone's calendar, YYYY-MM-DD. */
export function mondayOf(at: Date, zone: string): string {
  const day = wallOf(at, zone).slice(0, 10);
  return daysLater(day, -((new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7));
}

/** A day that an address names, brought to its Monday; null where it names none. */
export function weekFrom(text: string | null): string | null {
  if (text === null || !/^20\d\d-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(`${text}T00:00Z`)))
    return null;
  return mondayOf(new Date(`${text}T12:00Z`), "UTC");
}

/** The moments at which the days of a week begin in a zone, and the week's end. */
export const boundsOf = (monday: string, zone: string): Date[] =>
  Array.from(
    { length: DAYS + 1 },
    (_, day) => momentOf(`${daysLater(monday, day)}T00:00`, zone) ?? new Date(Number.NaN),
  );

/** Where a while lies within another, in hundredths of it. */
export function placeOf(from: Date, to: Date, bounds: readonly Date[]): { left: number; width: number } {
  const [start, end] = [bounds[0]?.getTime() ?? 0, bounds.at(-1)?.getTime() ?? 0];
  const at = (time: Date): number =>
    (100 * (Math.min(Math.max(time.getTime(), start), end) - start)) / (end - start);
  return { left: at(from), width: at(to) - at(from) };
}

/** The moment at a part (0 to 1) of a week, to the half hour. */
export function momentAt(part: number, bounds: readonly Date[]): Date {
  const [start, end] = [bounds[0]?.getTime() ?? 0, bounds.at(-1)?.getTime() ?? 0];
  const at = start + Math.min(Math.max(part, 0), 1) * (end - start);
  return new Date(start + Math.round((at - start) / (30 * MINUTE)) * 30 * MINUTE);
}

/** A moment by a zone's clock, e.g. "Mon, Nov 23, 08:00". */
export const momentWords = (at: Date, zone: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale ?? own, {
    timeZone: zone,
    ...{ weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  }).format(at);

/** A day's heading, e.g. "Mon, Nov 23". */
export const dayWords = (day: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale ?? own, {
    timeZone: "UTC",
    ...{ weekday: "short", month: "short", day: "numeric" },
  }).format(new Date(`${day}T00:00Z`));
