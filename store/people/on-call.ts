import type { Turn } from "../../on-call/layer.ts";
import { onCallAt, type Schedule } from "../../on-call/schedule.ts";
import { LOCK_SPACES } from "../db/locks.ts";
import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { CalendarShift } from "../models/Calendar.ts";
import { OnCallRole, ScheduleOverride, ScheduleRow } from "../models/Schedule.ts";
import { User } from "../models/User.ts";

/** Who has an on-call role at a moment. */
export interface OnCall {
  role: string;
  /** The schedule that the role goes by. */
  scheduleId: string;
  /** Null: nobody who can be reached. */
  person: { id: string; name: string } | null;
  /** The layer that has them; null for an override, a gap and a fallback. */
  layer: string | null;
  /** Nobody who can be reached has their turn: where there is somebody, it is the fallback. */
  gap: boolean;
}

/** Roles that are asked for one: itself, and those that are the fallback of another. */
export const MOST_ASKED = 5;

/** A schedule with the overrides and the calendar's turns that touch a while. */
export async function withOverrides(
  trx: Transaction,
  row: ScheduleRow,
  from: Date,
  to: Date,
): Promise<Schedule> {
  const rows = await ScheduleOverride.query(trx)
    .where({ schedule_id: row.id })
    .whereNull("deleted_at")
    .where("ends_at", ">", from)
    .where("starts_at", "<=", to)
    .orderBy([
      { column: "created_at", order: "desc" },
      { column: "id", order: "desc" },
    ]);
  const overrides = rows.map(({ user_id, starts_at, ends_at }) => ({
    person: user_id,
    from: starts_at,
    to: ends_at,
  }));
  const calendar = await calendarTurns(trx, row.id, from, to);
  return { zone: row.zone, calendar, layers: row.layers, overrides };
}

/** The turns of a schedule's calendar that touch a while, in order. */
async function calendarTurns(trx: Transaction, scheduleId: string, from: Date, to: Date): Promise<Turn[]> {
  const rows = await CalendarShift.query(trx)
    .where({ schedule_id: scheduleId })
    .where("ends_at", ">", from)
    .where("starts_at", "<=", to)
    .orderBy("starts_at");
  return rows.map(({ user_id, starts_at, ends_at }) => ({
    person: user_id,
    from: starts_at.getTime(),
    to: ends_at.getTime(),
  }));
}

/**
 * Who has an on-call role of a territory at a moment; null where there is no such role. Somebody who is no active person of the
 * territory counts as a gap, and a gap is the fallback's at once: of a role, whoever has that one, its own fallback included; five roles
 * at most are asked so.
 * @param actor who asks, and acts again afterwards
 * @param at null for now, by PostgreSQL's clock
 */
export async function onCallOf(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  role: string,
  at: Date | null,
): Promise<OnCall | null> {
  const moment = at ?? (await now(trx));
  const asked = new Set<string>();
  let found: OnCall | null = null;
  for (let next: string | null = role; next !== null && !asked.has(next) && asked.size < MOST_ASKED;) {
    asked.add(next);
    const row = await scheduleOf(trx, territoryId, next);
    if (row === undefined) break;
    const turn = onCallAt(await withOverrides(trx, row, moment, moment), moment);
    const fallback = row.fallback !== null && "user_id" in row.fallback ? row.fallback.user_id : null;
    found ??= { role, scheduleId: row.id, person: null, layer: null, gap: true };
    const [own = null, instead = null] = await reachable(trx, actor, row.id, [turn.person, fallback]);
    const first = asked.size === 1;
    if (own !== null) return { ...found, person: own, layer: first ? turn.layer : null, gap: !first };
    if (instead !== null) return { ...found, person: instead };
    next = row.fallback !== null && "role" in row.fallback ? row.fallback.role : null;
  }
  return found;
}

/** Has changes of who takes which turn of a schedule come one after the other, until the transaction ends. */
export async function lockSchedule(trx: Transaction, scheduleId: string): Promise<void> {
  await trx.raw("SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", [scheduleId, LOCK_SPACES.schedule]);
}

async function now(trx: Transaction): Promise<Date> {
  const { rows } = await trx.raw("SELECT clock_timestamp() AS now");
  return rows[0].now;
}

/** Each of some people, null where notifications can't reach them. */
async function reachable(
  trx: Transaction,
  actor: Actor,
  scheduleId: string,
  people: (string | null)[],
): Promise<({ id: string; name: string } | null)[]> {
  const asked = people.filter((id) => id !== null);
  const active = asked.length === 0 ? new Map() : await activeAmong(trx, actor, scheduleId, asked);
  return people.map((id) => (id !== null && active.has(id) ? { id, name: active.get(id) } : null));
}

async function scheduleOf(
  trx: Transaction,
  territory_id: string,
  role: string,
): Promise<ScheduleRow | undefined> {
  return await ScheduleRow.query(trx)
    .whereNull("deleted_at")
    .whereIn(
      "id",
      OnCallRole.query(trx).where({ territory_id, role }).whereNull("deleted_at").select("schedule_id"),
    )
    .first();
}

/**
 * Those of some people whom notifications of a schedule's territory may reach, with their names.
 * @param actor who asks, and acts again afterwards
 */
export async function activeAmong(
  trx: Transaction,
  actor: Actor,
  scheduleId: string,
  people: string[],
): Promise<Map<string, string>> {
  await switchActor(trx, `schedule:${scheduleId}`);
  const found = await User.query(trx)
    .select("id", "name")
    .whereIn("id", people)
    .whereRaw("is_active(users.id, schedule_territory())");
  await switchActor(trx, actor);
  return new Map(found.map(({ id, name }) => [id, name]));
}

/** The names of a schedule's people, by id. @param actor who asks, and acts again afterwards */
export async function namesOf(
  trx: Transaction,
  actor: Actor,
  scheduleId: string,
): Promise<Map<string, string>> {
  await switchActor(trx, `schedule:${scheduleId}`);
  const people = await User.query(trx).select("id", "name");
  await switchActor(trx, actor);
  return new Map(people.map(({ id, name }) => [id, name]));
}
