import { createHash } from "node:crypto";
import type { Occurrence, Reading, UnreadEvent } from "../../on-call/calendar/read.ts";
import { inOneRow } from "../../on-call/calendar/turns.ts";
import type { Turn } from "../../on-call/layer.ts";
import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { CalendarShift, type ScheduleCalendar } from "../models/Calendar.ts";
import { User } from "../models/User.ts";
import { foldEmail } from "./email.ts";

/** A reading of a calendar whose events are people's. */
export interface PlacedReading {
  turns: Turn[];
  /** The events that make no shift, each once. */
  unknown: UnreadEvent[];
}

/** Events that are kept to be shown, of those that make no shift. */
const MOST_UNKNOWN = 200;

/**
 * Says whose the events of a calendar are: active people of the schedule's territory.
 * @param actor who asks, and acts again afterwards
 */
export async function placeReading(
  trx: Transaction,
  actor: Actor,
  scheduleId: string,
  { occurrences, unread }: Reading,
): Promise<PlacedReading> {
  const people = await peopleNamed(trx, actor, scheduleId, occurrences);
  const turns: Turn[] = [];
  const unknown = new Map<string, UnreadEvent>();
  for (const { from, to, uid, whom } of occurrences) {
    const found = personOf(whom, people);
    if (found.length === 1) turns.push(...found.map((person) => ({ from, to, person })));
    else {
      const why = found.length === 0 ? "person_unknown" : "several_people";
      const key = uid === "" ? `at ${from}` : `of ${uid}`;
      if (!unknown.has(key)) unknown.set(key, { uid, starts_at: new Date(from).toISOString(), why });
    }
  }
  return { turns: inOneRow(turns), unknown: [...unread, ...unknown.values()] };
}

type Named = Pick<User, "id" | "name" | "email">;

/**
 * Whom an event means, by the first of these that it has: the id that it was given for Tocsin, those who attend, a title that is somebody's name
 * or id, who made it. Who attends is not guessed otherwise: where none of them is known, it is nobody's.
 */
function personOf({ user, emails, organizer, summary }: Occurrence["whom"], people: Named[]): string[] {
  const ids = (is: (one: Named) => boolean): string[] => people.filter(is).map(({ id }) => id);
  const byEmail = (addresses: string[]): string[] => {
    const folded = new Set(addresses.map(foldEmail));
    return ids(({ email }) => folded.has(email));
  };
  if (user !== null) return ids(({ id }) => id === user);
  if (emails.length > 0) return byEmail(emails);
  const named = summary === null ? [] : ids(({ id, name }) => id === summary || name === summary);
  return named.length > 0 || organizer === null ? named : byEmail([organizer]);
}

/** The active people whom any of the events may mean. */
async function peopleNamed(
  trx: Transaction,
  actor: Actor,
  scheduleId: string,
  occurrences: Occurrence[],
): Promise<Named[]> {
  const whom = occurrences.map((one) => one.whom);
  const texts = [...new Set(whom.flatMap(({ user, summary }) => [user ?? [], summary ?? []].flat()))];
  const addresses = new Set(whom.flatMap(({ emails, organizer }) => [...emails, organizer ?? []].flat()));
  const emails = [...addresses].flatMap((address) => foldEmail(address) ?? []);
  await switchActor(trx, `schedule:${scheduleId}`);
  const found = await User.query(trx)
    .select("id", "name", "email")
    .whereRaw("(id = ANY (?::text[]) OR name = ANY (?::text[]) OR email = ANY (?::text[]))", [
      texts,
      texts,
      emails,
    ])
    .whereRaw("is_active(users.id, schedule_territory())");
  await switchActor(trx, actor);
  return found;
}

/** What of a reading its calendar's row says. */
export const rowOf = ({ turns, unknown }: PlacedReading) => ({
  digest: createHash("sha256").update(JSON.stringify(turns)).digest(),
  unknown_count: unknown.length,
  unknown: unknown.slice(0, MOST_UNKNOWN),
});

/** Has a reading's turns take the place of the ones before. */
export async function keepTurns(
  trx: Transaction,
  { id, schedule_id, territory_id }: Pick<ScheduleCalendar, "id" | "schedule_id" | "territory_id">,
  turns: Turn[],
): Promise<void> {
  await CalendarShift.query(trx).where({ calendar_id: id }).delete();
  await trx.raw(
    `INSERT INTO calendar_shifts (calendar_id, schedule_id, territory_id, user_id, starts_at, ends_at)
     SELECT ?, ?, ?, person, starts_at, ends_at
     FROM unnest(?::text[], ?::timestamptz[], ?::timestamptz[]) AS turns (person, starts_at, ends_at)`,
    [
      ...[id, schedule_id, territory_id],
      turns.map(({ person }) => person),
      turns.map(({ from }) => new Date(from)),
      turns.map(({ to }) => new Date(to)),
    ],
  );
}
