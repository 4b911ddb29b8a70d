import { z } from "zod";
import { ESCALATION, type Priority } from "../../channels/contract.ts";

/** The name of a role in a territory: one that people have, or an on-call role. */
export const RoleName = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must be lower-case words with hyphens between them");

/** The people whom a step tells. */
export const StepTarget = z.union([
  z.strictObject({ recipient: z.literal(true) }),
  z.strictObject({ user_id: z.string().min(1).max(200) }),
  z.strictObject({
    topic: RoleName.describe("Everybody of that topic then, those who have its on-call roles too"),
  }),
  z.strictObject({
    role: RoleName.describe(
      "clinician, supervisor: everybody who has it; else whoever has that on-call role then",
    ),
  }),
]);

/** Whether a role is one that people have, and not one that goes by a schedule. */
export const isPeoplesRole = (role: string): role is "clinician" | "supervisor" =>
  role === "clinician" || role === "supervisor";

export const EscalationStep = z.strictObject({
  /** Seconds after the sending, or after the step before. */
  after_seconds: z.int().min(ESCALATION.after.least).max(ESCALATION.after.most),
  to: StepTarget,
  channels: z.array(z.string().min(1).max(50)).min(1).max(20).optional(),
});

const minutes = ({ least, most }: { least: number; most: number }) => z.int().min(least).max(most);

/** The steps that are taken while nobody acknowledges. */
export const EscalationRules = z.strictObject({
  steps: z.array(EscalationStep).min(1).max(ESCALATION.steps),
  /** How often all steps are repeated. */
  repeat: z.int().min(ESCALATION.repeat.least).max(ESCALATION.repeat.most).default(0),
  /** How many different people must acknowledge. */
  acknowledgers: z.int().min(ESCALATION.acknowledgers.least).max(ESCALATION.acknowledgers.most).default(1),
  unacknowledge_minutes: minutes(ESCALATION.unacknowledge)
    .optional()
    .describe("How long whoever acknowledged may take that back; 0: never; 5 unless given"),
  complete_minutes: minutes(ESCALATION.complete)
    .optional()
    .describe(
      "After how long whoever acknowledged is reminded to complete it, and after as long again the supervisors; never unless given",
    ),
  stand_down_minutes: minutes(ESCALATION.standDown)
    .optional()
    .describe(
      "For how long whoever was told by a channel outside is told there that nothing is left to do; 0: never; 120 unless given",
    ),
});
export type EscalationRules = z.infer<typeof EscalationRules>;
export type EscalationStep = z.infer<typeof EscalationStep>;

/** The rules of a territory that has none: an operator takes over a critical alert after 10 minutes unacknowledged. */
const TAKEOVER: EscalationRules = {
  steps: [{ after_seconds: 600, to: { role: "supervisor" } }],
  repeat: 0,
  acknowledgers: 1,
};

/** How long after its arrival the first step of an alert comes; s, null without rules. */
export const firstStepSeconds = (rules: EscalationRules | null): number | null =>
  rules?.steps[0]?.after_seconds ?? null;

/** The rules for a send: its own policy, else for a critical one the territory's default, else the takeover rule. */
export function rulesFor({
  send,
  policy,
  standing,
}: {
  send: { priority: Priority };
  policy: unknown;
  standing: unknown;
}): EscalationRules | null {
  if (policy !== null) return EscalationRules.parse(policy);
  if (send.priority !== "critical") return null;
  return standing === null ? TAKEOVER : EscalationRules.parse(standing);
}
