import { everything, getPage } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

/** Whom a step tells. */
export type StepTarget = { recipient: true } | { user_id: string } | { role: "clinician" | "supervisor" };

export interface EscalationStep {
  /** After the sending, or after the step before; seconds. */
  after_seconds: number;
  to: StepTarget;
  /** All of them where it is missing. */
  channels?: string[];
}

/** The steps taken while nobody acknowledges. */
export interface EscalationRules {
  steps: EscalationStep[];
  /** How often the steps are walked again. */
  repeat: number;
  /** How many different people must acknowledge. */
  acknowledgers: number;
}

export interface NewPolicy {
  territory_id: string;
  name: string;
  is_default: boolean;
  rules: EscalationRules;
}

export interface Policy extends NewPolicy {
  policy_id: string;
  created_at: string;
}

/** Every policy of the supervised territories, newest first. */
export const allPolicies = (fetch: Fetch): Promise<Policy[]> =>
  everything((query) => getPage("/escalation-policies", "policies", query, { fetch }));

export const createPolicy = (policy: NewPolicy): Promise<Policy> =>
  request("/escalation-policies", { method: "POST", body: policy });

const pathOf = (id: string): string => `/escalation-policies/${encodeURIComponent(id)}`;

/** Changes a policy for later sends; earlier ones go on by the rules that they began with. */
export const changePolicy = (id: string, change: Partial<Omit<NewPolicy, "territory_id">>): Promise<Policy> =>
  request(pathOf(id), { method: "PATCH", body: change });

export async function deletePolicy(id: string): Promise<void> {
  await send(pathOf(id), { method: "DELETE" });
}
