import { v5 as uuidv5 } from "uuid";
import type { Arrival } from "../store/transitions/arrive.ts";
import type { DueStep } from "../store/transitions/escalate.ts";
import type { Step } from "../store/transitions/steps-to-come.ts";
import { ofRecipient } from "./arrival/broadcast.ts";
import { copyOf, planArrivals } from "./arrival/plan.ts";

/** The notifications by which a step of an alert tells its people and whoever covers them, each with a round of deliveries planned. */
export function planStep(rootId: string, due: Step, available: string[]): Arrival[] {
  const { category, priority, recipient, step, targets } = due;
  // The last resort is told as of what is critical: by every channel that a person has, whatever their wishes and quiet hours.
  const wanted = {
    category,
    priority: step.last_resort === true ? ("critical" as const) : priority,
    channels: step.channels ?? null,
  };
  // The recipients of a broadcast have what they have, and their delegates with them; nobody else gets it by a step.
  const people =
    recipient === null && "recipient" in step.to
      ? targets.map((wishes) => ({ ...wishes, cover: null }))
      : targets;
  return planArrivals((userId) => idFor(rootId, due, userId), people, wanted, available);
}

/** The notification by which a step tells a person: the recipient's own, or a copy. */
function idFor(rootId: string, { recipient, step }: Step, userId: string): string {
  if (recipient !== null) return userId === recipient ? rootId : copyOf(rootId, userId);
  // A supervisor may have both: the broadcast as one of its recipients, and a copy of its alert.
  return "recipient" in step.to ? ofRecipient(rootId, userId) : uuidv5(userId, uuidv5("alert", rootId));
}

/** How often the last resort is told while nobody acknowledges; s. */
const LAST_RESORT_EVERY = 600;

/** What comes behind a step: whether the rules are used up with it, and how long the next one waits; s. */
export function afterStep({
  number,
  total,
  nextSeconds,
}: Pick<DueStep, "number" | "total" | "nextSeconds">): {
  exhausted: boolean;
  nextSeconds: number;
} {
  const exhausted = number + 1 >= total;
  return { exhausted, nextSeconds: exhausted ? LAST_RESORT_EVERY : nextSeconds };
}

/** Whether a person has a way by the channels of the step. The inbox, where everybody gets a copy, is none: nobody may look there. */
export const hasWay = ({ deliveries }: Arrival): boolean => deliveries.some(({ skip }) => skip === null);

/** The people whom a step of an alert tells by a channel: those whom it names, first, and whoever covers them. */
export const reachedBy = (rootId: string, step: Step, available: string[]): string[] =>
  planStep(rootId, step, available)
    .filter(hasWay)
    .map(({ userId }) => userId);
