import type { Knex } from "knex";
import { v7 as uuidv7 } from "uuid";
import type { z } from "zod";
import { must } from "../../config/must.ts";
import type { AuditEvent } from "../../store/audit/record.ts";
import { actAs, type Transaction } from "../../store/db/knex.ts";
import { EscalationPolicy } from "../../store/models/EscalationPolicy.ts";
import type { SignedInPerson } from "../../store/people/sessions.ts";
import { forbidden, notFound } from "../http/errors.ts";
import { isUuid } from "../../config/ids.ts";
import { inMilliseconds, placeInTime, toPage } from "../http/paging.ts";
import { unlessTaken } from "../http/taken.ts";
import { onRecord } from "../middleware/on-record.ts";
import { supervisedBy } from "../middleware/supervisor.ts";
import { checkRules } from "./rules.ts";
import type { NewPolicy, PoliciesQuery, PolicyChange } from "./schema.ts";
import { namesOfTargets } from "./targets.ts";

/** A policy with what the targets of its steps are called. */
export type NamedPolicy = EscalationPolicy & { targets: (string | null)[] };

/**
 * Supervisors' acts on the policies of their territories. Each goes on record, refused ones too.
 * @throws Problem 403 for anybody who supervises nothing, or not that territory; 404; 409; 422
 */
export interface Policies {
  list(person: SignedInPerson, query: PoliciesQuery): Promise<{ items: NamedPolicy[]; next: string | null }>;
  find(person: SignedInPerson, id: string): Promise<NamedPolicy>;
  create(person: SignedInPerson, policy: z.output<typeof NewPolicy>): Promise<NamedPolicy>;
  update(person: SignedInPerson, id: string, change: z.output<typeof PolicyChange>): Promise<NamedPolicy>;
  /** Earlier sends go on by the rules that they began with. */
  remove(person: SignedInPerson, id: string): Promise<void>;
}

/** A territory has one default. */
const RACED = "Somebody else is changing the territory's default just now; try again.";

const MOMENT = inMilliseconds("created_at");

export function createPolicies(knex: Knex, knownChannels: () => string[]): Policies {
  const act = (
    person: SignedInPerson,
    action: AuditEvent["action"],
    work: (trx: Transaction, territories: string[]) => Promise<EscalationPolicy>,
  ): Promise<NamedPolicy> =>
    onRecord(knex, person, action, async (trx) => {
      const territories = await supervised(trx, person.userId);
      const result = await withItsNames(
        trx,
        person.userId,
        await unlessTaken(RACED, () => work(trx, territories)),
      );
      const { id, territory_id, is_default, rules } = result;
      const payload = { is_default, steps: rules.steps.length, repeat: rules.repeat };
      return { result, event: { territoryId: territory_id, objectId: id, payload } };
    });
  return {
    list: async ({ userId }, query) => {
      const rows = await actAs(knex, `user:${userId}`, async (trx) => {
        const found = standing(trx, await supervised(trx, userId));
        if (query.territory !== undefined) void found.where({ territory_id: query.territory });
        if (query.cursor !== undefined) {
          const { at, id } = query.cursor;
          void found.whereRaw(`(${MOMENT}, id) < (?, ?)`, [at, id]);
        }
        return await withNames(
          trx,
          userId,
          await found.orderByRaw(`${MOMENT} DESC, id DESC`).limit(query.limit + 1),
        );
      });
      return toPage(rows, query.limit, placeInTime);
    },

    find: ({ userId }, id) =>
      actAs(knex, `user:${userId}`, async (trx) =>
        withItsNames(trx, userId, await findOne(trx, await supervised(trx, userId), id)),
      ),

    create: (person, policy) =>
      act(person, "policy.create", async (trx, territories) => {
        const { territory_id, is_default, rules } = policy;
        if (!territories.includes(territory_id)) throw forbidden("You don't supervise that territory.");
        await checkRules(trx, territory_id, rules, knownChannels());
        if (is_default) await clearDefault(trx, territory_id);
        return await EscalationPolicy.query(trx).insertAndFetch({ id: uuidv7(), ...policy });
      }),

    update: (person, id, { name, is_default, rules }) =>
      act(person, "policy.update", async (trx, territories) => {
        const { territory_id } = await findOne(trx, territories, id);
        if (rules !== undefined) await checkRules(trx, territory_id, rules, knownChannels());
        if (is_default === true) await clearDefault(trx, territory_id);
        return await EscalationPolicy.query(trx).patchAndFetchById(id, {
          ...(name === undefined ? {} : { name }),
          ...(is_default === undefined ? {} : { is_default }),
          ...(rules === undefined ? {} : { rules }),
        });
      }),

    remove: async (person, id) => {
      await act(person, "policy.delete", async (trx, territories) => {
        const found = await findOne(trx, territories, id);
        await EscalationPolicy.query(trx).findById(id).patch({ deleted_at: new Date() });
        return found;
      });
    },
  };
}

/** Looks the names of all their targets up at once. */
async function withNames(
  trx: Transaction,
  userId: string,
  policies: EscalationPolicy[],
): Promise<NamedPolicy[]> {
  const targets = policies.flatMap(({ territory_id, rules }) =>
    rules.steps.map(({ to }) => ({ territory_id, to })),
  );
  const names = await namesOfTargets(trx, `user:${userId}`, targets);
  return policies.map((policy) =>
    Object.assign(policy, { targets: names.splice(0, policy.rules.steps.length) }),
  );
}

async function withItsNames(
  trx: Transaction,
  userId: string,
  policy: EscalationPolicy,
): Promise<NamedPolicy> {
  const [named] = await withNames(trx, userId, [policy]);
  return must(named, "policy");
}

const standing = (trx: Transaction, territories: string[]) =>
  EscalationPolicy.query(trx).whereNull("deleted_at").whereIn("territory_id", territories);

const supervised = (trx: Transaction, userId: string): Promise<string[]> =>
  supervisedBy(trx, userId, "Only supervisors can see and change escalation policies.");

async function findOne(trx: Transaction, territories: string[], id: string): Promise<EscalationPolicy> {
  const found = isUuid(id) ? await standing(trx, territories).findById(id).forUpdate() : undefined;
  if (found === undefined) throw notFound();
  return found;
}

/** Takes the mark of the default off the policy that has it. */
async function clearDefault(trx: Transaction, territoryId: string): Promise<void> {
  await EscalationPolicy.query(trx)
    .patch({ is_default: false })
    .where({ territory_id: territoryId, is_default: true })
    .whereNull("deleted_at");
}
