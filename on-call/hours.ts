import type { Clock } from "./clock.ts";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Hours of some weekdays by the clock on the wall; up to `to` of the next day where that is not after `from`. */
export interface Hours {
  days: Weekday[];
  /** "17:00" */
  from: string;
  to: string;
}

/** From and to; ms since the epoch. */
type Stretch = [number, number];

const MINUTE = 60_000;
const DAY = 86_400_000;
/** The epoch was a Thursday. */
const THURSDAY = 3;

/**
 * The stretches of time that the hours make between two moments, begun ones included. Each is one piece from its first moment to its last, also in
 * a night in which the clocks change; an edge that the clocks skip is the moment after the skip.
 */
export function hoursAround(hours: Hours[], clock: Clock, from: number, to: number): Stretch[] {
  const stretches: Stretch[] = [];
  const edges = hours.map((one) => ({
    days: new Set(one.days.map((name) => WEEKDAYS.indexOf(name))),
    from: timeOf(one.from),
    to: timeOf(one.to) + (one.to > one.from ? 0 : DAY),
  }));
  const last = Math.floor(clock.wallOf(to) / DAY);
  for (let day = Math.floor(clock.wallOf(from) / DAY) - 1; day <= last; day++)
    for (const one of edges)
      if (one.days.has((((day + THURSDAY) % 7) + 7) % 7))
        stretches.push([clock.momentOf(day * DAY + one.from), clock.momentOf(day * DAY + one.to)]);
  return stretches;
}

export const isWithin = (hours: Hours[], clock: Clock, moment: number): boolean =>
  hoursAround(hours, clock, moment, moment).some(([from, to]) => from <= moment && moment < to);

/** "17:00" as ms after midnight. */
function timeOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return (hour * 60 + minute) * MINUTE;
}
