import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { EscalationPolicy } from "../../store/models/EscalationPolicy.ts";
import { OnCallRole, ScheduleRow } from "../../store/models/Schedule.ts";
import { Topic } from "../../store/models/Topic.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { conflict, invalid, notFound } from "../http/errors.ts";
import { toPage } from "../http/paging.ts";
import { unlessTaken } from "../http/taken.ts";
import { onRecord } from "../middleware/on-record.ts";
import { supervise } from "./schedules.ts";
import type { NewRole, RolesQuery } from "./schema.ts";

/**
 * On-call roles, as the people of a territory see them and its supervisors keep them. Each act goes on record, refused ones too.
 * @throws Problem 403, 404 outside one's territories, 409 for a name that is taken, 422
 */
export interface Roles {
  /** By their names. */
  list(person: SignedInPerson, query: RolesQuery): Promise<{ items: OnCallRole[]; next: string | null }>;
  find(person: SignedInPerson, id: string): Promise<OnCallRole>;
  create(person: SignedInPerson, role: NewRole): Promise<OnCallRole>;
  change(
    person: SignedInPerson,
    id: string,
    change: { [K in "name" | "code" | "schedule_id"]?: NewRole[K] | undefined },
  ): Promise<OnCallRole>;
  remove(person: SignedInPerson, id: string): Promise<void>;
}

/** Of a territory: each look at who is on call asks for all of them. */
const MOST_ROLES = 200;

export function createRoles(knex: Knex): Roles {
  return {
    list: async ({ userId }, query) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const found = standing(trx);
        if (query.territory !== undefined) void found.where({ territory_id: query.territory });
        if (query.cursor !== undefined) void found.whereRaw("(role, id::text) > (?, ?)", query.cursor);
        return await found.orderByRaw("role, id::text").limit(query.limit + 1);
      });
      return toPage(rows, query.limit, ({ role, id }) => [role, id]);
    },

    find: ({ userId }, id) => actAs(knex, `user:${userId}`, (trx) => findOne(trx, id)),

    create: (person, role) =>
      onRecord(knex, person, "on_call_role.create", async (trx) => {
        await supervise(trx, person, role.territory_id);
        await checkSchedule(trx, role.territory_id, role.schedule_id);
        const { territory_id } = role;
        if ((await standing(trx).where({ territory_id }).resultSize()) >= MOST_ROLES)
          throw conflict(`The territory has ${MOST_ROLES} on-call roles already; delete some first.`);
        const result = await unlessTaken("The territory has a role of that name already.", async () =>
          OnCallRole.query(trx).insertAndFetch({ id: uuidv7(), ...role }),
        );
        return { result, event: eventOf(result) };
      }),

    change: (person, id, { name, code, schedule_id }) =>
      onRecord(knex, person, "on_call_role.update", async (trx) => {
        const before = await findOne(trx, id);
        await supervise(trx, person, before.territory_id);
        if (schedule_id !== undefined) await checkSchedule(trx, before.territory_id, schedule_id);
        const result = await OnCallRole.query(trx).patchAndFetchById(id, {
          ...(name === undefined ? {} : { name }),
          ...(code === undefined ? {} : { code }),
          ...(schedule_id === undefined ? {} : { schedule_id }),
        });
        return { result, event: eventOf(result) };
      }),

    remove: async (person, id) => {
      await onRecord(knex, person, "on_call_role.delete", async (trx) => {
        const found = await findOne(trx, id);
        await supervise(trx, person, found.territory_id);
        const policies = await EscalationPolicy.query(trx)
          .where({ territory_id: found.territory_id })
          .whereNull("deleted_at");
        const asking = policies.filter(({ rules }) =>
          rules.steps.some(({ to }) => "role" in to && to.role === found.role),
        );
        if (asking.length > 0)
          throw conflict(`Steps of these policies ask for it: ${asking.map(({ name }) => name).join(", ")}.`);
        const leaning = await ScheduleRow.query(trx)
          .where({ territory_id: found.territory_id })
          .whereNull("deleted_at")
          .whereRaw("fallback->>'role' = ?", [found.role]);
        if (leaning.length > 0)
          throw conflict(
            `It is the fallback of these schedules: ${leaning.map(({ name }) => name).join(", ")}.`,
          );
        const topics = await Topic.query(trx)
          .where({ territory_id: found.territory_id })
          .whereNull("deleted_at")
          .whereRaw("? = ANY (roles)", [found.role]);
        if (topics.length > 0)
          throw conflict(`These topics name it: ${topics.map(({ topic }) => topic).join(", ")}.`);
        await OnCallRole.query(trx).findById(id).patch({ deleted_at: new Date() });
        return { result: undefined, event: eventOf(found) };
      });
    },
  };
}

const standing = (trx: Transaction) => OnCallRole.query(trx).whereNull("deleted_at");

const eventOf = ({ id, territory_id, role, schedule_id }: OnCallRole) => ({
  territoryId: territory_id,
  objectId: id,
  payload: { role, schedule_id },
});

async function findOne(trx: Transaction, id: string): Promise<OnCallRole> {
  const found = await standing(trx).findById(id);
  if (found === undefined) throw notFound();
  return found;
}

/** @throws Problem 422 where the territory has no such schedule */
async function checkSchedule(trx: Transaction, territory_id: string, id: string): Promise<void> {
  const known = await ScheduleRow.query(trx).whereNull("deleted_at").where({ territory_id, id }).resultSize();
  if (known === 0) throw invalid([{ path: "/schedule_id", message: "is not a schedule of that territory" }]);
}
