import type { Role } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";
import { Membership } from "../models/User.ts";
import { readSettings } from "../settings.ts";
import { hasFactor } from "./second-factor.ts";

/** Who needs a second factor in the installation, and how long they may go without; a territory says it for its own roles. */
export interface FactorRule {
  roles: readonly Role[];
  graceDays: number;
}

/** What somebody who signs in by password owes: nothing, a second factor until then, or one before anything else. */
export type FactorDuty = { kind: "none" } | { kind: "until"; at: Date } | { kind: "now" };

const DAY = 86_400_000;

/**
 * What a person owes at a sign-in. The days of grace count from the first sign-in at which their role demands a factor that they do not
 * have; having one, or needing none, begins them anew.
 */
export async function factorDuty(
  trx: Transaction,
  userId: string,
  installation: FactorRule,
): Promise<FactorDuty> {
  const grace = await demandedWithin(trx, userId, installation);
  const owes = grace !== null && !(await hasFactor(trx, userId));
  const deadlines = trx("factor_deadlines");
  if (!owes) {
    await deadlines.where({ user_id: userId }).update({ due_at: null });
    return { kind: "none" };
  }
  const at = new Date(Date.now() + grace * DAY);
  const known: { due_at: Date | null } | undefined = await deadlines
    .clone()
    .where({ user_id: userId })
    .first("due_at");
  // A rule that has become stricter counts at once; one that has become milder does not.
  const due = known?.due_at && known.due_at < at ? known.due_at : at;
  await deadlines.insert({ user_id: userId, due_at: due }).onConflict("user_id").merge();
  return due.getTime() <= Date.now() ? { kind: "now" } : { kind: "until", at: due };
}

/** The fewest days of grace of the rules that demand a factor of the person; null where none does. */
export async function demandedWithin(
  trx: Transaction,
  userId: string,
  installation: FactorRule,
): Promise<number | null> {
  const memberships = await Membership.query(trx).where({ user_id: userId });
  const graces: number[] = [];
  for (const { territory_id, role } of memberships) {
    const rule =
      territory_id === null ? installation : ruleOf((await readSettings(trx, territory_id)).second_factor);
    if (rule.roles.includes(role)) graces.push(rule.graceDays);
  }
  return graces.length === 0 ? null : Math.min(...graces);
}

const ruleOf = (set: { roles: readonly Role[]; grace_days: number } | undefined): FactorRule =>
  set === undefined ? { roles: [], graceDays: 0 } : { roles: set.roles, graceDays: set.grace_days };
