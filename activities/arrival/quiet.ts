import { DateTime } from "luxon";
import { WEEKDAYS } from "../../channels/contract.ts";
import { must } from "../../config/must.ts";
import { zoneOf } from "../../on-call/zone.ts";
import type { Preferences } from "../../store/people/preferences.ts";

/**
 * The end of the quiet hours that `now` falls into, or null outside of them. Hours are wall-clock hours of the
 * person's time zone: a night in which the clocks change is an hour shorter or longer, and ends when the clock says so.
 * An end that the clocks skip is the moment after the skip. Hours over midnight are those of the day on which they begin.
 */
export function quietUntil(now: Date, preferences: Preferences): Date | null {
  const today = DateTime.fromJSDate(now, { zone: zoneOf(preferences.time_zone) });
  const clock = today.hour * 60 + today.minute;
  const own = hoursOn(today, preferences);
  const before = hoursOn(today.minus({ days: 1 }), preferences);
  const ends: DateTime[] = [];
  if (before !== null && before.start > before.end && clock < before.end) ends.push(at(today, before.end));
  if (own !== null && clock >= own.start) {
    if (own.start > own.end) ends.push(at(today.plus({ days: 1 }), own.end));
    else if (clock < own.end) ends.push(at(today, own.end));
  }
  return ends.length === 0 ? null : (DateTime.max(...ends)?.toJSDate() ?? null);
}

/** The quiet hours that begin on a day; minutes of it. */
function hoursOn(
  day: DateTime,
  { quiet_hours, quiet_days }: Preferences,
): { start: number; end: number } | null {
  const weekday = must(WEEKDAYS[day.weekday - 1], "weekday");
  const hours = weekday in quiet_days ? (quiet_days[weekday] ?? null) : quiet_hours;
  return hours === null ? null : { start: minutes(hours.start), end: minutes(hours.end) };
}

/** Hour 24 is the midnight at the day's end. */
const at = (day: DateTime, minute: number): DateTime =>
  day.set({ hour: Math.floor(minute / 60), minute: minute % 60, second: 0, millisecond: 0 });

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}
