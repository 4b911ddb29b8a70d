import { proxyLocalActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import type { RedeliverInput } from "./messages.ts";
import { deliverInTurn } from "./turn.ts";

const { roundLeft } = proxyLocalActivities<Activities>({
  startToCloseTimeout: "20 seconds",
  retry: { initialInterval: "200 milliseconds", maximumInterval: "10 seconds" },
});

/**
 * Makes a round of deliveries that a notification's own workflow, which may be long over, did not plan: a supervisor
 * asked for it, or a provider reported late that a delivery failed.
 */
export async function redeliver({ notificationId, round }: RedeliverInput): Promise<void> {
  for (const group of await roundLeft(notificationId, round)) await deliverInTurn(group);
}
