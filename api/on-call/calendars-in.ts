import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { bareHost } from "../../channels/hosts.ts";
import type { FetchCalendar, Validators } from "../../node/calendars/fetch.ts";
import { CALENDAR_FAULTS, CalendarError } from "../../on-call/calendar/error.ts";
import type { Reading, UnreadEvent } from "../../on-call/calendar/read.ts";
import { readInThread } from "../../on-call/calendar/thread.ts";
import { calendarAddressFor, type Vault } from "../../store/crypto/vault.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { ScheduleCalendar } from "../../store/models/Calendar.ts";
import { keepTurns, placeReading, rowOf } from "../../store/people/calendars.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, type Fault, invalid, notFound, type Problem } from "../http/errors.ts";
import { onRecord } from "../middleware/on-record.ts";
import { findOne, lockOne, supervise } from "./schedules.ts";

const DAY = 86_400_000;
/** What of a calendar is read, from a moment before now to one after it; ms. */
const PAST = 7 * DAY;
const AHEAD = 366 * DAY;
/** How often an address is read; ms. */
export const READ_EVERY = 15 * 60_000;

/** What a calendar was read for, and what came of it. */
export interface Made {
  shifts: number;
  readsUntil: Date;
  unknown: UnreadEvent[];
}

/**
 * The calendars that schedules go by, as supervisors keep them. Each act goes on record, refused ones too; of an address its host alone.
 * @throws Problem 403, 404, 409 where the schedule's zone changes meanwhile, 422 for a calendar that can't be read or has no shift
 */
export interface CalendarsIn {
  /** Reads a file once, in place of what was read before. */
  importFile(person: SignedInPerson, id: string, text: string): Promise<Made>;
  /** Reads an address now, and every 15 minutes from now on. */
  subscribe(person: SignedInPerson, id: string, url: string): Promise<Made>;
  end(person: SignedInPerson, id: string): Promise<void>;
  find(person: SignedInPerson, id: string): Promise<ScheduleCalendar>;
}

export interface CalendarsInDeps {
  knex: Knex;
  vault: Vault;
  privateHosts: string[];
  fetchCalendar: FetchCalendar;
}

/** The moments between which a calendar is read now. */
export const span = (now = Date.now()): { from: number; to: number } => ({
  from: now - PAST,
  to: now + AHEAD,
});

export function createCalendarsIn({
  knex,
  vault,
  privateHosts,
  fetchCalendar,
}: CalendarsInDeps): CalendarsIn {
  const inside = new Set(privateHosts.map(bareHost));

  /** What a supervisor's calendar says, read while no transaction is open. @throws Problem */
  async function prepare(
    { userId }: SignedInPerson,
    id: string,
    read: (zone: string, while_: { from: number; to: number }) => Promise<Read>,
  ): Promise<Prepared> {
    const zone = await actAs(knex, `user:${userId}`, async (trx) => {
      const row = await findOne(trx, id);
      await supervise(trx, { userId }, row.territory_id);
      return row.zone;
    });
    const asked = span();
    try {
      return { ...(await read(zone, asked)), zone, to: asked.to };
    } catch (error) {
      if (!(error instanceof CalendarError)) throw error;
      throw invalid([{ path: "", message: CALENDAR_FAULTS[error.fault] }]);
    }
  }

  const keep = (
    person: SignedInPerson,
    id: string,
    action: "schedule.import" | "schedule.subscribe",
    prepared: Promise<Prepared>,
  ): Promise<Made> =>
    prepared.then(
      (read) => onRecord(knex, person, action, (trx) => replace(trx, person, id, read, vault)),
      // A refusal goes on record as one of the act does.
      (error: unknown) => onRecord(knex, person, action, () => Promise.reject(error)),
    );

  return {
    importFile: (person, id, text) =>
      keep(
        person,
        id,
        "schedule.import",
        prepare(person, id, async (zone, { from, to }) => ({
          ...FILE,
          reading: await readInThread({ text, zone, from, to }),
        })),
      ),

    subscribe: (person, id, url) =>
      keep(
        person,
        id,
        "schedule.subscribe",
        prepare(person, id, async (zone, { from, to }) => {
          const { protocol, host, hostname } = new URL(url);
          if (protocol !== "https:" && !inside.has(bareHost(hostname)))
            throw invalid([
              { path: "/url", message: "must be https, unless CHANNEL_PRIVATE_HOSTS has the host" },
            ]);
          const found = await fetchCalendar(url);
          if (found.kind !== "read")
            throw invalid([
              { path: "/url", message: `can't be read: ${found.kind === "same" ? "http_304" : found.code}` },
            ]);
          const { text, etag, last_modified } = found;
          const reading = await readInThread({ text, zone, from, to });
          return { reading, etag, last_modified, address: { url, host } };
        }),
      ),

    end: async (person, id) => {
      await onRecord(knex, person, "schedule.end_calendar", async (trx) => {
        const { territory_id } = await lockOne(trx, person, id);
        const ended = await ScheduleCalendar.query(trx).where({ schedule_id: id }).delete();
        if (ended === 0) throw notFound();
        return { result: undefined, event: { territoryId: territory_id, objectId: id } };
      });
    },

    find: (person, id) =>
      actAs(knex, `user:${person.userId}`, async (trx) => {
        const { territory_id } = await findOne(trx, id);
        await supervise(trx, person, territory_id);
        const found = await ScheduleCalendar.query(trx).findOne({ schedule_id: id });
        if (found === undefined) throw notFound();
        return found;
      }),
  };
}

