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
 * wait and escalate. It asks the database before each step and remembers only what it is at.
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
    // What is under way is in the database: the next run is answered it as work left.
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof notify>({ notificationId });
    work = await escalate(notificationId);
  }
  deliveries.begin(work.groups);
  await deliveries.done();
}

/** Groups go on side by side while the workflow waits; one that is under way is not begun again. */
function deliverSideBySide(onStepDue: () => void): {
  begin(groups: Group[]): void;
  done(): Promise<unknown>;
} {
  const begun = new Set<string>();
  const running: Promise<void>[] = [];
  return {
    begin: (groups) => {
      for (const group of groups) {
        const fresh = group.deliveries.filter(({ deliveryId }) => !begun.has(deliveryId));
        for (const { deliveryId } of fresh) begun.add(deliveryId);
        if (fresh.length > 0) running.push(deliverInTurn({ ...group, deliveries: fresh }, onStepDue));
      }
    },
    done: () => Promise.all(running),
  };
}
