import { condition, proxyLocalActivities, setHandler, sleep } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { attempt } from "./attempt.ts";
import { handledSignal, type NotifyInput } from "./messages.ts";

const { persist, escalate, skipRest } = proxyLocalActivities<Activities>({
  startToCloseTimeout: "20 seconds",
  retry: { initialInterval: "200 milliseconds", maximumInterval: "10 seconds" },
});

type Work = Awaited<ReturnType<Activities["escalate"]>>;
type Group = Work["groups"][number];

/** Bounds of the wait before an attempt is repeated; ms. */
const MIN_WAIT = 250;
const MAX_WAIT = 24 * 60 * 60 * 1_000;

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

  const deliveries = deliverSideBySide();
  let work: Work = plan;
  while (work.nextMs !== null) {
    deliveries.begin(work.groups);
    await condition(() => handled, Math.max(1, work.nextMs));
    handled = false;
    work = await escalate(notificationId);
  }
  deliveries.begin(work.groups);
  await deliveries.done();
}

/** Groups go on side by side while the workflow waits; one that is under way is not begun again. */
function deliverSideBySide(): { begin(groups: Group[]): void; done(): Promise<unknown> } {
  const begun = new Set<string>();
  const running: Promise<void>[] = [];
  return {
    begin: (groups) => {
      for (const { notificationId, deliveries } of groups) {
        const fresh = deliveries.filter(({ deliveryId }) => !begun.has(deliveryId));
        for (const { deliveryId } of fresh) begun.add(deliveryId);
        if (fresh.length > 0) running.push(deliverInTurn({ notificationId, deliveries: fresh }));
      }
    },
    done: () => Promise.all(running),
  };
}

/** Tries the channels in order until one has it; the rest are then not needed, which goes on record. */
async function deliverInTurn({ notificationId, deliveries }: Group): Promise<void> {
  for (const [index, { deliveryId, channel }] of deliveries.entries()) {
    if (!(await deliver(notificationId, deliveryId, channel))) continue;
    const rest = deliveries.slice(index + 1).map((delivery) => delivery.deliveryId);
    if (rest.length > 0) await skipRest(notificationId, rest);
    return;
  }
}

/** Tries one delivery until it is settled; true when it is on its way and no other channel is needed. */
async function deliver(notificationId: string, deliveryId: string, channel: string): Promise<boolean> {
  for (;;) {
    const { status, retryAfterMs } = await attempt(notificationId, deliveryId, channel);
    if (status !== "queued") return status === "delivered" || status === "accepted";
    await sleep(Math.min(MAX_WAIT, Math.max(MIN_WAIT, retryAfterMs ?? MIN_WAIT)));
  }
}
