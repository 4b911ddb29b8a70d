import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { shiftsBetween } from "../../on-call/schedule.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { type ScheduleRow, ScheduleSwap } from "../../store/models/Schedule.ts";
import { activeAmong, lockSchedule, namesOf, withOverrides } from "../../store/people/on-call.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, forbidden, invalid, notFound } from "../http/errors.ts";
import { onRecord } from "../middleware/on-record.ts";
import { addOverride, findOne, refuseOthers, refuseTooMany, supervises } from "./schedules.ts";
import type { NewSwap, Turn } from "./swap-schema.ts";

/** How long an offer stands, unless one of its turns begins before; ms. */
const STANDS = 7 * 86_400_000;
/** Offers of one person that wait in a schedule. */
const MOST_OFFERS = 20;

/** A swap, with the names of its two. */
export interface NamedSwap {
  swap: ScheduleSwap;
  names: Map<string, string>;
}

/**
 * Swaps of two turns, both or neither. Each act goes on record, refused ones too.
 * @throws Problem 403, 404, 409 where a turn has changed hands meanwhile, 422
 */
export interface Swaps {
  /** Somebody on call offers it, and nothing changes until the other one accepts; a supervisor's is done at once. */
  make(person: SignedInPerson, id: string, swap: NewSwap): Promise<NamedSwap>;
  /** The offers that wait. */
  list(person: SignedInPerson, id: string): Promise<NamedSwap[]>;
  /** Whom it was offered to says so. */
  accept(person: SignedInPerson, id: string, swapId: string): Promise<NamedSwap>;
  decline(person: SignedInPerson, id: string, swapId: string): Promise<NamedSwap>;
  /** Who offered it takes it back. */
  withdraw(person: SignedInPerson, id: string, swapId: string): Promise<void>;
}

export function createSwaps(knex: Knex): Swaps {
  return {
    make: (person, id, given) =>
      onRecord(knex, person, "schedule.swap", async (trx) => {
        const row = await findOne(trx, id);
        await lockSchedule(trx, id);
        const atOnce = await supervises(trx, row.territory_id);
        const proposer = await judge(trx, person, row, given, atOnce);
        const offer = { schedule_id: id, proposer_id: proposer, author_id: person.userId };
        if (!atOnce && (await standing(trx, id).where(offer).resultSize()) >= MOST_OFFERS)
          throw conflict(`${MOST_OFFERS} of your offers wait already; take some back first.`);
        const { mine, theirs } = given;
        const first = Math.min(mine.starts_at.getTime(), theirs.starts_at.getTime());
        const swap = await insert(trx, {
          ...{ id: uuidv7(), ...offer, territory_id: row.territory_id, colleague_id: given.with },
          ...{ mine_starts_at: mine.starts_at, mine_ends_at: mine.ends_at },
          ...{ theirs_starts_at: theirs.starts_at, theirs_ends_at: theirs.ends_at },
          state: atOnce ? "accepted" : "offered",
          expires_at: new Date(Math.min(Date.now() + STANDS, first)),
        });
        if (atOnce) await carryOut(trx, person, swap, atOnce);
        return await done(trx, person, swap);
      }),

    list: ({ userId }, id) =>
      actAs(knex, `user:${userId}`, async (trx) => {
        await findOne(trx, id);
        const swaps = await standing(trx, id).orderBy(["expires_at", "id"]);
        const names = await namesOf(trx, `user:${userId}`, id);
        return swaps.map((swap) => ({ swap, names }));
      }),

    accept: (person, id, swapId) =>
      onRecord(knex, person, "schedule.accept_swap", async (trx) => {
        const row = await findOne(trx, id);
        await lockSchedule(trx, id);
        const swap = await lockOne(trx, id, swapId);
        if (swap.colleague_id !== person.userId) throw forbidden("It was offered to somebody else.");
        if (swap.expires_at <= new Date()) throw conflict("It can't be accepted any more: its time is over.");
        const active = await activeAmong(trx, `user:${person.userId}`, id, peopleOf(swap));
        const { proposer_id, colleague_id } = swap;
        const [mine, theirs] = turnsOf(swap);
        if (
          active.size < 2 ||
          (await holderOf(trx, row, mine)) !== proposer_id ||
          (await holderOf(trx, row, theirs)) !== colleague_id
        )
          throw conflict("One of the turns has changed hands meanwhile.");
        await carryOut(trx, person, swap, await supervises(trx, row.territory_id));
        return await decide(trx, person, swap, "accepted");
      }),

    decline: (person, id, swapId) =>
      onRecord(knex, person, "schedule.decline_swap", async (trx) => {
        await findOne(trx, id);
        const swap = await lockOne(trx, id, swapId);
        if (swap.colleague_id !== person.userId) throw forbidden("It was offered to somebody else.");
        return await decide(trx, person, swap, "declined");
      }),

    withdraw: async (person, id, swapId) => {
      await onRecord(knex, person, "schedule.withdraw_swap", async (trx) => {
        await findOne(trx, id);
        const swap = await lockOne(trx, id, swapId);
        if (swap.proposer_id !== person.userId) throw forbidden("Somebody else has offered it.");
        return await decide(trx, person, swap, "withdrawn");
      });
    },
  };
}

