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

/** What happens while nobody acknowledges. */
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

const LARGEST_PAGE = "100";

/** Every policy of the supervised territories, newest first. */
export async function listPolicies(fetch: Fetch): Promise<Policy[]> {
  const policies: Policy[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: LARGEST_PAGE, ...(cursor && { cursor }) });
    const page: { policies: Policy[]; next: string | null } = await request("/escalation-policies", {
      query,
      fetch,
    });
    policies.push(...page.policies);
    cursor = page.next;
  } while (cursor);
  return policies;
}

export const createPolicy = (policy: NewPolicy): Promise<Policy> =>
  request("/escalation-policies", { method: "POST", body: policy });

const pathOf = (id: string): string => `/escalation-policies/${encodeURIComponent(id)}`;

/** What was sent before goes on by the rules that it began with. */
export const changePolicy = (id: string, change: Partial<Omit<NewPolicy, "territory_id">>): Promise<Policy> =>
  request(pathOf(id), { method: "PATCH", body: change });

export async function deletePolicy(id: string): Promise<void> {
  await send(pathOf(id), { method: "DELETE" });
}
