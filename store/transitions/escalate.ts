import type { Knex } from "knex";
import type { Category, Priority } from "../../channels/contract.ts";
import { actAs } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import type { EscalationStep } from "../notifications/escalation.ts";
import type { InboxChange } from "../notifications/inbox.ts";
import { onCallOf } from "../people/on-call.ts";
import type { Arrival, Wishes, Work } from "./arrive.ts";

/** A due step of an alert, and the people whom it tells now. */
export interface DueStep {
  step: { to: EscalationStep["to"]; channels?: string[]; after_seconds?: number; last_resort?: true };
  /** From this step to the next one of the rules; s. */
  nextSeconds: number;
  /** 0 for the first. It keeps late calls from writing for a step that was taken. */
  number: number;
  /** Number of steps before the last resort, repeats included. */
  total: number;
  territoryId: string;
  category: Category;
  priority: Priority;
  /** The recipient of the notification itself; null for the alert of a broadcast, whose recipients have one each. */
  recipient: string | null;
  targets: Wishes[];
  /** People whom it names and who can't be reached. */
  absent: string[];
}

/** The step that is due; null where no step is. Whom an on-call role means is looked up anew at each step. */
export async function stepTargets(knex: Knex, rootId: string): Promise<DueStep | null> {
  type Answer = DueStep | { onCall: string; territoryId: string } | null;
  const ask = (onCall: string[] | null): Promise<Answer> => call(knex, "step_targets", rootId, onCall);
  const first = await ask(null);
  if (first === null || !("onCall" in first)) return first;
  const holder = await actAs(knex, `worker:${rootId}`, (trx) =>
    onCallOf(trx, `worker:${rootId}`, first.territoryId, first.onCall, null),
  );
  const second = await ask(holder === null || holder.person === null ? [] : [holder.person.id]);
  // The step may have been taken meanwhile, and the next one be of another role: the next round asks for that.
  return second === null || "onCall" in second ? null : second;
}

/** Tells a page of people: by a copy the first time, by another round of deliveries after that. */
export const tellPeople = (
  knex: Knex,
  rootId: string,
  number: number,
  arrivals: Arrival[],
): Promise<InboxChange[]> => call(knex, "tell_people", rootId, number, JSON.stringify(arrivals));

/** A step that was taken. */
export interface TakenStep {
  number: number;
  /** "recipient", "person", "on_call", or the role that people have. */
  whom: string;
  /** The notifications of those whom it told. */
  told: string[];
  absent: string[];
  /** Until the next step; s. */
  nextSeconds: number;
  /** The rules are used up: the last resort comes next. */
  exhausted: boolean;
}

/** Puts a step on record, and says when the next one is due. Answers the work left. */
export function escalate(knex: Knex, rootId: string, taken: TakenStep): Promise<Work> {
  const { number, whom, told, absent, nextSeconds, exhausted } = taken;
  return call(knex, "escalate", rootId, number, whom, told, JSON.stringify(absent), nextSeconds, exhausted);
}

/** Brings the alert of a broadcast up to date, and ends it once everybody acknowledged; without effect on other alerts. */
export const countAcknowledged = (
  knex: Knex,
  rootId: string,
): Promise<{ changes: InboxChange[]; ended: boolean }> => call(knex, "count_acknowledged", rootId);
