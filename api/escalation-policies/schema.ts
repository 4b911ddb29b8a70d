import { z } from "zod";
import { ESCALATION } from "../../channels/contract.ts";
import { EscalationRules, EscalationStep } from "../../store/notifications/escalation.ts";
import { ByTime } from "../http/cursor.ts";
import { Name, Next, pageBy, Time } from "../http/schema.ts";

const RULES = {
  steps: [{ after_seconds: 300, to: { role: "supervisor" as const } }],
  repeat: 2,
  acknowledgers: 1,
};

export const NewPolicy = z
  .strictObject({
    territory_id: z.string().min(1).max(200),
    name: Name,
    is_default: z.boolean().default(false).describe("Takes the place of the territory's default"),
    rules: EscalationRules,
  })
  .meta({
    id: "NewPolicy",
    examples: [{ territory_id: "west-hospital", name: "Night shift", is_default: true, rules: RULES }],
  });

export const PolicyChange = z
  .strictObject({
    name: Name.optional(),
    is_default: z.boolean().optional(),
    rules: EscalationRules.optional(),
  })
  .meta({ id: "PolicyChange", examples: [{ rules: RULES }] });

export const PoliciesQuery = pageBy(ByTime).extend({ territory: z.string().max(200).optional() });
export type PoliciesQuery = z.infer<typeof PoliciesQuery>;

/** Who is told next when nobody acknowledges. */
export const Policy = z
  .object({
    policy_id: z.uuid(),
    territory_id: z.string(),
    name: z.string(),
    is_default: z.boolean(),
    rules: EscalationRules,
    targets: z
      .array(z.string().nullable())
      .describe("What the person, on-call role or topic of each step is called; null for others"),
    created_at: Time,
  })
  .meta({
    id: "EscalationPolicy",
    examples: [
      {
        policy_id: "0195a1f0-0000-7000-8000-00000000000a",
        territory_id: "west-hospital",
        name: "Night shift",
        is_default: true,
        rules: RULES,
        targets: [null],
        created_at: "2026-01-05T08:00:00.000Z",
      },
    ],
  });
export type Policy = z.infer<typeof Policy>;

export const PolicyList = z.object({ policies: z.array(Policy), next: Next });

/** Steps of a policy that is being written. */
export const PolicyDraft = z
  .strictObject({
    territory_id: z.string().min(1).max(200),
    steps: z.array(EscalationStep.pick({ to: true, channels: true })).max(ESCALATION.steps),
  })
  .meta({
    id: "PolicyDraft",
    examples: [{ territory_id: "west-hospital", steps: [{ to: { role: "supervisor" } }] }],
  });

const Some = z.object({
  count: z.int(),
  people: z
    .array(z.object({ user_id: z.string(), name: z.string().nullable() }))
    .describe("At most 20 of them; without a name where they have left"),
});

/** Whom a step would reach now. */
export const StepReach = z.object({
  name: z.string().nullable().describe("What its person, on-call role or topic is called; null for others"),
  told: Some.nullable().describe("Whom it would tell by a channel; null for the recipient"),
  unreached: Some.describe("Whom it means and would not reach: they have left, or no way by its channels"),
});

export const DraftReach = z.object({ steps: z.array(StepReach) }).meta({
  id: "DraftReach",
  examples: [
    {
      steps: [
        {
          name: null,
          told: { count: 1, people: [{ user_id: "b.example", name: "B. Example" }] },
          unreached: { count: 0, people: [] },
        },
      ],
    },
  ],
});
