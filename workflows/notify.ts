import { condition, proxyLocalActivities, setHandler, sleep } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { handledSignal, type NotifyInput } from "./messages.ts";

const { persist, isHandled } = proxyLocalActivities<Activities>({
  startToCloseTimeout: "20 seconds",
  retry: { initialInterval: "200 milliseconds", maximumInterval: "10 seconds" },
});

const websocket = proxyLocalActivities<Activities>({
  startToCloseTimeout: "20 seconds",
  retry: { initialInterval: "200 milliseconds", maximumInterval: "10 seconds" },
});

/** Bounds of the wait before an attempt is repeated; ms. */
const MIN_WAIT = 250;
const MAX_WAIT = 60_000;

/** How long a critical notification is watched, and how often the database is asked in case a signal was lost. */
const WATCH = { rounds: 144, each: "10 minutes" } as const;

/** Brings one notification to its recipient: redact and persist, deliver, and for a critical one wait for its acknowledgement. */
export async function notify({ notificationId }: NotifyInput): Promise<void> {
  let handled = false;
  setHandler(handledSignal, () => {
    handled = true;
  });

  let plan = await persist(notificationId);
  while (plan.holdUntil !== undefined) {
    await condition(() => handled, Math.max(1, Date.parse(plan.holdUntil) - Date.now()));
    plan = await persist(notificationId);
  }

  for (const { deliveryId } of plan.deliveries) {
    if (await delivered(notificationId, deliveryId)) break;
  }

  for (let round = 0; plan.critical && round < WATCH.rounds; round += 1) {
    await condition(() => handled, WATCH.each);
    if (await isHandled(notificationId)) return;
    handled = false;
  }
}

/** Tries one delivery until it is settled; true when it is on its way and no other channel is needed. */
async function delivered(notificationId: string, deliveryId: string): Promise<boolean> {
  let result = await websocket.deliver(notificationId, deliveryId);
  while (result.status === "queued") {
    await sleep(Math.min(MAX_WAIT, Math.max(MIN_WAIT, result.retryAfterMs ?? MIN_WAIT)));
    result = await websocket.deliver(notificationId, deliveryId);
  }
  return result.status === "delivered" || result.status === "accepted";
}
