import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { must } from "../../config/must.ts";
import type { Layer, Turn } from "../../on-call/layer.ts";
import { shiftsBetween, type Shift } from "../../on-call/schedule.ts";
import { hashOfSecret, type Tokens } from "../../store/crypto/tokens.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { ScheduleCalendar } from "../../store/models/Calendar.ts";
import { type Fallback, OnCallRole, ScheduleOverride, ScheduleRow } from "../../store/models/Schedule.ts";
import { activeAmong, lockSchedule, namesOf, withOverrides } from "../../store/people/on-call.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, type Fault, forbidden, invalid, notFound } from "../http/errors.ts";
import { inMilliseconds, placeInTime, toPage } from "../http/paging.ts";
import { onRecord } from "../middleware/on-record.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import type { NewOverride, NewSchedule, OfTerritory } from "./schema.ts";

/** A schedule with the roles that go by it, and the calendar that it goes by. */
export interface KeptSchedule {
  row: ScheduleRow;
  roles: string[];
  calendar: ScheduleCalendar | null;
}

/** A while of a schedule, with the names of its people. */
export interface NamedShifts {
  shifts: Shift[];
  /** Whoever has turns in its layers, in their order. */
  people: string[];
  names: Map<string, string>;
}

export interface NamedOverride {
  override: ScheduleOverride;
  name: string;
}

/**
 * Schedules, as the people of a territory see them and its supervisors keep them. Each act goes on record, refused ones too.
 * @throws Problem 403, 404 outside one's territories, 409, 422
 */
export interface Schedules {
  list(person: SignedInPerson, query: OfTerritory): Promise<{ items: KeptSchedule[]; next: string | null }>;
  find(person: SignedInPerson, id: string): Promise<KeptSchedule>;
  create(person: SignedInPerson, schedule: NewSchedule): Promise<KeptSchedule>;
  change(
    person: SignedInPerson,
    id: string,
    change: { [K in keyof Omit<NewSchedule, "territory_id">]?: NewSchedule[K] | undefined },
  ): Promise<KeptSchedule>;
  remove(person: SignedInPerson, id: string): Promise<void>;
  shifts(person: SignedInPerson, id: string, from: Date, to: Date): Promise<NamedShifts>;
  overrides(person: SignedInPerson, id: string): Promise<NamedOverride[]>;
  /** Somebody on call may give what is theirs, a supervisor any while. */
  override(person: SignedInPerson, id: string, override: NewOverride): Promise<NamedOverride>;
  takeBack(person: SignedInPerson, id: string, overrideId: string): Promise<void>;
  /** Makes the token by which calendars read it, in place of the one before. */
  openFeed(person: SignedInPerson, id: string): Promise<string>;
  closeFeed(person: SignedInPerson, id: string): Promise<void>;
}

const MOMENT = inMilliseconds("created_at");
/** Of a territory: each look at who is on call asks for all of them. */
const MOST_SCHEDULES = 200;
/** Overrides of a schedule that are not over; and those of them that somebody on call wrote, so that nobody takes all places. */
const MOST_OVERRIDES = 500;
const MOST_OWN_OVERRIDES = 50;
/** Overrides of a schedule that were not over so many days ago, which one look may show. */
const MOST_SHOWN_OVERRIDES = 2_000;
const SHOWN = 62 * 86_400_000;
/** What is over can't be given away: it would say that somebody else had been on call; ms. */
const LATE = 5 * 60_000;
const ONLY_SUPERVISORS = "Only supervisors can change schedules and on-call roles.";

