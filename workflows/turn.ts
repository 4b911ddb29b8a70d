import { proxyLocalActivities, sleep } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { attempt } from "./attempt.ts";

const { skipRest } = proxyLocalActivities<Activities>({
  startToCloseTimeout: "20 seconds",
  retry: { initialInterval: "200 milliseconds", maximumInterval: "10 seconds" },
});

export type Group = Awaited<ReturnType<Activities["escalate"]>>["groups"][number];

/** Bounds of the wait before an attempt is repeated; ms. */
const MIN_WAIT = 250;
/** The longest wait that is not asked for: with eight attempts, about a minute in all. */
const MAX_BACKOFF = 30_000;
const MAX_WAIT = 24 * 60 * 60 * 1_000;

/** Tries the channels in order until one has it; the rest are then not needed, which goes on record. */
export async function deliverInTurn({ notificationId, deliveries }: Group): Promise<void> {
  for (const [index, { deliveryId, channel }] of deliveries.entries()) {
    if (!(await deliver(notificationId, deliveryId, channel))) continue;
    const rest = deliveries.slice(index + 1).map((delivery) => delivery.deliveryId);
    if (rest.length > 0) await skipRest(notificationId, rest);
    return;
  }
}

/** Tries one delivery until it is settled; true when it is on its way and no other channel is needed. */
async function deliver(notificationId: string, deliveryId: string, channel: string): Promise<boolean> {
  for (let backoff = MIN_WAIT; ; backoff = Math.min(2 * backoff, MAX_BACKOFF)) {
    const { status, retryAfterMs } = await attempt(notificationId, deliveryId, channel);
    if (status !== "queued") return status === "delivered" || status === "accepted";
    await sleep(Math.min(MAX_WAIT, Math.max(MIN_WAIT, retryAfterMs ?? backoff)));
  }
}
