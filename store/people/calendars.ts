import { createHash } from "node:crypto";
import { must } from "../../config/must.ts";
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
  /** Whom the titles of events mean. */
  titles: Record<string, string>;
}

/** Events that are kept to be shown, of those that make no shift. */
const MOST_UNKNOWN = 200;

/**
 * Says whose the events of a calendar are: active people of the schedule's territory.
 * @param actor who asks, and acts again afterwards
 * @param before whom titles meant when the calendar was read before: they go on meaning them, and nobody once those are gone. Names change
 *   hands, by a directory too, and whoever is given a colleague's name is not to have their turns by it
 */
export async function placeReading(
  trx: Transaction,
  actor: Actor,
  scheduleId: string,
  { occurrences, unread }: Reading,
  before: Record<string, string> = {},
): Promise<PlacedReading> {
  // An event that is repeated means the same people each time: it is looked at once.
  const whom = new Set(occurrences.map((one) => one.whom));
  const known = new Map(Object.entries(before));
  const people = { ...indexOf(await peopleNamed(trx, actor, scheduleId, whom, known)), known };
  const meant = new Map([...whom].map((one) => [one, personOf(one, people)]));
  const turns: Turn[] = [];
  const unknown = new Map<string, UnreadEvent>();
  for (const { from, to, uid, whom: one } of occurrences) {
    const found = must(meant.get(one), "people of an event");
    if (found.length === 1) turns.push(...found.map((person) => ({ from, to, person })));
    else {
      const why = found.length === 0 ? "person_unknown" : "several_people";
      const key = uid === "" ? `at ${from}` : `of ${uid}`;
      if (!unknown.has(key)) unknown.set(key, { uid, starts_at: new Date(from).toISOString(), why });
    }
  }
  return {
    turns: inOneRow(turns),
    unknown: [...unread, ...unknown.values()],
    titles: Object.fromEntries(titlesOf(whom, people)),
  };
}

type Named = Pick<User, "id" | "name" | "email" | "named_outside">;
type Whom = Occurrence["whom"];

/** People by what an event may call them. */
interface PeopleIndex {
  ids: Set<string>;
  named: Map<string, string[]>;
  emails: Map<string, string>;
  /** Whom titles meant before. */
  known: ReadonlyMap<string, string>;
}

function indexOf(people: Named[]): Omit<PeopleIndex, "known"> {
  const named = new Map<string, string[]>();
  for (const { id, name, named_outside } of people) {
    if (named_outside) continue;
    const ids = named.get(name) ?? [];
    ids.push(id);
    named.set(name, ids);
  }
  return {
    ids: new Set(people.map(({ id }) => id)),
    named,
    emails: new Map(people.map(({ id, email }) => [email, id])),
  };
}

/**
 * Whom an event means, by the first of these that it has: the id that it was given for Tocsin, those who attend, a title that is somebody's name
 * or id, who made it. Who attends is not guessed otherwise: where none of them is known, it is nobody's.
 */
function personOf(whom: Whom, people: PeopleIndex): string[] {
  const { user, emails, organizer } = whom;
  const byEmail = (addresses: string[]): string[] => [
    ...new Set(addresses.flatMap((address) => people.emails.get(foldEmail(address) ?? "") ?? [])),
  ];
  if (user !== null) return byId(user, people);
  if (emails.length > 0) return byEmail(emails);
  const title = titleOf(whom);
  const titled = title === null ? [] : byTitle(title, people);
  const isKnown = title !== null && people.known.has(title);
  return titled.length > 0 || isKnown || organizer === null ? titled : byEmail([organizer]);
}

const byId = (id: string, { ids }: Pick<PeopleIndex, "ids">): string[] => (ids.has(id) ? [id] : []);

/** The title by which an event means somebody; null where it says that otherwise. */
const titleOf = ({ user, emails, summary }: Whom): string | null =>
  user === null && emails.length === 0 ? summary : null;

/** Whom a title means: as before, or by a name or id. */
function byTitle(title: string, people: PeopleIndex): string[] {
  const before = people.known.get(title);
  if (before !== undefined) return byId(before, people);
  return [...new Set([...byId(title, people), ...(people.named.get(title) ?? [])])];
}

/** Whom each title means that means one person, or did before. */
function titlesOf(whom: Set<Whom>, people: PeopleIndex): [string, string][] {
  const titles = new Set([...whom].flatMap((one) => titleOf(one) ?? []));
  return [...titles].flatMap((title): [string, string][] => {
    const [person, another] = [people.known.get(title) ?? byTitle(title, people)].flat();
    return person !== undefined && another === undefined ? [[title, person]] : [];
  });
}

/** The active people whom any of the events may mean, or titles meant before. */
async function peopleNamed(
  trx: Transaction,
  actor: Actor,
  scheduleId: string,
  whom: Set<Whom>,
  known: ReadonlyMap<string, string>,
): Promise<Named[]> {
  const all = [...whom];
  const texts = [
    ...new Set([
      ...all.flatMap(({ user, summary }) => [user ?? [], summary ?? []].flat()),
      ...known.values(),
    ]),
  ];
  const addresses = new Set(all.flatMap(({ emails, organizer }) => [...emails, organizer ?? []].flat()));
  const emails = [...addresses].flatMap((address) => foldEmail(address) ?? []);
  await switchActor(trx, `schedule:${scheduleId}`);
  const found = await User.query(trx)
    .select("id", "name", "email", "named_outside")
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
export const rowOf = ({ turns, unknown, titles }: PlacedReading) => ({
  titles,
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