export function createSchedules(knex: Knex, tokens: Tokens): Schedules {
  return {
    list: async ({ userId }, query) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const found = standing(trx);
        if (query.territory !== undefined) void found.where({ territory_id: query.territory });
        if (query.cursor !== undefined) {
          const { at, id } = query.cursor;
          void found.whereRaw(`(${MOMENT}, id) < (?, ?)`, [at, id]);
        }
        return await withRoles(trx, await found.orderByRaw(`${MOMENT} DESC, id DESC`).limit(query.limit + 1));
      });
      return toPage(rows, query.limit, ({ row }) => placeInTime(row));
    },

    find: ({ userId }, id) =>
      actAs(knex, `user:${userId}`, async (trx) => withRolesOf(trx, await findOne(trx, id))),

    create: (person, schedule) =>
      onRecord(knex, person, "schedule.create", async (trx) => {
        await supervise(trx, person, schedule.territory_id);
        await checkPeople(trx, schedule.territory_id, schedule);
        const { territory_id } = schedule;
        if ((await standing(trx).where({ territory_id }).resultSize()) >= MOST_SCHEDULES)
          throw conflict(`The territory has ${MOST_SCHEDULES} schedules already; delete some first.`);
        const row = await ScheduleRow.query(trx).insertAndFetch({ id: uuidv7(), ...schedule });
        return { result: { row, roles: [], calendar: null }, event: eventOf(row) };
      }),

    change: (person, id, { name, zone, layers, fallback }) =>
      onRecord(knex, person, "schedule.update", async (trx) => {
        const before = await lockOne(trx, person, id);
        await checkPeople(trx, before.territory_id, { layers, fallback });
        const row = await ScheduleRow.query(trx).patchAndFetchById(id, {
          ...(name === undefined ? {} : { name }),
          ...(zone === undefined ? {} : { zone }),
          ...(layers === undefined ? {} : { layers }),
          ...(fallback === undefined ? {} : { fallback }),
        });
        // Its days, and times without a zone, are meant by the schedule's clock.
        if (row.zone !== before.zone)
          await ScheduleCalendar.query(trx)
            .where({ schedule_id: id })
            .whereNotNull("next_read_at")
            .patch({ next_read_at: new Date(), etag: null, last_modified: null });
        return { result: await withRolesOf(trx, row), event: eventOf(row) };
      }),

    remove: async (person, id) => {
      await onRecord(knex, person, "schedule.delete", async (trx) => {
        const row = await lockOne(trx, person, id);
        const { roles } = await withRolesOf(trx, row);
        if (roles.length > 0) throw conflict(`These roles go by it: ${roles.join(", ")}. Move them first.`);
        await ScheduleRow.query(trx).findById(id).patch({ deleted_at: new Date(), feed_hash: null });
        await ScheduleCalendar.query(trx).where({ schedule_id: id }).delete();
        return { result: undefined, event: eventOf(row) };
      });
    },

    shifts: ({ userId }, id, from, to) =>
      actAs(knex, `user:${userId}`, async (trx) => {
        const row = await findOne(trx, id);
        const schedule = await withOverrides(trx, row, from, to);
        const shifts = shiftsBetween(schedule, from, to);
        const turns = [...row.layers.flatMap((layer) => layer.people), ...schedule.calendar.map(personOf)];
        const people = [...new Set(turns)];
        return { shifts, people, names: await namesOf(trx, `user:${userId}`, id) };
      }),

    overrides: ({ userId }, id) =>
      actAs(knex, `user:${userId}`, async (trx) => {
        const row = await findOne(trx, id);
        const found = await ScheduleOverride.query(trx)
          .where({ schedule_id: row.id })
          .whereNull("deleted_at")
          .where("ends_at", ">", new Date())
          .orderBy(["starts_at", "id"]);
        const names = await namesOf(trx, `user:${userId}`, id);
        return found.map((override) => ({ override, name: names.get(override.user_id) ?? override.user_id }));
      }),

    override: (person, id, { user_id, starts_at, ends_at }) =>
      onRecord(knex, person, "schedule.override", async (trx) => {
        const row = await findOne(trx, id);
        const { territory_id } = row;
        await lockSchedule(trx, id);
        const actor: Actor = `user:${person.userId}`;
        const active = await activeAmong(trx, actor, id, [user_id]);
        refuseOthers([{ userId: user_id, path: "/user_id" }], new Set(active.keys()));
        const isSupervisor = await supervises(trx, territory_id);
        await refuseTooMany(trx, id, isSupervisor ? null : person.userId, 1);
        if (!isSupervisor) {
          if (starts_at.getTime() < Date.now() - LATE)
            throw invalid([{ path: "/starts_at", message: "is over: you can give away what is to come" }]);
          const shifts = shiftsBetween(await withOverrides(trx, row, starts_at, ends_at), starts_at, ends_at);
          if (shifts.some((shift) => shift.person !== person.userId))
            throw forbidden("You can give away what is your own turn; a supervisor can change the rest.");
        }
        const override = await addOverride(trx, {
          ...{ schedule_id: row.id, territory_id, user_id, starts_at, ends_at },
          author_id: person.userId,
        });
        const payload = {
          user_id,
          override_id: override.id,
          starts_at: starts_at.toISOString(),
          ends_at: ends_at.toISOString(),
        };
        return {
          result: { override, name: active.get(user_id) ?? user_id },
          event: { territoryId: territory_id, objectId: row.id, payload },
        };
      }),

    takeBack: async (person, id, overrideId) => {
      await onRecord(knex, person, "schedule.take_back", async (trx) => {
        const row = await findOne(trx, id);
        await supervise(trx, person, row.territory_id);
        const taken = await ScheduleOverride.query(trx)
          .findById(overrideId)
          .where({ schedule_id: id })
          .whereNull("deleted_at")
          .patch({ deleted_at: new Date() });
        if (taken === 0) throw notFound();
        return {
          result: undefined,
          event: { territoryId: row.territory_id, objectId: id, payload: { override_id: overrideId } },
        };
      });
    },

    openFeed: (person, id) =>
      onRecord(knex, person, "schedule.open_feed", async (trx) => {
        const row = await lockOne(trx, person, id);
        const token = tokens.make();
        await ScheduleRow.query(trx)
          .findById(id)
          .patch({ feed_hash: hashOfSecret(token) });
        return { result: token, event: { territoryId: row.territory_id, objectId: id } };
      }),

    closeFeed: async (person, id) => {
      await onRecord(knex, person, "schedule.close_feed", async (trx) => {
        const row = await lockOne(trx, person, id);
        await ScheduleRow.query(trx).findById(id).patch({ feed_hash: null });
        return { result: undefined, event: { territoryId: row.territory_id, objectId: id } };
      });
    },
  };
}

