import { must } from "../../config/must.ts";
import type { Actor, Transaction } from "../../store/db/knex.ts";
import { EscalationPolicy } from "../../store/models/EscalationPolicy.ts";
import type { EscalationRules } from "../../store/notifications/escalation.ts";
import { rulesFor } from "../../store/notifications/escalation.ts";
import { type OnCall, readOnCall } from "../../store/people/on-call.ts";
import type { Wishes } from "../../store/transitions/arrive.ts";
import {
  type Past,
  peopleMeant,
  type PlainStep,
  ruleSteps,
  wishesFor,
} from "../../store/transitions/past-decisions.ts";
import type { Trial } from "./schema.ts";
import type { World } from "./simulate.ts";

interface Place {
  /** A notification of the territory, as whose worker all is looked up: it sees what the decisions go by, and nothing of other territories. */
  root: string;
  territoryId: string;
  /** The channels that are on, in order. */
  available: string[];
  /** The time that is looked at. */
  from: Date;
  to: Date;
}

/** Reads the settings of a territory as they are today, and answers them with and without what is tried. */
export async function readWorlds(
  trx: Transaction,
  { root, territoryId, available, from, to }: Place,
  trial: Trial,
): Promise<{ today: World; tried: World }> {
  const worker: Actor = `worker:${root}`;
  const standing = await EscalationPolicy.query(trx)
    .where({ territory_id: territoryId, is_default: true })
    .whereNull("deleted_at")
    .first();
  const kept = createLook(trx, root, territoryId);
  const world = async (changes: Trial): Promise<World> => {
    const book = await readOnCall(trx, worker, territoryId, { from, to }, (row) => ({
      id: row.id,
      ...{ zone: row.zone, layers: row.layers, fallback: row.fallback },
      ...defined(changes.schedules?.[row.id] ?? {}),
    }));
    return {
      available: changes.channels ?? available,
      rulesFor: (past) => rulesOf(past, changes, standing?.id ?? null),
      recipientOf: async ({ onCallRole, userId, at }) => {
        if (onCallRole === null) return userId;
        const found = (await book([onCallRole], new Date(at))).get(onCallRole);
        return found === undefined ? userId : (found.person?.id ?? null);
      },
      stepsOf: kept.stepsOf,
      peopleOf: (step, at) => kept.peopleOf(step, (roles) => book(roles, at)),
      wishesOf: (past, people) => kept.wishesOf(past, people, changes.preferences ?? {}),
    };
  };
  return { today: await world({}), tried: await world(trial) };
}

/** What a schedule's change names, of what decides whose turn it is. */
const defined = ({ zone, layers, fallback }: NonNullable<Trial["schedules"]>[string]) => ({
  ...(zone === undefined ? {} : { zone }),
  ...(layers === undefined ? {} : { layers }),
  ...(fallback === undefined ? {} : { fallback }),
});

/** The rules on record, or those that are tried in the place of a policy: of the one named, or of the territory's default. */
function rulesOf(past: Past, { policy }: Trial, standingId: string | null): EscalationRules | null {
  if (policy === undefined) return past.rules;
  const isStanding = policy.policy_id === null || policy.policy_id === standingId;
  const isMeant = past.policyId === null ? isStanding : past.policyId === policy.policy_id;
  if (!isMeant) return past.rules;
  const named = past.policyId === null ? null : policy.rules;
  return rulesFor({ send: past, policy: named, standing: policy.rules });
}

/** Looks up what both worlds have in common, each of it once. */
function createLook(trx: Transaction, root: string, territoryId: string) {
  const steps = new Map<string, Promise<PlainStep[]>>();
  /** On-call roles whose holders a step's target depends on. */
  const askedBy = new Map<string, string[]>();
  const meant = new Map<string, string[]>();
  const wishes = new Map<string, Wishes>();

  async function wishesOfEach(people: string[]): Promise<void> {
    const unknown = [...new Set(people)].filter((id) => !wishes.has(id));
    if (unknown.length === 0) return;
    for (const one of await wishesFor(trx, root, unknown)) wishes.set(one.userId, one);
  }

  return {
    stepsOf: (rules: EscalationRules): Promise<PlainStep[]> => {
      const key = JSON.stringify(rules);
      const found = steps.get(key) ?? ruleSteps(trx, territoryId, rules);
      steps.set(key, found);
      return found;
    },

    peopleOf: async (
      step: PlainStep["step"],
      onCall: (roles: string[]) => Promise<Map<string, OnCall>>,
    ): Promise<string[]> => {
      const aim = JSON.stringify([step.to, step.last_resort ?? false]);
      const keyOf = async (): Promise<string> => {
        const holders = await onCall(askedBy.get(aim) ?? []);
        return JSON.stringify([aim, [...holders].map(([role, { person }]) => [role, person?.id ?? null])]);
      };
      const found = meant.get(await keyOf());
      if (found !== undefined) return found;
      const people = await peopleMeant(trx, territoryId, step, (roles) => {
        askedBy.set(aim, roles);
        return onCall(roles);
      });
      meant.set(await keyOf(), people);
      return people;
    },

    wishesOf: async (
      past: Past,
      people: string[],
      tried: NonNullable<Trial["preferences"]>,
    ): Promise<Wishes[]> => {
      // Who covered whom is known of those alone whom it was on record for.
      const covers = people.flatMap((id) => past.covers[id] ?? []);
      await wishesOfEach([...people, ...covers]);
      const of = (id: string): Wishes => {
        const own = must(wishes.get(id), "the wishes asked for");
        return { ...own, preferences: tried[id] ?? own.preferences, cover: null };
      };
      return people.map((id) => {
        const cover = past.covers[id];
        return {
          ...of(id),
          cover: cover === undefined ? null : { ...of(cover), roles: [], instead: isInstead(past, id) },
        };
      });
    },
  };
}

/** Whether somebody was told by nothing outside, since their delegate was. */
const isInstead = ({ told }: Past, person: string): boolean =>
  told.some(
    ({ userId, deliveries }) => userId === person && deliveries.some(({ reason }) => reason === "covered"),
  );
