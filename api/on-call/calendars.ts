import { setTimeout as delay } from "node:timers/promises";
import ical from "ical-generator";
import type { Knex } from "knex";
import { shiftsBetween } from "../../on-call/schedule.ts";
import { actAs, switchActor } from "../../store/db/knex.ts";
import { ScheduleRow } from "../../store/models/Schedule.ts";
import { namesOf, withOverrides } from "../../store/people/on-call.ts";
import { notFound } from "../http/errors.ts";
import { createOneByOne } from "../middleware/one-by-one.ts";

const DAY = 86_400_000;
/** What a calendar shows before and after today, by UTC: shifts that are cut off at its ends are read under the same ids all day. */
const PAST = 7 * DAY;
const AHEAD = 56 * DAY;
/** Calendars that are made or wait on a node. */
const MOST_WAITING = 8;
/** For each moment in which a calendar is made, so many go to everything else: whoever has an address may read it, without signing in. */
const SHARE = 4;
/** How soon a calendar program had better read again; s. */
const TTL = 900;

/** Schedules as iCalendar, by the hash of their feed's token; a node makes one after the other, and rests between them. One address fills no more than one place. */
export function createCalendars(knex: Knex) {
  const oneByOne = createOneByOne(MOST_WAITING);
  /** Those in the making, by the hash: whoever asks meanwhile gets the same one. */
  const making = new Map<string, Promise<string>>();
  /** @throws Problem 404; Throttled where too many wait */
  return function calendarOf(hash: string): Promise<string> {
    const made =
      making.get(hash) ??
      oneByOne("calendars", async () => {
        const found = await read(knex, hash);
        return await slowly(() => write(found));
      }).finally(() => making.delete(hash));
    making.set(hash, made);
    return made;
  };
}

async function slowly<T>(work: () => T): Promise<T> {
  const began = performance.now();
  const result = work();
  await delay(SHARE * (performance.now() - began));
  return result;
}

type Found = Awaited<ReturnType<typeof read>>;

function read(knex: Knex, hash: string) {
  return actAs(knex, `feed:${hash}`, async (trx) => {
    const row = await ScheduleRow.query(trx)
      .whereNull("deleted_at")
      .where({ feed_hash: Buffer.from(hash, "hex") })
      .first();
    if (row === undefined) throw notFound();
    await switchActor(trx, `schedule:${row.id}`);
    const today = Math.floor(Date.now() / DAY) * DAY;
    const [from, to] = [new Date(today - PAST), new Date(today + DAY + AHEAD)];
    const schedule = await withOverrides(trx, row, from, to);
    return { row, schedule, from, to, names: await namesOf(trx, `schedule:${row.id}`, row.id) };
  });
}

function write({ row, schedule, from, to, names }: Found): string {
  const calendar = ical({ name: row.name, ttl: TTL });
  for (const { from: start, to: end, person, layer } of shiftsBetween(schedule, from, to))
    if (person !== null)
      calendar.createEvent({
        id: `${row.id}-${start.getTime()}`,
        start,
        end,
        summary: names.get(person) ?? person,
        description: layer ?? "Override",
      });
  return calendar.toString();
}