/** Offers that may be accepted. */
const standing = (trx: Transaction, schedule_id: string) =>
  ScheduleSwap.query(trx).where({ schedule_id, state: "offered" }).where("expires_at", ">", new Date());

const turnsOf = (swap: ScheduleSwap): [Turn, Turn] => [
  { starts_at: swap.mine_starts_at, ends_at: swap.mine_ends_at },
  { starts_at: swap.theirs_starts_at, ends_at: swap.theirs_ends_at },
];
const peopleOf = ({ proposer_id, colleague_id }: ScheduleSwap): string[] => [proposer_id, colleague_id];

/** Whoever has all of a while; null where that is not one person. */
async function holderOf(
  trx: Transaction,
  row: ScheduleRow,
  { starts_at, ends_at }: Turn,
): Promise<string | null> {
  const shifts = shiftsBetween(await withOverrides(trx, row, starts_at, ends_at), starts_at, ends_at);
  const [first, ...others] = new Set(shifts.map(({ person }) => person));
  return others.length > 0 ? null : (first ?? null);
}

/** Whose turn "mine" is, where the swap may be made. @throws Problem 403, 422 */
async function judge(
  trx: Transaction,
  { userId }: SignedInPerson,
  row: ScheduleRow,
  { mine, theirs, with: colleague }: NewSwap,
  anybodys: boolean,
): Promise<string> {
  const proposer = await holderOf(trx, row, mine);
  if (!anybodys && proposer !== userId)
    throw forbidden("You can swap what is your own turn; a supervisor can change the rest.");
  if (proposer === null) throw invalid([{ path: "/mine", message: "is not one person's turn" }]);
  if (colleague === proposer) throw invalid([{ path: "/with", message: "has that turn" }]);
  const active = new Set((await activeAmong(trx, `user:${userId}`, row.id, [colleague, proposer])).keys());
  refuseOthers(
    [
      { userId: colleague, path: "/with" },
      { userId: proposer, path: "/mine" },
    ],
    active,
  );
  if ((await holderOf(trx, row, theirs)) !== colleague)
    throw invalid([{ path: "/theirs", message: "is not a turn of that person" }]);
  return proposer;
}

async function insert(trx: Transaction, row: Partial<ScheduleSwap> & { id: string }): Promise<ScheduleSwap> {
  await ScheduleSwap.query(trx).insert(row);
  return await ScheduleSwap.query(trx).findById(row.id).throwIfNotFound();
}

/** An offer, locked until the transaction ends. @throws Problem 404, 409 where it was decided */
async function lockOne(trx: Transaction, schedule_id: string, id: string): Promise<ScheduleSwap> {
  const open = await ScheduleSwap.query(trx)
    .findById(id)
    .where({ schedule_id, state: "offered" })
    .forUpdate();
  if (open !== undefined) return open;
  const found = await ScheduleSwap.query(trx).findById(id).where({ schedule_id });
  if (found === undefined) throw notFound();
  throw conflict(`It is ${found.state} already.`);
}

/** Gives each of the two the other's turn. */
async function carryOut(
  trx: Transaction,
  { userId }: SignedInPerson,
  swap: ScheduleSwap,
  isSupervisor: boolean,
): Promise<void> {
  const { schedule_id, territory_id } = swap;
  await refuseTooMany(trx, schedule_id, isSupervisor ? null : userId, 2);
  const [mine, theirs] = turnsOf(swap);
  const both = { schedule_id, territory_id, author_id: userId };
  await addOverride(trx, { ...both, ...mine, user_id: swap.colleague_id });
  await addOverride(trx, { ...both, ...theirs, user_id: swap.proposer_id });
}

async function decide(
  trx: Transaction,
  person: SignedInPerson,
  swap: ScheduleSwap,
  state: "accepted" | "declined" | "withdrawn",
) {
  await ScheduleSwap.query(trx).findById(swap.id).patch({ state });
  return await done(trx, person, Object.assign(swap, { state }));
}

/** A swap as it goes on record: who takes which while. */
async function done(trx: Transaction, { userId }: SignedInPerson, swap: ScheduleSwap) {
  const [mine, theirs] = turnsOf(swap).map((turn) => ({
    starts_at: turn.starts_at.toISOString(),
    ends_at: turn.ends_at.toISOString(),
  }));
  const { id, state, proposer_id, colleague_id, schedule_id, territory_id } = swap;
  const payload = { swap_id: id, state, proposer_id, colleague_id, mine: { ...mine }, theirs: { ...theirs } };
  const names = await namesOf(trx, `user:${userId}`, schedule_id);
  return { result: { swap, names }, event: { territoryId: territory_id, objectId: schedule_id, payload } };
}
