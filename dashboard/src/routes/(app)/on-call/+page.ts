import { serverTime } from "#lib/server-time.ts";
import { error } from "@sveltejs/kit";
import {
  allRoles,
  allSchedules,
  getCalendar,
  getOnCall,
  getOverrides,
  getShifts,
  getSwaps,
} from "#lib/api/on-call.ts";
import type { Calendar, Override, Schedule, Shifts, Swap } from "#lib/api/on-call.ts";
import { allColleagues } from "#lib/api/availability.ts";
import { Problem } from "#lib/api/problem.ts";
import { needed } from "#lib/load.ts";
import { boundsOf, mondayOf, weekFrom } from "#lib/on-call/week.ts";
import type { PageLoad } from "./$types";

export const load: PageLoad = async ({ fetch, url, parent }) => {
  const { session } = await parent();
  const territories = [...new Map(session.memberships.map((one) => [one.territory_id, one])).values()];
  const [first] = territories;
  if (first === undefined) error(403, "Only the people of a territory see who is on call.");
  const asked = url.searchParams.get("territory");
  const territory = territories.find(({ territory_id }) => territory_id === asked) ?? first;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const week = weekFrom(url.searchParams.get("week")) ?? mondayOf(new Date(serverTime()), here);
  const supervises = session.memberships.some(
    ({ territory_id, role }) => territory_id === territory.territory_id && role === "supervisor",
  );
  return {
    territories,
    territory,
    week,
    now: await needed(getOnCall(territory.territory_id, fetch), url),
    schedules: await needed(withWeeks(territory.territory_id, week, supervises, fetch), url),
    supervises,
    roles: supervises ? await needed(allRoles(territory.territory_id, fetch), url) : [],
    colleagues: await needed(allColleagues([territory.territory_id], fetch), url),
  };
};

interface Kept extends Shifts {
  schedule: Schedule;
  overrides: Override[];
  swaps: Swap[];
  /** Events of its calendar that make no shift, as supervisors see them. */
  unknown: Calendar["unknown"];
}

/** None where the calendar has ended meanwhile. */
const unknownOf = ({ schedule_id }: Schedule, fetch: typeof globalThis.fetch): Promise<Calendar["unknown"]> =>
  getCalendar(schedule_id, fetch).then(
    ({ unknown }) => unknown,
    (): Calendar["unknown"] => [],
  );

/** Null where the schedule was deleted meanwhile. */
const unlessGone = (error: unknown): null => {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
};

/** A territory's schedules with a week of each: one after the other, as the API takes them. */
async function withWeeks(
  territory: string,
  week: string,
  supervises: boolean,
  fetch: typeof globalThis.fetch,
) {
  const found: Kept[] = [];
  for (const schedule of await allSchedules(territory, fetch)) {
    const kept = await withWeek(schedule, week, supervises, fetch).catch(unlessGone);
    if (kept !== null) found.push(kept);
  }
  return found;
}

async function withWeek(
  schedule: Schedule,
  week: string,
  supervises: boolean,
  fetch: typeof globalThis.fetch,
): Promise<Kept> {
  const bounds = boundsOf(week, schedule.zone);
  const [from, to] = [bounds[0] ?? new Date(serverTime()), bounds.at(-1) ?? new Date(serverTime())];
  const shifts = await getShifts(schedule.schedule_id, from, to, fetch);
  return {
    schedule,
    ...shifts,
    overrides: await getOverrides(schedule.schedule_id, fetch),
    swaps: await getSwaps(schedule.schedule_id, fetch),
    unknown: supervises && (schedule.calendar?.unknown ?? 0) > 0 ? await unknownOf(schedule, fetch) : [],
  };
}
