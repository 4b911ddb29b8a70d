import { locale as own } from "../language.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Days that are shown at a time. */
export const DAYS = 7;

const clocks = new Map<string, Intl.DateTimeFormat>();
/** A zone's clock: a formatter takes long to make. */
function clockOf(zone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(zone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
    });
  clocks.set(zone, clock);
  return clock;
}

/** What a zone's clock shows at a moment, YYYY-MM-DDTHH:MM. */
export function wallOf(at: Date, zone: string): string {
  const parts = clockOf(zone).formatToParts(at);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** How far a zone's clock is ahead of UTC at a moment; ms. */
function offsetOf(at: number, zone: string): number {
  const minute = Math.floor(at / MINUTE) * MINUTE;
  return Date.parse(`${wallOf(new Date(minute), zone)}Z`) - minute;
}

/** The moments at which a zone's clock shows what it would show by its offsets of the day before and the day after: two in a night in which it changes. */
const momentsNear = (utc: number, zone: string): number[] => [
  ...new Set([-DAY, DAY].map((away) => utc - offsetOf(utc + away, zone)).filter(Number.isFinite)),
];

/**
 * The moment at which a zone's clock shows a time, YYYY-MM-DDTHH:MM; null for what is no time since 1970. A time that is skipped is as much later as the clock
 * goes forward.
 * @param near of a time that comes twice, the one nearest to it; the first, unless given
 */
export function momentOf(wall: string, zone: string, near?: Date): Date | null {
  const utc = Date.parse(`${wall}Z`);
  if (!(utc > 0)) return null;
  const moments = momentsNear(utc, zone);
  const shown = moments.filter((at) => wallOf(new Date(at), zone) === wall);
  const distance = (at: number): number => (near === undefined ? at : Math.abs(at - near.getTime()));
  const [first] = shown.sort((one, other) => distance(one) - distance(other));
  return new Date(first ?? Math.max(...moments));
}

/** Whether a zone's clock shows a moment's time twice that night, so that the time alone does not say which is meant. */
function comesTwice(at: Date, zone: string): boolean {
  const wall = wallOf(at, zone);
  const moments = momentsNear(Date.parse(`${wall}Z`), zone);
  return moments.length > 1 && moments.every((moment) => wallOf(new Date(moment), zone) === wall);
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

/** A moment by a zone's clock, e.g. "Mon, Nov 23, 08:00"; with the name of its time where the clock shows it twice: "Sun, Nov 1, 01:30 EST". */
export const momentWords = (at: Date, zone: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale ?? own, {
    timeZone: zone,
    ...{ weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
    ...(comesTwice(at, zone) ? { timeZoneName: "short" } : {}),
  }).format(at);

/** The moment that is meant by a time as it was entered, where the clock does not show that time, or shows it twice. */
export const meantWords = (
  wall: string,
  at: Date | null,
  zone: string,
  locale?: string,
): string | undefined =>
  at !== null && (wallOf(at, zone) !== wall || comesTwice(at, zone))
    ? momentWords(at, zone, locale)
    : undefined;

/** A day's heading, e.g. "Mon, Nov 23". */
export const dayWords = (day: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale ?? own, {
    timeZone: "UTC",
    ...{ weekday: "short", month: "short", day: "numeric" },
  }).format(new Date(`${day}T00:00Z`));
