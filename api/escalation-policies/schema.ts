import { z } from "zod";
import { EscalationRules } from "../../store/notifications/escalation.ts";
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
        created_at: "2026-01-05T08:00:00.000Z",
      },
    ],
  });
export type Policy = z.infer<typeof Policy>;

export const PolicyList = z.object({ policies: z.array(Policy), next: Next });
