import { DateTime } from "luxon";

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

/**
 * The stretches of time that the hours make between two moments, begun ones included. Each is one piece from its first moment to its last, also in
 * a night in which the clocks change; an edge that the clocks skip is the moment after the skip.
 */
export function hoursAround(hours: Hours[], zone: string, from: Date, to: Date): Stretch[] {
  const stretches: Stretch[] = [];
  const last = DateTime.fromJSDate(to, { zone }).startOf("day");
  for (
    let day = DateTime.fromJSDate(from, { zone }).startOf("day").minus({ days: 1 });
    day <= last;
    day = day.plus({ days: 1 })
  )
    for (const one of hours)
      if (one.days.some((name) => WEEKDAYS.indexOf(name) + 1 === day.weekday))
        stretches.push([at(day, one.from), at(one.to > one.from ? day : day.plus({ days: 1 }), one.to)]);
  return stretches;
}

export const isWithin = (hours: Hours[], zone: string, moment: Date): boolean =>
  hoursAround(hours, zone, moment, moment).some(
    ([from, to]) => from <= moment.getTime() && moment.getTime() < to,
  );

function at(day: DateTime, time: string): number {
  const [hour, minute] = time.split(":").map(Number);
  return day.set({ hour, minute }).toMillis();
}
