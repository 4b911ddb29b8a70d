import { z } from "zod";
import { EscalationRules } from "../../store/notifications/escalation.ts";
import { Page } from "../notifications/schema.ts";

const name = z
  .string()
  .max(200)
  .regex(/^\P{Cc}+$/u, "must hold no control characters")
  .refine((text) => text.trim() !== "", "must not be blank");

export const NewPolicy = z.object({
  territory_id: z.string().min(1).max(200),
  name,
  is_default: z.boolean().default(false).describe("Takes the place of the territory's default"),
  rules: EscalationRules,
});

export const PolicyChange = z.object({
  name: name.optional(),
  is_default: z.boolean().optional(),
  rules: EscalationRules.optional(),
});

export const PoliciesQuery = Page.extend({ territory: z.string().max(200).optional() });
export type PoliciesQuery = z.infer<typeof PoliciesQuery>;

export const Policy = z.object({
  policy_id: z.uuid(),
  territory_id: z.string(),
  name: z.string(),
  is_default: z.boolean(),
  rules: EscalationRules,
  created_at: z.iso.datetime(),
});
export type Policy = z.infer<typeof Policy>;
