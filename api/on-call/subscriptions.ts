import type { Knex } from "knex";
import { failureCode } from "../../config/failure-code.ts";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { createSlots } from "../../config/slots.ts";
import type { FetchCalendar, Fetched } from "../../node/calendars/fetch.ts";
import { every, type Loop } from "../../node/every.ts";
import { CalendarError } from "../../on-call/calendar/error.ts";
import { readInThread } from "../../on-call/calendar/thread.ts";
import { record } from "../../store/audit/record.ts";
import { calendarAddressFor, type Vault } from "../../store/crypto/vault.ts";
import { actAs, isAway, type Transaction } from "../../store/db/knex.ts";
import { addressIn, ScheduleCalendar } from "../../store/models/Calendar.ts";
import { keepTurns, placeReading, rowOf } from "../../store/people/calendars.ts";
import { lockSchedule } from "../../store/people/on-call.ts";
import type { OwnSends } from "../notifications/own-sends.ts";
import { READ_EVERY, span } from "./calendars-in.ts";

/** How often a node looks for calendars that are due; ms. */
const EVERY = 60_000;
/** A source that says that nothing has changed is read as a whole all the same after this: people come and go, and time goes on; ms. */
const WHOLE_EVERY = 60 * 60_000;
/** How long a calendar fails before its supervisors are told; ms. */
const PATIENCE = 24 * 60 * 60_000;

export interface SubscriptionsDeps {
  knex: Knex;
  vault: Vault;
  fetchCalendar: FetchCalendar;
  ownSends: OwnSends;
  log: Logger;
}

/**
 * Reads the calendars of schedules again. Any number of nodes may run it: each calendar is read by one at a time. Telling of those that fail waits
 * for no source. `poke` reads what is due now.
 * @param ms how often a node looks
 */
export function startSubscriptions(deps: SubscriptionsDeps, ms = EVERY): Loop {
  const failed = (err: unknown): void =>
    deps.log.warn({ err }, "calendars could not be looked for; it is tried again");
  const reading = every(ms, (stopping) => readDue(deps, stopping), failed);
  const telling = every(ms, () => tellOfFailing(deps), failed);
  const stopping = new AbortController();
  let asked: Promise<void> = Promise.resolve();
  return {
    // Also beside a round: that may be waiting for its last source.
    poke: () => {
      asked = asked.then(() => readDue(deps, stopping.signal)).catch(failed);
    },
    stop: async () => {
      stopping.abort();
      await Promise.all([reading.stop(), telling.stop(), asked]);
    },
  };
}

/** A calendar that this node alone reads until its next turn, and the zone of its schedule. */
interface Due {
  calendar: ScheduleCalendar;
  zone: string;
}

/** Calendars that a node fetches at a time: of slow sources there have to be so many before another one waits. */
const AT_ONCE = 8;
/** A calendar has a thread to itself while it is read; other work needs the cores too. */
const inThread = createSlots(1);

/** Reads every calendar that is due. One that can't be read keeps what was read last; it holds up no other. */
export async function readDue(
  deps: Omit<SubscriptionsDeps, "ownSends">,
  stopping?: AbortSignal,
): Promise<void> {
  const lanes = Array.from({ length: AT_ONCE }, () => readInLane(deps, stopping));
  for (const lane of await Promise.allSettled(lanes)) if (lane.status === "rejected") throw lane.reason;
}

async function readInLane(
  deps: Omit<SubscriptionsDeps, "ownSends">,
  stopping: AbortSignal | undefined,
): Promise<void> {
  const { knex, log } = deps;
  for (let due = await claim(knex); due !== null; due = await claim(knex)) {
    const { calendar } = due;
    const schedule = calendar.schedule_id;
    try {
      const code = await readOne(deps, due);
      if (code !== null) {
        log.warn({ schedule, code }, "a schedule's calendar can't be read");
        await settle(knex, calendar, (trx, row) => fail(trx, row, code));
      }
    } catch (err) {
      if (isAway(err)) throw err;
      const code = failureCode(err);
      log.error({ err, schedule }, "reading a schedule's calendar failed");
      await settle(knex, calendar, (trx, row) => fail(trx, row, code));
    }
    if (stopping?.aborted === true) return;
  }
}

/** Takes the calendar that has been due longest, so that no other node reads it before it is due again. */
const claim = (knex: Knex): Promise<Due | null> =>
  actAs(knex, "calendars", async (trx) => {
    const calendar = await ScheduleCalendar.query(trx)
      .whereRaw("next_read_at <= clock_timestamp()")
      .orderBy("next_read_at")
      .limit(1)
      .forUpdate()
      .skipLocked()
      .first();
    if (calendar === undefined) return null;
    await ScheduleCalendar.query(trx)
      .findById(calendar.id)
      .patch({ next_read_at: new Date(Date.now() + READ_EVERY) });
    return { calendar, zone: await zoneOf(trx, calendar) };
  });

async function zoneOf(
  trx: Transaction,
  { schedule_id }: Pick<ScheduleCalendar, "schedule_id">,
): Promise<string> {
  const schedule = await trx("schedules").where({ id: schedule_id }).first<{ zone: string }>("zone");
  return must(schedule, "schedule").zone;
}