const personOf = ({ person }: Turn): string => person;

const standing = (trx: Transaction) => ScheduleRow.query(trx).whereNull("deleted_at");

/** What a schedule says goes on record: who was on call when can be told from the record alone. */
const eventOf = ({ id, territory_id, zone, layers, fallback }: ScheduleRow) => ({
  territoryId: territory_id,
  objectId: id,
  payload: {
    zone,
    layers: layers.map(({ people, starts, rule, hours }) => ({
      ...{ people, starts, rule },
      hours: hours.map(({ days, from, to }) => `${days.join()} ${from}-${to}`),
    })),
    fallback: { ...fallback },
  },
});

/** @throws Problem 404 */
export async function findOne(trx: Transaction, id: string): Promise<ScheduleRow> {
  const found = await standing(trx).findById(id);
  if (found === undefined) throw notFound();
  return found;
}

/** A schedule that somebody supervises, locked until the transaction ends. @throws Problem 403, 404 */
export async function lockOne(trx: Transaction, person: SignedInPerson, id: string): Promise<ScheduleRow> {
  await supervise(trx, person, (await findOne(trx, id)).territory_id);
  // Before the row: whoever holds this lock may write what refers to the row.
  await lockSchedule(trx, id);
  const locked = await standing(trx).findById(id).forUpdate();
  if (locked === undefined) throw notFound();
  return locked;
}

/** @throws Problem 403 for somebody who does not supervise the territory */
export async function supervise(
  trx: Transaction,
  { userId }: Pick<SignedInPerson, "userId">,
  territoryId: string,
): Promise<void> {
  const territories = await supervisedBy(trx, userId, ONLY_SUPERVISORS);
  if (!territories.includes(territoryId)) throw forbidden("You don't supervise that territory.");
}

export async function supervises(trx: Transaction, territoryId: string): Promise<boolean> {
  const { rows } = await trx.raw("SELECT ? = ANY (supervised_territories()) AS is", [territoryId]);
  return rows[0].is === true;
}

/**
 * Refuses so many further overrides where there would be too many to come.
 * @param author whose own ones are counted, too; null for a supervisor
 * @throws Problem 409
 */
