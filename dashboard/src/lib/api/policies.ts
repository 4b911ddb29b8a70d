import type { Answer, Body } from "../contract.ts";
import { everything, pageOf } from "./pages.ts";
import { request, send } from "./request.ts";
import type { Fetch } from "./request.ts";

export type Policy = Answer<"readPolicy">;
export type NewPolicy = Body<"createPolicy">;
/** The steps taken while nobody acknowledges. */
export type EscalationRules = Policy["rules"];
export type EscalationStep = EscalationRules["steps"][number];
/** Whom a step tells. */
export type StepTarget = EscalationStep["to"];

/** Whom a step would tell now, and whom it would not reach. */
export type StepReach = Answer<"tryPolicy">["steps"][number];

/** What of a step says whom it reaches. */
export type Whom = Pick<EscalationStep, "to" | "channels">;

export const whomOf = ({ to, channels }: Whom): Whom => (channels ? { to, channels } : { to });

/** Whom each of some steps would reach now, in their order. */
export const reachOf = async (
  territory: string,
  steps: readonly Whom[],
  fetch?: Fetch,
): Promise<StepReach[]> =>
  (
    await request<Answer<"tryPolicy">>("/escalation-policies/reach", {
      method: "POST",
      fetch,
      body: {
        territory_id: territory,
        steps: steps.map(whomOf),
      },
    })
  ).steps;

/** Every policy of the supervised territories, newest first. */
export const allPolicies = (fetch: Fetch): Promise<Policy[]> =>
  everything(async (query) =>
    pageOf(await request<Answer<"listPolicies">>("/escalation-policies", { query, fetch }), "policies"),
  );

export const createPolicy = (policy: NewPolicy): Promise<Policy> =>
  request("/escalation-policies", { method: "POST", body: policy });

const pathOf = (id: string): string => `/escalation-policies/${encodeURIComponent(id)}`;

/** Changes a policy for later sends; earlier ones go on by the rules that they began with. */
export const changePolicy = (id: string, change: Body<"changePolicy">): Promise<Policy> =>
  request(pathOf(id), { method: "PATCH", body: change });

export async function deletePolicy(id: string): Promise<void> {
  await send(pathOf(id), { method: "DELETE" });
}
