import { ActivityFailure, isCancellation, proxyActivities, workflowInfo } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { deliveryQueue, LIVE } from "../channels/contract.ts";
import { local, RETRY } from "./local.ts";

/** Longer than any plugin's attempt may take. An attempt whose worker died is found long before, by its missing heartbeat. */
const ATTEMPT_TIMEOUT = "150 seconds";
const HEARTBEAT_TIMEOUT = "10 seconds";

/** How long an attempt waits for a worker that serves its channel: as long as a channel is tried at all. */
const NO_WORKER_TIMEOUT = "24 hours";

type Result = Awaited<ReturnType<Activities["deliver"]>>;

/** Makes one attempt at one delivery, by the activity that is for it. Each plugin has a task queue of its own, so that a hanging plugin holds up no other. */
export async function attempt(
  notificationId: string,
  deliveryId: string,
  channel: string,
  by: "deliver" | "standDown" = "deliver",
): Promise<Result> {
  if (channel === LIVE) return await local.deliver(notificationId, deliveryId);
  const plugin = proxyActivities<Activities>({
    taskQueue: deliveryQueue(workflowInfo().taskQueue, channel),
    startToCloseTimeout: ATTEMPT_TIMEOUT,
    heartbeatTimeout: HEARTBEAT_TIMEOUT,
    scheduleToStartTimeout: NO_WORKER_TIMEOUT,
    retry: RETRY,
  });
  try {
    return await plugin[by](notificationId, deliveryId);
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return await local.giveUp(notificationId, deliveryId);
  }
}