export async function refuseTooMany(
  trx: Transaction,
  schedule_id: string,
  author: string | null,
  more: number,
): Promise<void> {
  const standingAfter = (moment: Date) =>
    ScheduleOverride.query(trx).where({ schedule_id }).whereNull("deleted_at").where("ends_at", ">", moment);
  const toCome = standingAfter(new Date());
  const shown = standingAfter(new Date(Date.now() - SHOWN));
  if ((await shown.resultSize()) + more > MOST_SHOWN_OVERRIDES)
    throw conflict(`It has had ${MOST_SHOWN_OVERRIDES} overrides in two months; change its layers in place.`);
  if ((await toCome.clone().resultSize()) + more > MOST_OVERRIDES)
    throw conflict(`It has ${MOST_OVERRIDES} overrides to come already; take some back first.`);
  if (author === null) return;
  if ((await toCome.where({ author_id: author }).resultSize()) + more > MOST_OWN_OVERRIDES)
    throw conflict(`You have given ${MOST_OWN_OVERRIDES} whiles of it away already; ask a supervisor.`);
}

/** Writes an override, which counts before those that were written before it. The schedule is locked (`lockSchedule`). */
export async function addOverride(
  trx: Transaction,
  override: Pick<
    ScheduleOverride,
    "schedule_id" | "territory_id" | "user_id" | "starts_at" | "ends_at" | "author_id"
  >,
): Promise<ScheduleOverride> {
  const id = uuidv7();
  // Not when the transaction began: another one may have held the lock since.
  const created_at = trx.raw("clock_timestamp()");
  await ScheduleOverride.query(trx).insert({ id, ...override, created_at });
  return await ScheduleOverride.query(trx).findById(id).throwIfNotFound();
}

async function withRoles(trx: Transaction, rows: ScheduleRow[]): Promise<KeptSchedule[]> {
  const ids = rows.map(({ id }) => id);
  const roles = await OnCallRole.query(trx)
    .whereNull("deleted_at")
    .whereIn("schedule_id", ids)
    .orderBy("role");
  const calendars = await ScheduleCalendar.query(trx).whereIn("schedule_id", ids);
  return rows.map((row) => ({
    row,
    calendar: calendars.find(({ schedule_id }) => schedule_id === row.id) ?? null,
    roles: roles.flatMap(({ schedule_id, role }) => (schedule_id === row.id ? [role] : [])),
  }));
}

const withRolesOf = async (trx: Transaction, row: ScheduleRow): Promise<KeptSchedule> =>
  must((await withRoles(trx, [row]))[0], "schedule");

/** Refuses layers and a fallback that name nobody of the territory. @throws Problem 422 naming each */
async function checkPeople(
  trx: Transaction,
  territoryId: string,
  { layers = [], fallback }: { layers?: Layer[] | undefined; fallback?: Fallback | null | undefined },
): Promise<void> {
  const people = layers.flatMap((layer, at) =>
    layer.people.map((userId, place) => ({ userId, path: `/layers/${at}/people/${place}` })),
  );
  const own = fallback !== null && fallback !== undefined && "user_id" in fallback ? fallback.user_id : null;
  const named = [...people, ...(own === null ? [] : [{ userId: own, path: "/fallback/user_id" }])];
  const { rows } = await trx.raw(
    "SELECT person FROM unnest(?::text[]) AS person WHERE is_active(person, ?)",
    [named.map(({ userId }) => userId), territoryId],
  );
  refuseOthers(named, new Set(rows.map(({ person }: { person: string }) => person)));
  if (fallback === null || fallback === undefined || !("role" in fallback)) return;
  const known = await OnCallRole.query(trx)
    .where({ territory_id: territoryId, role: fallback.role })
    .whereNull("deleted_at")
    .resultSize();
  if (known === 0) throw invalid([{ path: "/fallback/role", message: "is not an on-call role there" }]);
}

/** @throws Problem 422 naming everybody who is not among the active */
export function refuseOthers(people: { userId: string; path: string }[], active: Set<string>): void {
  const faults = people.flatMap(({ userId, path }): Fault[] =>
    active.has(userId) ? [] : [{ path, message: "is not a person of that territory, or is disabled" }],
  );
  if (faults.length > 0) throw invalid(faults);
}
