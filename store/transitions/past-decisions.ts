import type { Category, DeliveryStatus, Priority } from "../../channels/contract.ts";
import type { Transaction } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import type { ChannelTerms } from "../models/Send.ts";
import type { EscalationRules, EscalationStep } from "../notifications/escalation.ts";
import type { OnCall } from "../people/on-call.ts";
import type { Wishes } from "./arrive.ts";
import { type RuleStep, withOnCall } from "./steps-to-come.ts";

/** What is on record of a notification to one person and of its family; times are ISO, as PostgreSQL writes them. */
export interface Past {
  id: string;
  territoryId: string;
  userId: string;
  category: Category;
  priority: Priority;
  /** When it arrived. */
  at: string;
  /** What its sender asked for; null: every channel there is. */
  channels: string[] | null;
  terms: ChannelTerms | null;
  /** The role whose holder it was sent to. */
  onCallRole: string | null;
  policyId: string | null;
  rules: EscalationRules | null;
  /** Somebody took their acknowledgement back, so that it began anew. */
  reopened: boolean;
  /** Its problem was sent again, and told again. */
  raised: boolean;
  overAt: string | null;
  failedAt: string | null;
  told: { userId: string; round: number; at: string; deliveries: PastDelivery[] }[];
  acts: { userId: string; kind: "acknowledged" | "declined"; at: string }[];
  reached: Record<string, string>;
  covers: Record<string, string>;
}

export interface PastDelivery {
  channel: string;
  status: DeliveryStatus;
  reason: string | null;
  holdUntil: string | null;
}

/** What is on record of notifications of one territory, in no order. Acts as their workers. */
export const pastDecisions = (trx: Transaction, roots: string[]): Promise<Past[]> =>
  call(trx, "past_decisions", roots);

/** A step of rules, and how long after it the next one comes; s. */
export interface PlainStep extends RuleStep {
  nextSeconds: number;
}

/** The steps of rules in their order, and the territory's last resort behind them. @param trx acts as a worker of that territory */
export const ruleSteps = (
  trx: Transaction,
  territoryId: string,
  rules: EscalationRules,
): Promise<PlainStep[]> => call(trx, "rule_steps", territoryId, JSON.stringify(rules));

/** What people of a notification's territory wish today, by which channels they can be reached, and who covers them now. */
export const wishesFor = (trx: Transaction, rootId: string, people: string[]): Promise<Wishes[]> =>
  call(trx, "wishes_for", rootId, people);

/**
 * Whom a step that names others than the recipient means in a territory, if nobody has answered yet.
 * @param trx acts as a worker of that territory
 * @param onCall who has the on-call roles that it is asked for
 */
export async function peopleMeant(
  trx: Transaction,
  territoryId: string,
  step: { to: EscalationStep["to"]; last_resort?: true },
  onCall: (roles: string[]) => Promise<Map<string, OnCall>>,
): Promise<string[]> {
  const { steps } = await withOnCall<{ steps: { people: string[] | null }[] }>(
    (holders) => call(trx, "draft_reach", territoryId, JSON.stringify([step]), JSON.stringify(holders)),
    ({ asks }) => onCall(asks),
  );
  return steps[0]?.people ?? [];
}
