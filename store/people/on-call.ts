import { must } from "../../config/must.ts";
import { onCallAt, type Schedule } from "../../on-call/schedule.ts";
import { nowOf } from "../db/clock.ts";
import { LOCK_SPACES } from "../db/locks.ts";
import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { CalendarShift } from "../models/Calendar.ts";
import { type Fallback, OnCallRole, ScheduleOverride, ScheduleRow } from "../models/Schedule.ts";
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
  return must((await eachWithOverrides(trx, [row], from, to)).get(row.id), "the schedule asked for");
}

/** Schedules, by their ids, with the overrides and the calendars' turns that touch a while. */
async function eachWithOverrides(
  trx: Transaction,
  rows: Turns[],
  from: Date,
  to: Date,
): Promise<Map<string, Schedule>> {
  const ids = rows.map(({ id }) => id);
  const overrides = await ScheduleOverride.query(trx)
    .whereIn("schedule_id", ids)
    .whereNull("deleted_at")
    .where("ends_at", ">", from)
    .where("starts_at", "<=", to)
    .orderBy([
      { column: "created_at", order: "desc" },
      { column: "id", order: "desc" },
    ]);
  const turns = await CalendarShift.query(trx)
    .whereIn("schedule_id", ids)
    .where("ends_at", ">", from)
    .where("starts_at", "<=", to)
    .orderBy("starts_at");
  const overridesBy = Map.groupBy(overrides, ({ schedule_id }) => schedule_id);
  const turnsBy = Map.groupBy(turns, ({ schedule_id }) => schedule_id);
  return new Map(
    rows.map(({ id, zone, layers }) => [
      id,
      {
        zone,
        layers,
        calendar: (turnsBy.get(id) ?? []).map(({ user_id, starts_at, ends_at }) => ({
          ...{ person: user_id, from: starts_at.getTime(), to: ends_at.getTime() },
        })),
        overrides: (overridesBy.get(id) ?? []).map(({ user_id, starts_at, ends_at }) => ({
          ...{ person: user_id, from: starts_at, to: ends_at },
        })),
      },
    ]),
  );
}

/**
 * Who has an on-call role of a territory at a moment; null where there is no such role.
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
  return (await onCallOfEach(trx, actor, territoryId, [role], at)).get(role) ?? null;
}

/** A role for which another one may be asked: itself, or the fallback of the one before. */
interface Search {
  role: string;
  next: string;
  asked: ReadonlySet<string>;
}

/**
 * Who has each of some on-call roles of a territory at a moment; none where there is no such role. Somebody who is no active person of the
 * territory counts as a gap, and a gap is the fallback's at once: of a role, whoever has that one, its own fallback included; five roles
 * at most are asked so. However many roles there are, each step asks for all of them by the same few statements.
 * @param actor who asks, and acts again afterwards
 * @param at null for now, by PostgreSQL's clock
 */
export async function onCallOfEach(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  roles: readonly string[],
  at: Date | null,
): Promise<Map<string, OnCall>> {
  const moment = at ?? (await nowOf(trx));
  return await withFallbacks(roles, (asked) => stepsOf(trx, actor, territoryId, asked, moment));
}

/** Who has each of some on-call roles, their fallbacks followed. */
async function withFallbacks(
  roles: readonly string[],
  look: (roles: string[]) => Promise<Map<string, Step>>,
): Promise<Map<string, OnCall>> {
  const found = new Map<string, OnCall>();
  let open: Search[] = [...new Set(roles)].map((role) => ({ role, next: role, asked: new Set([role]) }));
  while (open.length > 0) {
    const stepOf = await look(open.map(({ next }) => next));
    open = open.flatMap(({ role, next, asked }) => {
      const step = stepOf.get(next);
      if (step === undefined) return [];
      const first = asked.size === 1;
      const { scheduleId, own, instead, layer, fallback } = step;
      const gap = found.get(role) ?? { role, scheduleId, person: null, layer: null, gap: true };
      if (own !== null) found.set(role, { ...gap, person: own, layer: first ? layer : null, gap: !first });
      else found.set(role, { ...gap, person: instead });
      const isDone = own !== null || instead !== null || fallback === null;
      if (isDone || asked.has(fallback) || asked.size >= MOST_ASKED) return [];
      return [{ role, next: fallback, asked: new Set([...asked, fallback]) }];
    });
  }
  return found;
}

/** What the schedule of a role says at a moment. */
interface Step {
  scheduleId: string;
  /** Whose turn it is, and who is told in a gap; null where notifications can't reach them. */
  own: OnCall["person"];
  instead: OnCall["person"];
  layer: string | null;
  /** The role that is asked in a gap. */
  fallback: string | null;
}

