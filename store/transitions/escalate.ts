import type { Knex } from "knex";
import { actAs, type Actor } from "../db/knex.ts";
import { call } from "../db/transitions.ts";
import type { InboxChange } from "../notifications/inbox.ts";
import { type OnCall, onCallOfEach } from "../people/on-call.ts";
import type { Arrival, Work } from "./arrive.ts";
import { type Step, withOnCall } from "./steps-to-come.ts";

/** A step that is due, and the people whom it tells now. */
export interface DueStep extends Step {
  /** From this step to the next one of the rules; s. */
  nextSeconds: number;
  territoryId: string;
  /** People whom it names and who have left or are disabled. */
  absent: string[];
  /** Nobody who can be reached has their turn in the on-call role that it names: where it tells somebody, that is the fallback. */
  gap: boolean;
}

/** The step that is due; null where no step is. Whom an on-call role or a topic means is looked up anew at each step. */
export async function stepTargets(knex: Knex, rootId: string): Promise<DueStep | null> {
  let holders = new Map<string, OnCall>();
  const due = await withOnCall<Omit<DueStep, "gap"> | null>(
    (onCall) => call(knex, "step_targets", rootId, JSON.stringify(onCall)),
    async ({ asks, territoryId }) => {
      const actor: Actor = `worker:${rootId}`;
      holders = await actAs(knex, actor, (trx) => onCallOfEach(trx, actor, territoryId, asks, null));
      return holders;
    },
  );
  if (due === null) return null;
  const { to } = due.step;
  return { ...due, gap: "role" in to && holders.get(to.role)?.gap === true };
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
  /** "recipient", "person", "on_call", "topic", or the role that people have. */
  whom: string;
  /** The notifications of those who have a way by its channels. */
  told: string[];
  /** Those whom it names and who can't be reached: they have left, are disabled, or have no way by its channels. */
  absent: string[];
  /** It was the fallback's: nobody who can be reached has their turn in its on-call role. */
  gap: boolean;
  /** Until the next step; s. */
  nextSeconds: number;
  /** The rules are used up: the last resort comes next. */
  exhausted: boolean;
}

/** Puts a step on record, and says when the next one is due. Answers the work left. */
export function escalate(knex: Knex, rootId: string, taken: TakenStep): Promise<Work> {
  const { number, whom, told, absent, gap, nextSeconds, exhausted } = taken;
  const people = JSON.stringify(absent);
  return call(knex, "escalate", rootId, number, whom, told, people, gap, nextSeconds, exhausted);
}

/** Brings the alert of a broadcast up to date, and ends it once everybody acknowledged; without effect on other alerts. */
export const countAcknowledged = (
  knex: Knex,
  rootId: string,
): Promise<{ changes: InboxChange[]; ended: boolean }> => call(knex, "count_acknowledged", rootId);
