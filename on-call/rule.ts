import { type Weekday, WEEKDAYS } from "./hours.ts";

/**
 * When one hands over to the next, as if the wall's clock showed UTC; ms. It is followed by arithmetic, not by walking from hand-off to
 * hand-off, so a rule costs the same however old it is.
 */
export interface Rule {
  /** The first hand-off. */
  start: number;
  /** Where its periods begin: at the start, or with the day or the week that the start is in. */
  anchor: number;
  period: number;
  /** The hand-offs of a period, in order, from its beginning. */
  offsets: number[];
}

/** A rule that can't be followed; the message says why. */
export class RuleError extends Error {}

const PART = /^(FREQ|INTERVAL|BYDAY|BYHOUR)=([A-Z0-9,]+)$/;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** The epoch was a Thursday. */
const A_MONDAY = 4 * DAY;
/** The unit of a frequency, and the largest INTERVAL: about a year. */
const FREQUENCIES = {
  HOURLY: { unit: HOUR, most: 8_784 },
  DAILY: { unit: DAY, most: 366 },
  WEEKLY: { unit: WEEK, most: 53 },
} as const;

const isFrequency = (text: string | undefined): text is keyof typeof FREQUENCIES =>
  text !== undefined && Object.hasOwn(FREQUENCIES, text);
const isWeekday = (text: string): text is Weekday => WEEKDAYS.some((day) => day === text);
const isHour = (text: string): boolean => /^\d{1,2}$/.test(text) && Number(text) < 24;

/**
 * Reads a rule such as "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=8": what rotations need of RFC 5545's recurrence rules.
 * @param start the first hand-off: it gives the minute, and the hour and the weekday where the rule names none
 * @throws RuleError
 */
export function readRule(text: string, start: number): Rule {
  const parts = partsOf(text);
  const frequency = parts.get("FREQ")?.[0];
  if (!isFrequency(frequency)) throw new RuleError("needs FREQ, one of HOURLY, DAILY and WEEKLY");
  const { unit, most } = FREQUENCIES[frequency];
  const interval = parts.get("INTERVAL")?.join() ?? "1";
  if (!/^[1-9]\d{0,3}$/.test(interval) || Number(interval) > most)
    throw new RuleError(`takes an INTERVAL from 1 to ${most}`);
  const [days, hours] = [parts.get("BYDAY"), parts.get("BYHOUR")];
  if (days !== undefined && frequency !== "WEEKLY") throw new RuleError("takes BYDAY with WEEKLY only");
  if (hours !== undefined && frequency === "HOURLY")
    throw new RuleError("takes BYHOUR with DAILY and WEEKLY only");
  if (days?.every(isWeekday) === false) throw new RuleError("takes MO, TU, WE, TH, FR, SA and SU as BYDAY");
  if (hours?.every(isHour) === false) throw new RuleError("takes hours from 0 to 23 as BYHOUR");

  const anchor = { HOURLY: start, DAILY: below(start, DAY, 0), WEEKLY: below(start, WEEK, A_MONDAY) }[
    frequency
  ];
  const dayOffsets =
    frequency === "WEEKLY"
      ? (days?.map((day) => WEEKDAYS.findIndex((name) => name === day) * DAY) ?? [
          below(start, DAY, 0) - anchor,
        ])
      : [0];
  const hourOffsets =
    frequency === "HOURLY"
      ? [0]
      : (hours?.map((hour) => Number(hour) * HOUR + (start % HOUR)) ?? [start - below(start, DAY, 0)]);
  const offsets = dayOffsets.flatMap((day) => hourOffsets.map((hour) => day + hour));
  return {
    start,
    anchor,
    period: unit * Number(interval),
    offsets: [...new Set(offsets)].sort((one, other) => one - other),
  };
}

function partsOf(text: string): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const part of text.split(";")) {
    const [, name = "", value = ""] = PART.exec(part) ?? [];
    if (name === "" || parts.has(name))
      throw new RuleError("may hold FREQ, INTERVAL, BYDAY and BYHOUR, once each, and no end");
    parts.set(name, value.split(","));
  }
  return parts;
}

/** The last multiple of `size`, counted from `from`, that is not after a moment. */
const below = (moment: number, size: number, from: number): number =>
  from + Math.floor((moment - from) / size) * size;

/** How many hand-offs, the first one included, come before a moment. */
export const countBefore = (rule: Rule, moment: number): number =>
  moment <= rule.start ? 0 : placeOf(rule, moment) - placeOf(rule, rule.start);

/** The hand-offs from one moment on and before another. */
export function handOffsBetween(rule: Rule, from: number, to: number): number[] {
  const found: number[] = [];
  for (let place = placeOf(rule, Math.max(from, rule.start)); momentOf(rule, place) < to; place++)
    found.push(momentOf(rule, place));
  return found;
}

/** The number of the first hand-off that is not before a moment, counted from the anchor. */
function placeOf({ anchor, period, offsets }: Rule, moment: number): number {
  const begun = below(moment, period, anchor);
  const before = offsets.filter((offset) => begun + offset < moment).length;
  return Math.round((begun - anchor) / period) * offsets.length + before;
}

/** The hand-off of that number, counted from the anchor. */
function momentOf({ anchor, period, offsets }: Rule, place: number): number {
  const periods = Math.floor(place / offsets.length);
  return anchor + periods * period + (offsets[place - periods * offsets.length] ?? 0);
}