/** Reads one; answers a code where it can't be. */
async function readOne(
  { knex, vault, fetchCalendar }: Pick<SubscriptionsDeps, "knex" | "vault" | "fetchCalendar">,
  { calendar, zone }: Due,
): Promise<string | null> {
  const sealed = must(addressIn(calendar), "address");
  const url = vault.unseal(sealed, calendarAddressFor(calendar)).toString();
  const isStale = Date.now() - calendar.parsed_at.getTime() >= WHOLE_EVERY;
  const found = await fetchCalendar(url, isStale ? undefined : calendar);
  if (found.kind === "failed") return found.code;
  if (found.kind === "same") {
    // Nobody asked for a change only.
    if (isStale) return "http_304";
    await settle(knex, calendar, (trx, row) => succeed(trx, row, {}));
    return null;
  }
  return await keep(knex, calendar, zone, found);
}

/** Keeps what was read in place of what was read before, if somebody has a shift by it. */
async function keep(
  knex: Knex,
  calendar: ScheduleCalendar,
  zone: string,
  { text, etag, last_modified }: Extract<Fetched, { kind: "read" }>,
): Promise<string | null> {
  const { from, to } = span();
  const reading = await inThread(() => readInThread({ text, zone, from, to })).catch((error: unknown) => {
    if (error instanceof CalendarError) return error;
    throw error;
  });
  if (reading instanceof CalendarError) return reading.fault;
  return await settle(knex, calendar, async (trx, row) => {
    // It was read by the clock before: it is due again since the schedule was changed.
    if ((await zoneOf(trx, row)) !== zone) return null;
    const placed = await placeReading(trx, "calendars", row.schedule_id, reading, row.titles);
    // An empty calendar is a mistake of its source more often than it is meant.
    if (placed.turns.length === 0) return "no_shifts";
    const kept = rowOf(placed);
    if (!kept.digest.equals(row.digest)) {
      await keepTurns(trx, row, placed.turns);
      const counts = { shifts: placed.turns.length, unknown: placed.unknown.length };
      await note(trx, row, "schedule.read_calendar", "ok", {
        ...counts,
        digest: kept.digest.toString("hex"),
      });
    }
    const reads_until = new Date(to);
    await succeed(trx, row, { ...kept, etag, last_modified, reads_until, parsed_at: new Date() });
    return null;
  });
}

/** Goes on with a calendar that was claimed, unless another one has taken its place meanwhile. */
const settle = (
  knex: Knex,
  { id, schedule_id }: Pick<ScheduleCalendar, "id" | "schedule_id">,
  work: (trx: Transaction, row: ScheduleCalendar) => Promise<string | null>,
): Promise<string | null> =>
  actAs(knex, "calendars", async (trx) => {
    await lockSchedule(trx, schedule_id);
    const row = await ScheduleCalendar.query(trx).findById(id).forUpdate();
    return row === undefined ? null : await work(trx, row);
  });

async function succeed(
  trx: Transaction,
  { id }: ScheduleCalendar,
  kept: Partial<ScheduleCalendar>,
): Promise<null> {
  const over = { failing_since: null, failure: null, told_at: null };
  await ScheduleCalendar.query(trx)
    .findById(id)
    .patch({ ...kept, ...over, read_at: new Date() });
  return null;
}

async function fail(trx: Transaction, row: ScheduleCalendar, code: string): Promise<null> {
  const { id, failing_since } = row;
  await ScheduleCalendar.query(trx)
    .findById(id)
    .patch({ failure: code, failing_since: failing_since ?? new Date() });
  if (failing_since === null) await note(trx, row, "schedule.read_calendar", "failed", { code });
  return null;
}

const note = (
  trx: Transaction,
  { schedule_id, territory_id }: ScheduleCalendar,
  action: "schedule.read_calendar" | "schedule.calendar_notice",
  outcome: "ok" | "failed",
  payload: Record<string, string | number>,
): Promise<void> =>
  record(trx, "calendars", {
    ...{ action, outcome, payload },
    territoryId: territory_id,
    objectId: schedule_id,
  });

/** Tells the supervisors of each calendar that has not been read for a day: once, and again after a crash. */
export async function tellOfFailing({
  knex,
  ownSends,
}: Pick<SubscriptionsDeps, "knex" | "ownSends">): Promise<void> {
  const failing = await actAs(knex, "calendars", (trx) =>
    trx("schedule_calendars")
      .join("schedules", "schedules.id", "schedule_calendars.schedule_id")
      .whereNull("told_at")
      .where("failing_since", "<=", new Date(Date.now() - PATIENCE))
      .orderBy("failing_since")
      .limit(20)
      .select<Failing[]>(
        "schedule_calendars.id",
        "schedule_calendars.schedule_id",
        "schedule_calendars.territory_id",
        "schedules.name",
        // As text: a Date would lose the microseconds by which it is known again.
        trx.raw("failing_since::text AS since"),
      ),
  );
  for (const { id, schedule_id, territory_id, name, since } of failing) {
    await ownSends.tell({
      territoryId: territory_id,
      roles: ["supervisor"],
      title: "A schedule's calendar can't be read",
      message:
        `The calendar of the on-call schedule "${name}" could not be read for a day. ` +
        "Who is on call goes by what was read last. The page On call says what is wrong.",
      about: null,
      priority: "high",
      matter: `calendar ${id} ${since}`,
    });
    await settle(knex, { id, schedule_id }, async (trx, row) => {
      const told = await ScheduleCalendar.query(trx)
        .findById(id)
        .whereNull("told_at")
        .whereRaw("failing_since = ?::timestamptz", [since])
        .patch({ told_at: new Date() });
      if (told > 0) await note(trx, row, "schedule.calendar_notice", "ok", {});
      return null;
    });
  }
}

interface Failing {
  id: string;
  schedule_id: string;
  territory_id: string;
  name: string;
  since: string;
}