/** What the schedules of some roles say, by role. */
async function stepsOf(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  roles: string[],
  moment: Date,
): Promise<Map<string, Step>> {
  const rowOf = await schedulesOf(trx, territoryId, roles);
  const rows = [...new Map([...rowOf.values()].map((row) => [row.id, row])).values()];
  const [first] = rows;
  if (first === undefined) return new Map();
  const schedules = await eachWithOverrides(trx, rows, moment, moment);
  const turns = turnsAt(rowOf, schedules, moment);
  const people = turns.flatMap(({ turn, user }) => [turn.person, user]).filter((id) => id !== null);
  // All are of one territory, whose people each of its schedules sees.
  const names = people.length === 0 ? new Map() : await activeAmong(trx, actor, first.id, people);
  return reached(turns, names);
}

/** Whose turn it is in the schedules of some roles, and who stands behind them. */
const turnsAt = (rowOf: Map<string, Turns>, schedules: Map<string, Schedule>, moment: Date) =>
  [...rowOf].map(([role, { id, fallback }]) => {
    const turn = onCallAt(must(schedules.get(id), "the schedule asked for"), moment);
    return { role, id, turn, ...split(fallback) };
  });

/** @param names of those whom notifications can reach, by their ids */
function reached(turns: ReturnType<typeof turnsAt>, names: Map<string, string>): Map<string, Step> {
  const reachable = (id: string | null): OnCall["person"] => {
    const name = id === null ? undefined : names.get(id);
    return id === null || name === undefined ? null : { id, name };
  };
  return new Map(
    turns.map(({ role, id, turn, user, fallback }) => [
      role,
      {
        ...{ scheduleId: id, own: reachable(turn.person), instead: reachable(user) },
        ...{ layer: turn.layer, fallback },
      },
    ]),
  );
}

/** What of a schedule says whose turn it is. */
type Turns = Pick<ScheduleRow, "id" | "zone" | "layers" | "fallback">;

/** Answers who has on-call roles of a territory, at any moment of a while. */
export type OnCallBook = (roles: readonly string[], at: Date) => Promise<Map<string, OnCall>>;

/**
 * Reads all schedules of a territory for a while, as they are today: who is on call is asked of that as often as one likes, and is found as `onCallOfEach` does.
 * @param actor who asks, and acts again afterwards
 * @param changed what a schedule says in place of itself
 */
export async function readOnCall(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  { from, to }: { from: Date; to: Date },
  changed: (row: Turns) => Turns = (row) => row,
): Promise<OnCallBook> {
  const kept = await schedulesOf(trx, territoryId, null);
  const rowOf = new Map([...kept].map(([role, row]) => [role, changed(row)]));
  const rows = [...new Map([...rowOf.values()].map((row) => [row.id, row])).values()];
  const [first] = rows;
  if (first === undefined) return () => Promise.resolve(new Map());
  const schedules = await eachWithOverrides(trx, rows, from, to);
  const people = [
    ...rows.flatMap(({ layers, fallback }) => [
      ...layers.flatMap((layer) => layer.people),
      split(fallback).user,
    ]),
    ...[...schedules.values()].flatMap(({ calendar, overrides }) =>
      [...calendar, ...overrides].map(({ person }) => person),
    ),
  ].filter((id) => id !== null);
  const names = await activeAmong(trx, actor, first.id, [...new Set(people)]);
  return (roles, at) =>
    withFallbacks(roles, (asked) => {
      const of = new Map([...rowOf].filter(([role]) => asked.includes(role)));
      return Promise.resolve(reached(turnsAt(of, schedules, at), names));
    });
}

const split = (fallback: Fallback | null): { user: string | null; fallback: string | null } => ({
  user: fallback !== null && "user_id" in fallback ? fallback.user_id : null,
  fallback: fallback !== null && "role" in fallback ? fallback.role : null,
});

/** Has changes of who takes which turn of a schedule come one after the other, until the transaction ends. */
export async function lockSchedule(trx: Transaction, scheduleId: string): Promise<void> {
  await trx.raw("SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", [scheduleId, LOCK_SPACES.schedule]);
}

/** The schedules that some roles go by, by role. @param roles null: all of the territory's */
async function schedulesOf(
  trx: Transaction,
  territory_id: string,
  roles: string[] | null,
): Promise<Map<string, ScheduleRow>> {
  const asked = OnCallRole.query(trx).where({ territory_id }).whereNull("deleted_at");
  if (roles !== null) void asked.whereIn("role", roles);
  const named = await asked;
  const rows = await ScheduleRow.query(trx)
    .whereNull("deleted_at")
    .whereIn(
      "id",
      named.map(({ schedule_id }) => schedule_id),
    );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return new Map(
    named.flatMap(({ role, schedule_id }) => {
      const row = byId.get(schedule_id);
      return row === undefined ? [] : [[role, row] as const];
    }),
  );
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
