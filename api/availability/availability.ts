import type { Knex } from "knex";
import { v4 as uuidv4 } from "uuid";
import { LONGEST_AWAY_DAYS } from "../../channels/contract.ts";
import type { Logger } from "../../config/log.ts";
import { must } from "../../config/must.ts";
import { actAs, type Actor, type Transaction } from "../../store/db/knex.ts";
import { Availability } from "../../store/models/Availability.ts";
import { User } from "../../store/models/User.ts";
import {
  activeTerritories,
  availabilityOf,
  colleagueIn,
  type Colleague,
  coveredBy,
  lockAvailability,
} from "../../store/people/availability.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { invalid } from "../http/errors.ts";
import { isWithin, type RateLimits } from "../middleware/limits.ts";
import { onRecord } from "../middleware/on-record.ts";
import type { OwnSends } from "../notifications/own-sends.ts";
import { noteChange } from "../users/account-notices.ts";
import type { NewAvailability, OwnAvailability } from "./schema.ts";

export interface AvailabilityDeps {
  knex: Knex;
  ownSends: OwnSends;
  log: Logger;
  limits: Pick<RateLimits, "covers">;
}

/** Somebody who now covers a colleague, and where. */
interface NewDelegate {
  id: string;
  territoryId: string;
}

/** A person's own availability. */
export interface OwnAvailabilities {
  read(person: SignedInPerson): Promise<OwnAvailability>;
  /** Sets it, on record. A new delegate is told, once an hour; of each other delegate, or `instead`, the person is told by email. @throws Problem 422 */
  set(person: SignedInPerson, given: NewAvailability): Promise<OwnAvailability>;
}

export function createAvailability({ knex, ownSends, log, limits }: AvailabilityDeps): OwnAvailabilities {
  /** It is set whether or not the delegate hears of it now: their own pages say whom they cover. */
  async function tell({ id, territoryId }: NewDelegate): Promise<void> {
    await ownSends
      .tell({
        territoryId,
        roles: [],
        people: [id],
        title: "You cover a colleague",
        message:
          "What comes for a colleague comes to you too while they are busy or away. The top of each page says for whom, and until when.",
        about: null,
        priority: "normal",
        matter: `cover ${uuidv4()}`,
      })
      .catch((err: unknown) =>
        log.error({ err, territoryId }, "a delegate was not told that they cover somebody"),
      );
  }

  return {
    read: ({ userId }) => actAs(knex, `user:${userId}`, (trx) => present(trx, userId)),

    set: async (caller, given) => {
      const { userId } = caller;
      const { own, delegate } = await onRecord(knex, caller, "availability.update", async (trx) => {
        const absence = given.status === "available" ? null : given;
        const id = absence?.delegate ?? null;
        await lockAvailability(trx, [userId, ...(id === null ? [] : [id])]);
        const before = await availabilityOf(trx, userId);
        if (absence === null) await Availability.query(trx).deleteById(userId);
        else await write(trx, userId, absence);
        const shown = await present(trx, userId);
        const [territoryId] = shown.covered;
        const another = id !== (before?.delegate_id ?? null);
        const isNew = id !== null && territoryId !== undefined && another;
        const changed = absence !== null && (another || absence.instead !== (before?.instead ?? false));
        const person = await User.query(trx).findById(userId).select("id", "email");
        if (changed) await noteChange(trx, must(person, "person"), "delegate");
        const payload = { status: shown.status, until: shown.until, delegate: id, instead: shown.instead };
        return {
          result: {
            own: shown,
            delegate: isNew ? { id, territoryId } : null,
          },
          event: { objectId: userId, payload },
        };
      });
      if (delegate !== null && (await isWithin(limits.covers, `${userId} ${delegate.id}`)))
        await tell(delegate);
      return own;
    },
  };
}

type Absence = Exclude<NewAvailability, { status: "available" }>;

/** @throws Problem 422 */
async function write(trx: Transaction, userId: string, absence: Absence): Promise<void> {
  await refuseEnd(trx, absence.until);
  if (absence.delegate !== undefined) await refuseDelegate(trx, userId, absence.delegate);
  const { status, until, delegate, instead } = absence;
  const row = { user_id: userId, status, until, delegate_id: delegate ?? null, instead };
  await Availability.query(trx).insert(row).onConflict("user_id").merge();
}

/** @throws Problem 422 for an end that is over or too far away, by PostgreSQL's clock */
async function refuseEnd(trx: Transaction, until: Date): Promise<void> {
  const { rows } = await trx.raw<{ rows: { late: boolean; far: boolean }[] }>(
    "SELECT ?::timestamptz <= clock_timestamp() AS late, ?::timestamptz > clock_timestamp() + make_interval(days => ?) AS far",
    [until, until, LONGEST_AWAY_DAYS],
  );
  if (rows[0]?.late === true) throw invalid([{ path: "/until", message: "must be later than now" }]);
  if (rows[0]?.far === true)
    throw invalid([{ path: "/until", message: `must be within ${LONGEST_AWAY_DAYS} days` }]);
}

/** @throws Problem 422 for somebody who can't cover; people elsewhere and nobody at all are told from each other by nothing */
async function refuseDelegate(trx: Transaction, userId: string, delegate: string): Promise<void> {
  const refuse = (message: string) => invalid([{ path: "/delegate", message }]);
  if (delegate === userId) throw refuse("must be somebody else");
  const found = await delegateOf(trx, userId, delegate);
  if (found === null) throw refuse("is no active person of a territory of yours");
  const { status, until } = found.person;
  if (status !== null) throw refuse(`is ${status} until ${until?.toISOString() ?? "later"}`);
}

/** A delegate, and the territories of the person in which the delegate is active; null for none. */
async function delegateOf(
  trx: Transaction,
  userId: string,
  delegate: string,
): Promise<{ person: Colleague; territories: string[] } | null> {
  const actor: Actor = `user:${userId}`;
  let person: Colleague | undefined;
  const territories: string[] = [];
  for (const territoryId of await activeTerritories(trx, userId)) {
    const found = await colleagueIn(trx, actor, territoryId, delegate);
    if (found === undefined) continue;
    person = found;
    territories.push(territoryId);
  }
  return person === undefined ? null : { person, territories };
}

async function present(trx: Transaction, userId: string): Promise<OwnAvailability> {
  const own = await availabilityOf(trx, userId);
  const delegateId = own?.delegate_id ?? null;
  const found = delegateId === null ? null : await delegateOf(trx, userId, delegateId);
  const covered = found?.person.status === null ? found.territories : [];
  const mine = own === undefined ? [] : await activeTerritories(trx, userId);
  const covering = [];
  for (const { user_id, until } of await coveredBy(trx, userId)) {
    const name = (await delegateOf(trx, userId, user_id))?.person.name;
    if (name !== undefined) covering.push({ user_id, name, until: until.toISOString() });
  }
  return {
    status: own?.status ?? "available",
    until: own?.until.toISOString() ?? null,
    delegate: delegateId === null ? null : { user_id: delegateId, name: found?.person.name ?? delegateId },
    instead: own?.instead ?? false,
    covered,
    uncovered: mine.filter((id) => !covered.includes(id)),
    covering,
  };
}
