import type { Category, Priority } from "../../channels/contract.ts";
import type { Actor, Transaction } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import type { EscalationStep } from "../notifications/escalation.ts";
import { type OnCall, onCallOfEach } from "../people/on-call.ts";
import type { Wishes } from "./arrive.ts";

/** A step of an alert's rules, or its last resort. */
export interface RuleStep {
  step: { to: EscalationStep["to"]; channels?: string[]; after_seconds?: number; last_resort?: true };
  /** It counts on where an alert is opened again, and keeps late calls from writing for a step that was taken. */
  number: number;
  /** The number of the first last resort: the rules' steps, repeats included, come before it. */
  total: number;
}

/** A step of an alert, and the people whom it tells now. */
export interface Step extends RuleStep {
  category: Category;
  priority: Priority;
  /** The recipient of the notification itself; null for the alert of a broadcast, whose recipients have one each. */
  recipient: string | null;
  targets: Wishes[];
}

/** The step that an alert takes next unless somebody acknowledges. */
export interface StepToCome extends RuleStep {
  /** The number with which the alert's rules began. */
  first: number;
  /** How long after it the step behind it comes; seconds. */
  nextSeconds: number;
  /** Whom it would tell now; null for a broadcast's recipients, who are not looked up. */
  targets: Wishes[] | null;
}

/** Who has which on-call roles; a role that is gone has nobody. */
type Holders = Record<string, string[]>;

/** On-call roles of a territory whose holders a transition has to know first. */
interface Asks {
  asks: string[];
  territoryId: string;
}

/**
 * Asks a transition that may need to know who is on call, until it knows.
 * @param find who has the roles that it asks for
 */
export async function withOnCall<T extends object | null>(
  ask: (holders: Holders) => Promise<Awaited<T> | Asks>,
  find: (asks: Asks) => Promise<Map<string, OnCall>>,
): Promise<Awaited<T>> {
  const holders: Holders = {};
  // A topic may be given another role, or the next step be of another one, between two calls.
  for (;;) {
    const answer = await ask(holders);
    if (!isAsking(answer)) return answer;
    const found = await find(answer);
    for (const role of answer.asks) {
      const person = found.get(role)?.person ?? null;
      holders[role] = person === null ? [] : [person.id];
    }
  }
}

const isAsking = (answer: object | null): answer is Asks => answer !== null && "asks" in answer;

interface Answer {
  steps: Record<
    string,
    Omit<StepToCome, "targets"> & { people: string[] | null; covers: Record<string, Wishes["cover"]> }
  >;
  wishes: Record<string, Omit<Wishes, "userId" | "cover">>;
}

/**
 * The steps that come next for some alerts of one territory, by the alerts' ids, and whom each would tell if it came now, as `stepTargets`
 * will find it; none for an alert that is over. Acts as the alerts' workers: the caller acts as somebody else again afterwards.
 * @param worker the worker of one of the alerts
 * @param ahead how many steps to pass over
 */
export async function stepsToCome(
  trx: Transaction,
  worker: Actor,
  roots: string[],
  ahead = 0,
): Promise<Map<string, StepToCome>> {
  const { steps, wishes } = await withOnCall<Answer>(
    (onCall) => call(trx, "steps_to_come", roots, ahead, JSON.stringify(onCall)),
    ({ asks, territoryId }) => onCallOfEach(trx, worker, territoryId, asks, null),
  );
  return new Map(
    Object.entries(steps).map(([id, { people, covers, ...step }]) => {
      const wishesOf = (userId: string): Wishes[] => {
        const own = wishes[userId];
        return own === undefined ? [] : [{ userId, ...own, cover: covers[userId] ?? null }];
      };
      return [id, { ...step, targets: people?.flatMap(wishesOf) ?? null }];
    }),
  );
}
