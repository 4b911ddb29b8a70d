import { LOCK_SPACES } from "../db/locks.ts";
import { type Actor, switchActor, type Transaction } from "../db/knex.ts";
import { Availability } from "../models/Availability.ts";
import { Membership, User } from "../models/User.ts";

/** By PostgreSQL's clock: what is over ends by itself. */
const LASTS = "availability.until > clock_timestamp()";

/** That somebody is busy or away now; undefined: they are available. */
export async function availabilityOf(trx: Transaction, userId: string): Promise<Availability | undefined> {
  return await Availability.query(trx).findById(userId).whereRaw(LASTS);
}

/** Whom a person covers now, the one who comes back first before the others. */
export async function coveredBy(trx: Transaction, userId: string): Promise<Availability[]> {
  return await Availability.query(trx)
    .where({ delegate_id: userId })
    .whereRaw(LASTS)
    .orderBy(["until", "user_id"]);
}

/** Has changes of some people's availability come one after the other until the transaction ends, so that no two of them cover each other. */
export async function lockAvailability(trx: Transaction, people: string[]): Promise<void> {
  for (const id of people.toSorted())
    await trx.raw("SELECT pg_advisory_xact_lock(hashtextextended(?, ?))", [id, LOCK_SPACES.availability]);
}

/** Somebody's territories, those where they can be reached, by their ids. */
export async function activeTerritories(trx: Transaction, userId: string): Promise<string[]> {
  const rows = await Membership.query(trx)
    .where({ user_id: userId, active: true })
    .whereNotNull("territory_id")
    .distinct("territory_id")
    .orderBy("territory_id");
  return rows.flatMap(({ territory_id }) => territory_id ?? []);
}

/** An active person of a territory, and whether they are there. */
export interface Colleague {
  id: string;
  name: string;
  /** Null: available. */
  status: "busy" | "away" | null;
  until: Date | null;
}

/** The active people of a territory. The actor is the territory. */
const activePeople = (trx: Transaction, territoryId: string) =>
  User.query(trx)
    .leftJoin("availability", (on) => on.on("availability.user_id", "users.id").andOn(trx.raw(LASTS)))
    .whereIn(
      "users.id",
      Membership.query(trx).where({ territory_id: territoryId, active: true }).select("user_id"),
    )
    .select("users.id", "users.name", "availability.status", "availability.until");

/** A part of a territory's people, by name and then id. */
interface Part {
  /** The name and id of whoever the part begins behind. */
  after?: [string, string] | undefined;
  limit: number;
}

const inOrder = <Q extends ReturnType<typeof activePeople>>(found: Q, { after, limit }: Part): Q => {
  if (after !== undefined) void found.whereRaw("(users.name, users.id) > (?, ?)", after);
  void found.orderBy(["users.name", "users.id"]).limit(limit);
  return found;
};

/**
 * The active people of a territory.
 * @param actor who asks and may, and acts again afterwards
 * @param pattern of LIKE, of their names; null: all of them
 */
export async function colleaguesIn(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  { pattern, ...part }: Part & { pattern: string | null },
): Promise<(Colleague & { roles: ("clinician" | "supervisor")[] })[]> {
  await switchActor(trx, `territory:${territoryId}`);
  const found = inOrder(activePeople(trx, territoryId), part).select(
    trx.raw(
      `ARRAY(SELECT role FROM memberships WHERE memberships.user_id = users.id AND memberships.territory_id = ?
         AND memberships.active AND role IN ('clinician', 'supervisor') ORDER BY role) AS roles`,
      [territoryId],
    ),
  );
  if (pattern !== null) void found.whereRaw("users.name ILIKE ?", [pattern]);
  const people = await found;
  await switchActor(trx, actor);
  return people as unknown as (Colleague & { roles: ("clinician" | "supervisor")[] })[];
}

/** One active person of a territory; undefined where there is no such person. @param actor who asks and may, and acts again afterwards */
export async function colleagueIn(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  id: string,
): Promise<Colleague | undefined> {
  await switchActor(trx, `territory:${territoryId}`);
  const found = await activePeople(trx, territoryId).where("users.id", id).first();
  await switchActor(trx, actor);
  return found as unknown as Colleague | undefined;
}

/** Somebody whom nobody could reach now. */
export interface Unreachable extends Colleague {
  /** `away`: nobody covers them; `no_channel`: no channel outside has an address of theirs, and no page of theirs is open. */
  reason: "away" | "no_channel";
}

/**
 * The people of a territory whom nobody could reach now, and whom nobody covers.
 * @param actor who asks and may, and acts again afterwards
 * @param channels the channels outside that are on
 * @param online inboxes with an open page
 */
export async function unreachableIn(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  { channels, online, ...part }: Part & { channels: string[]; online: string[] },
): Promise<Unreachable[]> {
  await switchActor(trx, `territory:${territoryId}`);
  const people = await inOrder(activePeople(trx, territoryId), part)
    .select(trx.raw("CASE WHEN availability.status = 'away' THEN 'away' ELSE 'no_channel' END AS reason"))
    .whereRaw(
      `(availability.status IS NOT DISTINCT FROM 'away' OR NOT EXISTS (SELECT FROM contact_points
         WHERE contact_points.user_id = users.id AND verified_at IS NOT NULL AND channel = ANY (?::text[]))
       AND NOT EXISTS (SELECT FROM inboxes WHERE inboxes.user_id = users.id AND inboxes.id = ANY (?::uuid[])))`,
      [channels, online],
    )
    .whereRaw(
      `NOT coalesce(is_active(availability.delegate_id, ?) AND NOT EXISTS (SELECT FROM availability AS theirs
         WHERE theirs.user_id = availability.delegate_id AND theirs.until > clock_timestamp()), false)`,
      [territoryId],
    );
  await switchActor(trx, actor);
  return people as unknown as Unreachable[];
}

/** That somebody is not there, and who covers them. */
export interface Absence {
  status: "busy" | "away";
  until: Date;
  /** Null: nobody, or nobody who can now. */
  cover: { id: string; name: string } | null;
}

/**
 * Who of some people is busy or away at a moment that is not past, and who covers them there, by their ids; none for those who are there.
 * @param actor who asks and may, and acts again afterwards
 */
export async function absencesIn(
  trx: Transaction,
  actor: Actor,
  territoryId: string,
  people: string[],
  at: Date,
): Promise<Map<string, Absence>> {
  await switchActor(trx, `territory:${territoryId}`);
  const { rows } = await trx.raw(
    `SELECT availability.user_id, availability.status, availability.until, delegate.id, delegate.name
     FROM availability LEFT JOIN users AS delegate ON delegate.id = availability.delegate_id AND is_active(delegate.id, :territoryId)
       AND NOT EXISTS (SELECT FROM availability AS theirs WHERE theirs.user_id = delegate.id AND theirs.until > greatest(:at, clock_timestamp()))
     WHERE availability.user_id = ANY (:people) AND availability.until > greatest(:at, clock_timestamp())`,
    { territoryId, people, at },
  );
  await switchActor(trx, actor);
  return new Map(
    rows.map(({ user_id, status, until, id, name }: Record<string, string> & { until: Date }) => [
      user_id,
      { status, until, cover: id === null ? null : { id, name } },
    ]),
  );
}
