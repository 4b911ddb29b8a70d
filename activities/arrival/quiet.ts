import { DateTime } from "luxon";
import { zoneOf } from "../../on-call/zone.ts";
import type { Preferences } from "../../store/people/preferences.ts";

/**
 * The end of the quiet hours that `now` falls into, or null outside of them. Hours are wall-clock hours of the
 * person's time zone: a night in which the clocks change is an hour shorter or longer, and ends when the clock says so.
 * An end that the clocks skip is the moment after the skip.
 */
export function quietUntil(now: Date, { quiet_hours, time_zone }: Preferences): Date | null {
  if (quiet_hours === null) return null;
  const [start, end] = [minutes(quiet_hours.start), minutes(quiet_hours.end)];
  const local = DateTime.fromJSDate(now, { zone: zoneOf(time_zone) });
  const clock = local.hour * 60 + local.minute;
  const overnight = start > end;
  const quiet = overnight ? clock >= start || clock < end : clock >= start && clock < end;
  if (!quiet) return null;
  const day = overnight && clock >= start ? local.plus({ days: 1 }) : local;
  return day.set({ hour: Math.floor(end / 60), minute: end % 60, second: 0, millisecond: 0 }).toJSDate();
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}