/** A calendar that was read, and where it is from. */
interface Read extends Validators {
  reading: Reading;
  /** Null: a file. */
  address: { url: string; host: string } | null;
}

interface Prepared extends Read {
  /** The zone that it was read in. */
  zone: string;
  to: number;
}

const FILE = { etag: null, last_modified: null, address: null };

/** Has a reading take the place of the calendar before. */
async function replace(
  trx: Transaction,
  person: SignedInPerson,
  id: string,
  { reading, address, zone, to, etag, last_modified }: Prepared,
  vault: Vault,
) {
  const { territory_id, ...row } = await lockOne(trx, person, id);
  if (row.zone !== zone) throw conflict("The schedule's zone has changed meanwhile; try again.");
  const placed = await placeReading(trx, `user:${person.userId}`, id, reading);
  const { turns, unknown } = placed;
  if (turns.length === 0) throw noShifts(unknown);
  await ScheduleCalendar.query(trx).where({ schedule_id: id }).delete();
  const calendar = { id: uuidv7(), schedule_id: id, territory_id };
  const url = Buffer.from(address?.url ?? "");
  const sealed = address === null ? {} : vault.seal(url, calendarAddressFor(calendar));
  const reads_until = new Date(to);
  const next_read_at = address === null ? null : new Date(Date.now() + READ_EVERY);
  const host = address?.host ?? null;
  await ScheduleCalendar.query(trx).insert({
    ...calendar,
    ...sealed,
    ...rowOf(placed),
    ...{ host, etag, last_modified, reads_until, next_read_at },
  });
  await keepTurns(trx, calendar, turns);
  const counts = { shifts: turns.length, unknown: unknown.length };
  const payload = { ...counts, host, digest: rowOf(placed).digest.toString("hex") };
  const result: Made = { shifts: turns.length, readsUntil: reads_until, unknown };
  return { result, event: { territoryId: territory_id, objectId: id, payload } };
}

/** What nobody has a shift by takes the place of nothing. */
function noShifts(unknown: UnreadEvent[]): Problem {
  const faults = unknown.map(({ uid, starts_at, why }): Fault => ({
    path: "",
    message: `the event ${JSON.stringify(uid)} of ${starts_at} makes no shift: ${why}`,
  }));
  return invalid([{ path: "", message: CALENDAR_FAULTS.no_shifts }, ...faults]);
}
