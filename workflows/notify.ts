import {
  condition,
  continueAsNew,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { handledSignal, type NotifyInput } from "./messages.ts";
import { deliverInTurn, type Group } from "./turn.ts";

const { persist, escalate } = proxyLocalActivities<Activities>({
  startToCloseTimeout: "20 seconds",
  retry: { initialInterval: "200 milliseconds", maximumInterval: "10 seconds" },
});

type Work = Awaited<ReturnType<Activities["escalate"]>>;

/**
 * Brings one notification to its recipient: redact and persist, deliver, and, where somebody has to acknowledge it,
 * wait and escalate. It asks the database before each step and remembers only the deliveries that it began.
 */
export async function notify({ notificationId }: NotifyInput): Promise<void> {
  let handled = false;
  setHandler(handledSignal, () => {
    handled = true;
  });

  let plan = await persist(notificationId);
  while (plan.holdUntil !== undefined) {
    await condition(() => handled, Math.max(1, Date.parse(plan.holdUntil) - Date.now()));
    handled = false;
    plan = await persist(notificationId);
  }

  const deliveries = deliverSideBySide(() => {
    handled = true;
  });
  let work: Work = plan;
  while (work.nextMs !== null) {
    deliveries.begin(work.groups);
    await condition(() => handled, Math.max(1, work.nextMs));
    handled = false;
    // Deliveries under way are in the database, which answers them to the next run as work left.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof notify>({ notificationId });
    work = await escalate(notificationId);
  }
  deliveries.begin(work.groups);
  await deliveries.done();
}

/** Temporal lets a workflow wait for 2,000 attempts at most. */
const MOST_UNDER_WAY = 500;

/** Groups go on side by side while the workflow waits, as many as there is room for; one that is under way is not begun again. */
function deliverSideBySide(onStepDue: () => void): {
  begin(groups: Group[]): void;
  done(): Promise<unknown>;
} {
  const begun = new Set<string>();
  const running: Promise<void>[] = [];
  const waiting: (() => void)[] = [];
  let underWay = 0;
  const beginOne = (group: Group): void => {
    underWay += 1;
    const over = deliverInTurn(group, onStepDue).finally(() => {
      underWay -= 1;
      waiting.shift()?.();
    });
    running.push(over);
  };
  const beginWhenRoom = (group: Group): void => {
    if (underWay < MOST_UNDER_WAY) beginOne(group);
    else waiting.push(() => beginOne(group));
  };
  return {
    begin: (groups) => {
      for (const group of groups) {
        const fresh = group.deliveries.filter(({ deliveryId }) => !begun.has(deliveryId));
        for (const { deliveryId } of fresh) begun.add(deliveryId);
        if (fresh.length > 0) beginWhenRoom({ ...group, deliveries: fresh });
      }
    },
    done: async () => {
      for (let seen = -1; seen < running.length;) {
        seen = running.length;
        await Promise.all(running);
      }
    },
  };
}
