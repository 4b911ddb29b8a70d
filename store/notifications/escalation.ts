import { z } from "zod";
import { ESCALATION, type Priority } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";

/** Whom a step tells. */
export const StepTarget = z.union([
  z.strictObject({ recipient: z.literal(true) }),
  z.strictObject({ user_id: z.string().min(1).max(200) }),
  z.strictObject({ role: z.enum(["clinician", "supervisor"]) }),
]);

export const EscalationStep = z.object({
  /** After the sending, or after the step before; seconds. */
  after_seconds: z.int().min(ESCALATION.after.least).max(ESCALATION.after.most),
  to: StepTarget,
  channels: z.array(z.string().min(1).max(50)).min(1).max(20).optional(),
});

/** What happens while nobody acknowledges. */
export const EscalationRules = z.object({
  steps: z.array(EscalationStep).min(1).max(ESCALATION.steps),
  /** How often the steps are walked again. */
  repeat: z.int().min(ESCALATION.repeat.least).max(ESCALATION.repeat.most).default(0),
  /** How many different people must acknowledge. */
  acknowledgers: z.int().min(ESCALATION.acknowledgers.least).max(ESCALATION.acknowledgers.most).default(1),
});
export type EscalationRules = z.infer<typeof EscalationRules>;
export type EscalationStep = z.infer<typeof EscalationStep>;

/** Where a territory says nothing: an operator takes over a critical alert after 10 minutes unacknowledged. */
const TAKEOVER: EscalationRules = {
  steps: [{ after_seconds: 600, to: { role: "supervisor" } }],
  repeat: 0,
  acknowledgers: 1,
};

/** The rules for a send: its own policy, else for a critical one the territory's default, else the takeover rule. */
export async function findRules(
  trx: Transaction,
  send: { territory_id: string; escalation_policy_id: string | null; priority: Priority },
): Promise<EscalationRules | null> {
  const { territory_id, escalation_policy_id, priority } = send;
  if (escalation_policy_id !== null) {
    const own = await trx("escalation_policies")
      .where({ id: escalation_policy_id, territory_id })
      .first("rules");
    if (own !== undefined) return EscalationRules.parse(own.rules);
  }
  if (priority !== "critical") return null;
  const standing = await trx("escalation_policies")
    .where({ territory_id, is_default: true })
    .whereNull("deleted_at")
    .first("rules");
  return standing === undefined ? TAKEOVER : EscalationRules.parse(standing.rules);
}

/** The step that comes as number `index` (0 first) over all rounds; null when all are done. */
export function stepAt({ steps, repeat }: EscalationRules, index: number): EscalationStep | null {
  return index < steps.length * (repeat + 1) ? (steps[index % steps.length] ?? null) : null;
}

/** When that step is due, counted from the moment of the one before; null when all are done. */
export function stepDue(rules: EscalationRules, index: number, from: Date): Date | null {
  const step = stepAt(rules, index);
  return step === null ? null : new Date(from.getTime() + step.after_seconds * 1_000);
}
